// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What only a user's session knows, as gamesched-agent tells it there: whose window has the focus,
// from the X server to the scheduler, and what games are called in the user's files.

#include <fstream>

#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

// An X server with two windows (of processes $a and $b, numbers in /tmp/a and /tmp/b) and
// gamesched-agent ($agent); what the script says is done then, as the user. `focus_is N TEXT` waits
// for the game of that number, or for none (""), to have the focus, and complains otherwise.
constexpr char kSession[] = R"sh(export DISPLAY=:5
window=/usr/libexec/gamesched-tests/gamesched-test-window
has_focus() {
    busctl get-property org.gamesched1 /org/gamesched1 org.gamesched1.Manager Focus | tr -dc 0-9 | cut -c 2-
}
focus_is() {
    for i in $(seq 100); do
        [ "$(has_focus)" = "$1" ] && return
        sleep 0.1
    done
    echo "$2: the focus is on $(has_focus)"
}
game() { gamesched register $1 | tr -dc 0-9 | cut -c 2-; }
switches() { awk '/ctxt_switches/ { sum += $2 } END { print sum }' /proc/$agent/status; }
Xvfb :5 -extension GLX > /dev/null 2>&1 & x=$!
until $window 0 2> /dev/null; do sleep 0.2; done
$window > /tmp/a & a=$!
$window > /tmp/b & b=$!
until [ -s /tmp/a ] && [ -s /tmp/b ]; do sleep 0.1; done
/usr/libexec/gamesched-agent & agent=$!
)sh";
constexpr char kEnd[] = R"sh(
kill $agent $a $b $x 2> /dev/null
wait
echo done
)sh";

struct Focus : Vm {
    static Output in_session(const std::string& script) {
        sh("rm -f /tmp/a /tmp/b");
        std::ofstream("/tmp/focus.sh") << kSession << script << kEnd;
        return as_player("exec sh /tmp/focus.sh");
    }
};

TEST_F(Focus, FollowsTheWindowWhileSeveralGamesRun) {
    const Output output = in_session(R"sh(
first=$(game $a)
second=$(game $b)
$window $(cat /tmp/a); focus_is $first "first window"
$window $(cat /tmp/b); focus_is $second "second window"
$window 0; focus_is "" "no window"
$window $(cat /tmp/a); focus_is $first "first again"
kill $a; focus_is "" "the game is over"
)sh");
    EXPECT_EQ(output.text, "done");
}

TEST_F(Focus, IsToldAgainWhenTheServiceStartsAnew) {
    sh("rm -f /tmp/now /tmp/restarted");
    std::ofstream("/tmp/restart.sh") << "until [ -e /tmp/now ]; do sleep 0.1; done\n"
                                        "systemctl restart gameschedd\n"
                                        "touch /tmp/restarted\n";
    Child restarts([] { execlp("sh", "sh", "/tmp/restart.sh", nullptr); });
    const Output output = in_session(R"sh(
first=$(game $a)
second=$(game $b)
$window $(cat /tmp/a); focus_is $first "before"
touch /tmp/now
until [ -e /tmp/restarted ]; do sleep 0.1; done
focus_is $first "after"
)sh");
    EXPECT_EQ(output.text, "done");
    restarts.reap();
}

TEST_F(Focus, OneGameNeedsNobodyToFollow) {
    const Output output = in_session(R"sh(
first=$(game $a)
sleep 1
before=$(switches)
for i in $(seq 20); do
    $window $(cat /tmp/a)
    $window $(cat /tmp/b)
done
sleep 1
[ $(switches) = $before ] || echo "it woke up: $before, then $(switches)"
focus_is "" "one game"
)sh");
    EXPECT_EQ(output.text, "done");
}

TEST_F(Vm, ThePlayersFilesNameTheGame) {
    std::ofstream("/tmp/titles.sh") << R"sh(
folder=$HOME/.local/share/Steam/steamapps
mkdir -p $folder
echo '"AppState" { "appid" "620" "name" "Portal 2" }' > $folder/appmanifest_620.acf
chmod 700 $HOME
/usr/libexec/gamesched-agent & agent=$!
sleep 100 & game=$!
path=$(gamesched register --app-id 620 $game | tr -dc 0-9 | cut -c 2-)
for i in $(seq 100); do
    name=$(busctl get-property org.gamesched1 /org/gamesched1/game/$path org.gamesched1.Game Name)
    [ "$name" = 's "Portal 2"' ] && break
    sleep 0.1
done
kill $agent $game
rm -r $HOME/.local
wait
echo "$name"
)sh";
    EXPECT_EQ(as_player("exec sh /tmp/titles.sh").text, "s \"Portal 2\"");
}

}  // namespace
}  // namespace gamesched::test
