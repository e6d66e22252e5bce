// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Games that nobody announces are found, named and told apart from what only looks like one.

#include <fcntl.h>

#include <filesystem>
#include <format>
#include <fstream>
#include <iostream>
#include <thread>

#include "tests/vm/files.h"
#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr char kGames[] = "/usr/games";

struct Detection : Vm {
    void SetUp() override {
        Vm::SetUp();
        fs::create_directories(kGames);
    }
    void TearDown() override {
        programs_.clear();
        Vm::TearDown();
    }

    // A program that sleeps, under a name and in a place of its own.
    std::string program(const fs::path& path, const std::string& text = "") {
        programs_.push_back(std::make_unique<File>(path, text));
        if (text.empty())
            fs::copy_file("/usr/bin/sleep", path, fs::copy_options::overwrite_existing);
        fs::permissions(path, fs::perms::all & ~(fs::perms::group_write | fs::perms::others_write));
        return path;
    }
    static Child run(const std::string& program) {
        return Child([&] {
            execl(program.c_str(), program.c_str(), "600", nullptr);
            _exit(127);
        });
    }
    // Waits for the game of this process.
    Started found(uint32_t pid) {
        EXPECT_TRUE(eventually([&] { return listener.starts_of(pid) == 1; }))
            << sh(std::format("gamesched why {}", pid)).text;
        for (const Started& game : listener.started())
            if (game.pid == pid)
                return game;
        return {};
    }
    static std::string why(uint32_t pid) { return sh(std::format("gamesched why {}", pid)).text; }

  private:
    std::vector<std::unique_ptr<File>> programs_;
};

TEST_F(Detection, AProgramInAFolderOfGamesIsOneFromItsFirstMomentToItsLast) {
    Child game = run(program("/usr/games/armagetron"));
    const Started started = found(game.pid());
    EXPECT_EQ(started.name, "armagetron");
    EXPECT_EQ(started.source, "detected");
    EXPECT_TRUE(eventually([] { return ops() == "gamesched"; }));
    EXPECT_TRUE(why(game.pid()).contains("it is in a system folder of games")) << why(game.pid());
    EXPECT_TRUE(sh("gamesched games --why").text.contains("it is in a system folder of games"));
    const uint32_t pid = game.pid();
    game.kill_and_reap();
    expect_one_life(pid);
}

TEST_F(Detection, ADesktopEntryNamesItsGame) {
    const File entry("/usr/share/applications/org.example.Torus.desktop",
                     "[Desktop Entry]\nType=Application\nName=Torus Trooper\nExec=torus %U\n"
                     "Categories=Game;ArcadeGame;\n");
    ASSERT_EQ(sh("gamesched reload").status, 0);
    Child game = run(program("/usr/local/bin/torus"));
    EXPECT_EQ(found(game.pid()).name, "Torus Trooper");
    const uint32_t pid = game.pid();
    game.kill_and_reap();
    expect_one_life(pid);
}

TEST_F(Detection, AScriptAndWhatItStartsAreOneGame) {
    program("/usr/lib/quake/engine");
    Child script = run(program("/usr/games/quake", "#!/bin/sh\n/usr/lib/quake/engine 600\n:\n"));
    found(script.pid());
    ASSERT_TRUE(eventually([] { return !sh("pgrep -x engine").text.empty(); }));
    const auto engine = static_cast<uint32_t>(std::stoul(sh("pgrep -x engine").text));
    EXPECT_TRUE(why(engine).contains("/org/gamesched1/game/")) << why(engine);
    EXPECT_EQ(listener.started().size(), 1u);
    kill(static_cast<pid_t>(engine), SIGKILL);
    expect_one_life(script.pid());
}

TEST_F(Detection, WhoOpensAGpuIsLookedAtAgain) {
    ASSERT_EQ(sh("modprobe bochs; udevadm settle; ls /dev/dri/card0").status, 0);
    ASSERT_EQ(sh("gamesched reload").status, 0);
    ASSERT_TRUE(property("Manager.Features").contains("\"gpu-evidence\" b true"));
    // A copy of ourselves under a name that says a little: a program, but not yet a game.
    const std::string name = program("/opt/unknown/Nebula.x86_64");
    fs::copy_file("/usr/bin/dash", name, fs::copy_options::overwrite_existing);
    ASSERT_EQ(sh("rm -f /tmp/gpu-go; mkfifo /tmp/gpu-go").status, 0);
    const Child game([&] {
        execl(name.c_str(), name.c_str(), "-c",
              "read start < /tmp/gpu-go; exec 3< /dev/dri/card0; read end < /tmp/gpu-go", nullptr);
    });
    std::this_thread::sleep_for(2s);
    EXPECT_EQ(listener.starts_of(game.pid()), 0u);
    EXPECT_TRUE(why(game.pid()).contains("not yet")) << why(game.pid());
    sh("timeout 5 sh -c 'echo > /tmp/gpu-go'");
    EXPECT_EQ(found(game.pid()).name, "Nebula");
    sh("timeout 5 sh -c 'echo > /tmp/gpu-go'");
    expect_one_life(game.pid());
}

TEST_F(Detection, WhatIsNoGameSaysWhy) {
    const Child nothing = sleeper();
    EXPECT_TRUE(why(nothing.pid()).contains("nothing about it is typical of games"));
    EXPECT_TRUE(why(nothing.pid()).contains(std::format("gamesched register {}", nothing.pid())));
    const Child crash = run(program("/usr/games/crashpad_handler"));
    EXPECT_TRUE(why(crash.pid()).contains("helper"));
    const Child launcher = run(program("/usr/games/lutris"));
    EXPECT_TRUE(why(launcher.pid()).contains("it starts games and is none"));
    std::this_thread::sleep_for(1s);
    EXPECT_TRUE(listener.started().empty());
    EXPECT_EQ(sh("gamesched why 4194303").status, 1);
    // Programs and arguments of a process are its user's.
    EXPECT_NE(sh(std::format("runuser -u other -- gamesched why {}", nothing.pid())).status, 0);
}

TEST_F(Detection, RulesNameChooseAndIgnore) {
    const File rules("/etc/gamesched/games.d/50-test.toml",
                     "[[game]]\nexecutable = \"ignored\"\nignore = true\n"
                     "[[game]]\nexecutable = \"tuned\"\nname = \"Tuned Game\"\nprofile = "
                     "\"esports\"\n");
    ASSERT_EQ(sh("gamesched reload").status, 0);
    const Child ignored = run(program("/usr/games/ignored"));
    Child tuned = run(program("/usr/local/bin/tuned"));
    EXPECT_EQ(found(tuned.pid()).name, "Tuned Game");
    EXPECT_EQ(property("Manager.Profile"), "s \"esports\"");
    EXPECT_EQ(listener.starts_of(ignored.pid()), 0u);
    EXPECT_TRUE(why(ignored.pid()).contains("50-test.toml:1 says that it is to be ignored"))
        << why(ignored.pid());
    {
        const File broken("/etc/gamesched/games.d/60-broken.toml", "[[game]]\nname = 7\n");
        const File right("/etc/gamesched/gamesched.conf.d/60-right.toml", "mode = \"off\"\n");
        const Output reload = sh("gamesched reload");
        EXPECT_EQ(reload.status, 1);
        EXPECT_TRUE(reload.text.contains("60-broken.toml:2: name")) << reload.text;
        EXPECT_TRUE(why(tuned.pid()).contains("Tuned Game")) << "the previous rules are in force";
        EXPECT_EQ(property("Manager.Mode"), "s \"auto\"") << "and the previous configuration";
    }
    const uint32_t pid = tuned.pid();
    tuned.kill_and_reap();
    expect_one_life(pid);
}

TEST_F(Detection, ARuleOfWhatAScriptStartsCountsFromThenOn) {
    const File rules("/etc/gamesched/games.d/50-test.toml",
                     "[[game]]\nexecutable = \"inner\"\nprofile = \"esports\"\n");
    ASSERT_EQ(sh("gamesched reload").status, 0);
    ASSERT_EQ(sh("rm -f /tmp/rule-go; mkfifo /tmp/rule-go").status, 0);
    program("/usr/lib/quake/inner");
    Child script = run(program("/usr/games/outer",
                               "#!/bin/sh\nread go < /tmp/rule-go\n/usr/lib/quake/inner 600\n:\n"));
    const uint32_t pid = script.pid();
    found(pid);
    EXPECT_EQ(property("Manager.Profile"), "s \"balanced\"");
    sh("timeout 5 sh -c 'echo > /tmp/rule-go'");
    EXPECT_TRUE(eventually([] { return property("Manager.Profile") == "s \"esports\""; }));
    sh("pkill -x inner");
    expect_one_life(pid);
}

TEST_F(Detection, ATitleGoesBeforeWhatIsFoundAndAfterARule) {
    const File rules("/etc/gamesched/games.d/50-test.toml",
                     "[[game]]\nexecutable = \"inner\"\nname = \"By rule\"\n");
    ASSERT_EQ(sh("gamesched reload; rm -f /tmp/rule-go; mkfifo /tmp/rule-go").status, 0);
    program("/usr/lib/quake/inner");
    const Child script = run(program(
        "/usr/games/outer", "#!/bin/sh\nread go < /tmp/rule-go\n/usr/lib/quake/inner 600\n:\n"));
    const std::string game = found(script.pid()).path;
    const auto get = [&](const char* what) {
        return sh("busctl get-property org.gamesched1 " + game + " org.gamesched1.Game " + what)
            .text;
    };
    const auto set_title = [&](const char* title) {
        return sh("busctl call org.gamesched1 " + game + " org.gamesched1.Game SetTitle s " + title)
            .status;
    };
    EXPECT_EQ(get("NameSource"), "s \"found\"");
    EXPECT_EQ(set_title("Title"), 0);
    EXPECT_EQ(get("Name"), "s \"Title\"");
    sh("timeout 5 sh -c 'echo > /tmp/rule-go'");
    EXPECT_TRUE(eventually([&] { return get("Name") == "s \"By rule\""; })) << get("Name");
    EXPECT_EQ(set_title("Late"), 0);
    EXPECT_EQ(get("Name"), "s \"By rule\"");
    EXPECT_EQ(get("NameSource"), "s \"rule\"");
    sh("pkill -x inner");
    expect_one_life(script.pid());
}

TEST_F(Detection, AGameThatWasUnregisteredIsNotFoundAgain) {
    Child game = run(program("/usr/games/unwanted"));
    found(game.pid());
    ASSERT_EQ(sh(std::format("gamesched unregister {}", game.pid())).status, 0);
    expect_one_life(game.pid());
    ASSERT_EQ(sh("gamesched reload").status, 0);
    std::this_thread::sleep_for(1s);
    EXPECT_EQ(listener.starts_of(game.pid()), 1u);
    ASSERT_EQ(sh("systemctl restart gameschedd").status, 0);
    std::this_thread::sleep_for(1s);
    EXPECT_EQ(listener.starts_of(game.pid()), 1u) << "nor by the service's next life";
}

// The unit may not read everybody's files, and /proc/PID/environ and fd are their owner's.
TEST_F(Detection, OtherUsersEnvironmentsAndOpenGpusAreEvidence) {
    ASSERT_EQ(sh("modprobe vgem; udevadm settle; ls /dev/dri/card0").status, 0);
    const std::string name = program("/opt/unknown/Nebula.x86_64");
    fs::copy_file("/usr/bin/dash", name, fs::copy_options::overwrite_existing);
    std::ofstream("/tmp/evidence.sh")
        << "SteamAppId=4242 " << name << " -c \"kill -STOP \\$\\$\" & echo $!\n"
        << "exec 3< /dev/dri/card0\n"
        << "/usr/bin/sleep 600 & echo $!\n"
        << "exec 3<&-\n"
        << "sleep 3\n"
        << "for pid in $(jobs -p); do gamesched why $pid; done\n"
        << "kill -9 $(jobs -p); wait\n";
    ASSERT_EQ(sh("chmod a+rw /dev/dri/card*").status, 0);
    const Output output = as_player("exec bash /tmp/evidence.sh");
    EXPECT_TRUE(output.text.contains("Steam started it (AppId 4242)")) << output.text;
    EXPECT_TRUE(output.text.contains("it uses the GPU")) << output.text;
    ASSERT_EQ(listener.started().size(), 1u) << output.text;
    EXPECT_EQ(listener.started()[0].app_id, "4242");
    expect_one_life(listener.started()[0].pid);
}

TEST_F(Detection, OnlyGamesOfUsersWhoSitAtTheMachineAreFoundUnlessConfigured) {
    const std::string name = program("/usr/games/remote");
    const auto run_remotely = [&] {
        return Child([&] {
            execlp("setpriv", "setpriv", "--reuid=player", "--regid=player", "--clear-groups",
                   name.c_str(), "600", nullptr);
            _exit(127);
        });
    };
    {
        const Child game = run_remotely();
        EXPECT_TRUE(eventually([&] {
            return why(game.pid()).contains("has no session at this machine");
        })) << why(game.pid());
        EXPECT_EQ(listener.starts_of(game.pid()), 0u);
    }
    const Configuration configuration("[detection]\nremote-users = true\n");
    Child game = run_remotely();
    found(game.pid());
    const uint32_t pid = game.pid();
    game.kill_and_reap();
    expect_one_life(pid);
}

TEST_F(Detection, WhoStartsProgramsInALoopDoesNotKeepItBusyAndHidesNoGame) {
    // Calls exec with itself so many times: the fastest way to start programs.
    const std::string name = program("/opt/flood/a.exe");
    std::ofstream("/tmp/flood.c")
        << "#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
           "int main(int argc, char **argv) {\n"
           "    char left[16];\n"
           "    int n = atoi(argv[1]);\n"
           "    snprintf(left, sizeof(left), \"%d\", n - 1);\n"
           "    return n ? execl(argv[0], argv[0], left, (char *)0) : 0;\n"
           "}\n";
    ASSERT_TRUE(succeeds(sh("gcc -O2 -static -o " + name + " /tmp/flood.c")));
    constexpr unsigned kExecs = 4000;
    const uint64_t before = context_switches();
    const Child flood(
        [&] { execl(name.c_str(), name.c_str(), std::to_string(kExecs).c_str(), nullptr); });
    std::this_thread::sleep_for(500ms);
    const Child game = run(program("/usr/games/drowned"));
    siginfo_t info = {};
    ASSERT_EQ(waitid(P_PID, flood.pid(), &info, WEXITED | WNOWAIT), 0);
    const uint64_t switches = context_switches() - before;
    std::cout << "context switches of the service during " << kExecs << " execs: " << switches
              << '\n';
    EXPECT_LT(switches, kExecs);
    EXPECT_TRUE(sh("journalctl -u gameschedd -n 50 -o cat").text.contains("more programs"));
    found(game.pid());
}

// A game from Debian as its user starts it, drawn by software.
TEST_F(Detection, ARealGameIsFoundNamedAndOver) {
    std::ofstream("/tmp/real.sh")
        << "export DISPLAY=:6 SDL_AUDIODRIVER=dummy SDL_RENDER_DRIVER=software\n"
           "Xvfb :6 -extension GLX > /dev/null 2>&1 & x=$!\n"
           "until xwininfo -root > /dev/null 2>&1; do sleep 0.2; done\n"
           "/usr/games/lbreakouthd > /tmp/real.log 2>&1 & game=$!\n"
           "echo $game\n"
           "draws() { xwininfo -root -tree 2> /dev/null | grep -q LBreakout; }\n"
           "for i in $(seq 300); do draws && echo it draws && break; sleep 0.2; done\n"
           "gamesched games --why\n"
           "kill $game; wait $game\n"
           "kill $x; wait $x\n";
    const Output output = as_player("exec sh /tmp/real.sh");
    ASSERT_FALSE(output.text.empty());
    const auto pid = static_cast<uint32_t>(std::stoul(output.text));
    EXPECT_TRUE(output.text.contains("it draws")) << output.text << sh("cat /tmp/real.log").text;
    EXPECT_TRUE(output.text.contains("LBreakoutHD")) << output.text;
    ASSERT_EQ(listener.starts_of(pid), 1u) << output.text;
    EXPECT_EQ(listener.started()[0].name, "LBreakoutHD");
    EXPECT_EQ(listener.started()[0].source, "detected");
    EXPECT_EQ(listener.started().size(), 1u) << "neither the X server nor the shell is one";
    expect_one_life(pid);
}

TEST_F(Detection, HostileNamesReachNobodyAsTheyAre) {
    const std::string name = "/usr/games/\x1b[31mred\nline\xff\xc3(";
    Child game = run(program(name));
    const Started started = found(game.pid());
    EXPECT_FALSE(started.name.empty());
    for (const char c : started.name)
        EXPECT_GE(static_cast<unsigned char>(c), 0x20) << started.name;
    const std::string log = sh("journalctl -u gameschedd -n 20 -o cat").text;
    EXPECT_FALSE(log.contains('\x1b'));
    EXPECT_FALSE(why(game.pid()).contains('\x1b'));
    const uint32_t pid = game.pid();
    game.kill_and_reap();
    expect_one_life(pid);
}

TEST_F(Detection, HostileCommandLinesReachNobodyAsTheyAre) {
    make_reaper();
    std::string junk;
    while (junk.size() < 4096)
        junk += "\x1b[2J\n\xff\xc3(%s";
    const std::string app_id = "AppId=" + junk.substr(0, 200);
    const std::string script =
        program("/usr/games/\x1b]0;title\x07", "#!/bin/sh\nexec sleep 600\n");
    Child reaper([&] {
        execl("/tmp/reaper", "reaper", "SteamLaunch", app_id.c_str(), "--", script.c_str(),
              junk.c_str(), nullptr);
    });
    ASSERT_TRUE(eventually([&] { return !listener.started().empty(); }));
    const Started started = listener.started()[0];
    for (const std::string& text : {started.name, started.app_id})
        for (const char c : text)
            EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << text;
    for (const char* command :
         {"journalctl -u gameschedd -n 20 -o cat", "gamesched status", "gamesched games --why"})
        EXPECT_FALSE(sh(command).text.contains('\x1b')) << command;
    EXPECT_FALSE(why(started.pid).contains('\x1b'));
    EXPECT_EQ(
        sh("gamesched games --json | python3 -c 'import json, sys; json.load(sys.stdin)'").status,
        0);
    sh(std::format("kill {}", started.pid));
    expect_one_life(started.pid);
}

}  // namespace
}  // namespace gamesched::test
