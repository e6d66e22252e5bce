// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What only a user's session knows, as gamesched-agent tells it there: whose window has the focus,
// from the X server to the scheduler, and what games are called in the user's files; and what only
// a user's systemd does for it.

#include <fstream>

#include "tests/vm/files.h"
#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

// until_is WANTED WHAT COMMAND…: waits for the command to print what is wanted, and complains
// otherwise.
constexpr char kUntilIs[] = R"sh(until_is() {
    wanted=$1 what=$2; shift 2
    for i in $(seq 100); do
        [ "$("$@")" = "$wanted" ] && return
        sleep 0.1
    done
    echo "$what $("$@")"
}
)sh";

// In a session of the player's that begins and ends like that.
Output in_session(const char* begin, const std::string& script, const char* end) {
    sh("rm -f /tmp/a /tmp/b /tmp/c");
    std::ofstream("/tmp/session.sh") << kUntilIs << begin << script << end;
    return as_player("exec sh /tmp/session.sh");
}

// ------------------------------------------------------------------ focus

// An X server with two windows (of processes $a and $b, numbers in /tmp/a and /tmp/b) and
// gamesched-agent ($agent); what the script says is done then, as the user. `focus_is N TEXT` waits
// for the game of that number, or for none (""), to have the focus, and complains otherwise.
constexpr char kSession[] = R"sh(export DISPLAY=:5
window=/usr/libexec/gamesched-tests/gamesched-test-window
has_focus() {
    busctl get-property org.gamesched1 /org/gamesched1 org.gamesched1.Manager Focus | tr -dc 0-9 | cut -c 2-
}
focus_is() { until_is "$1" "$2: the focus is on" has_focus; }
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
        return test::in_session(kSession, script, kEnd);
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

// ------------------------------------------------------------------ weights

// The user's systemd with applications $a and $b of a desktop in scopes of their own, and something
// else, $c. What the script says is done then, as the user.
constexpr char kScopes[] = R"sh(export XDG_RUNTIME_DIR=/run/user/$(id -u)
export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
record=$XDG_RUNTIME_DIR/gamesched/weights.json
group=/sys/fs/cgroup/user.slice/user-$(id -u).slice/user@$(id -u).service/app.slice
in_scope() {
    systemd-run --user --quiet --scope --unit=$1 sh -c "echo \$\$ > /tmp/$2; exec sleep 600" &
    for i in $(seq 100); do [ -s /tmp/$2 ] || sleep 0.1; done
}
weight() { cat $group/$1/cpu.weight 2> /dev/null || echo 100; } # no controller, no file
weight_is() { until_is $2 "$3: $1 has" weight $1; }
register() { gamesched register $1 > /dev/null; }
unregister() { gamesched unregister $1 > /dev/null; }
start_agent() { /usr/libexec/gamesched-agent 2> /tmp/agent.log & agent=$!; }
in_scope app-portal-1.scope a; a=$(cat /tmp/a)
in_scope app-other-2.scope b; b=$(cat /tmp/b)
in_scope terminal.scope c; c=$(cat /tmp/c)
start_agent
)sh";
constexpr char kEndOfScopes[] = R"sh(
kill $agent $a $b $c 2> /dev/null
wait
echo done
)sh";

struct Weights : Vm {
    static constexpr char kRaised[] = "[power]\nscope-weight = 400";

    static Output in_session(const std::string& script) {
        return test::in_session(kScopes, script, kEndOfScopes);
    }
};

TEST_F(Weights, OfApplicationsAreRaisedWhileAGameRunsThereAndPutBack) {
    const Configuration configuration(kRaised);
    const Output output = in_session(R"sh(
systemctl --user set-property --runtime app-other-2.scope CPUWeight=50
register $a; weight_is app-portal-1.scope 400 "a game"
register $b; weight_is app-other-2.scope 400 "another one"
register $c
gamesched status | grep -q "400, for gamesched-agent to ask" || gamesched status
unregister $a; weight_is app-portal-1.scope 100 "no game"
weight_is app-other-2.scope 400 "its game still runs"
weight_is terminal.scope 100 "no application"
kill $agent; wait $agent
weight_is app-other-2.scope 50 "nobody is there to put it back"
[ ! -e $record ] || cat $record
)sh");
    EXPECT_EQ(output.text, "done");
}

TEST_F(Weights, ArePutBackAfterACrashOfTheAgent) {
    const Configuration configuration(kRaised);
    const Output output = in_session(R"sh(
register $a; weight_is app-portal-1.scope 400 "before"
kill -9 $agent
unregister $a
weight_is app-portal-1.scope 400 "dead"
start_agent
weight_is app-portal-1.scope 100 "again"
register $a; weight_is app-portal-1.scope 400 "as before"
)sh");
    EXPECT_EQ(output.text, "done");
}

TEST_F(Weights, ThatSomebodyElseHasSetMeanwhileStay) {
    const Configuration configuration(kRaised);
    const Output output = in_session(R"sh(
register $a; weight_is app-portal-1.scope 400 "ours"
systemctl --user set-property --runtime app-portal-1.scope CPUWeight=77
unregister $a
for i in $(seq 100); do [ -e $record ] && sleep 0.1; done
weight_is app-portal-1.scope 77 "somebody's"
)sh");
    EXPECT_EQ(output.text, "done");
}

TEST_F(Weights, StayWhereTheConfigurationDoesNotNameOne) {
    const Output output = in_session(R"sh(
register $a
sleep 2
weight_is app-portal-1.scope 100 "kept"
[ ! -e $record ] || cat $record
)sh");
    EXPECT_EQ(output.text, "done");
}

}  // namespace
}  // namespace gamesched::test
