// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/support/private_bus.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <format>
#include <fstream>
#include <stdexcept>

#include "tests/support/shell.h"

namespace gamesched::test {
namespace {

constexpr char kBusConfig[] =
    R"(<busconfig><type>system</type><listen>unix:path={0}</listen><auth>EXTERNAL</auth>
<servicedir>{0}.services</servicedir>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy>
</busconfig>)";

std::filesystem::path write_config(const std::string& socket) {
    const std::filesystem::path path = socket + ".conf";
    std::ofstream(path) << std::vformat(kBusConfig, std::make_format_args(socket));
    return path;
}

}  // namespace

// The child allocates nothing: another thread of ours may have held the allocator's lock.
Process::Process(std::vector<std::string> command) {
    std::vector<char*> argv;
    for (std::string& word : command)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ != 0)
        return;
    execvp(argv[0], argv.data());
    _exit(127);
}

Process::~Process() {
    end(SIGTERM);
}

void Process::end(int signal) {
    if (pid_ <= 0)
        return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

std::optional<int> Process::status() {
    int status = 0;
    if (pid_ <= 0 || waitpid(pid_, &status, WNOHANG) != pid_)
        return std::nullopt;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

PrivateBus::PrivateBus(const std::filesystem::path& socket, const char* variable)
    : config_(write_config(socket)),
      daemon_({"dbus-daemon", "--nofork", "--config-file=" + config_.string()}) {
    setenv(variable, ("unix:path=" + socket.string()).c_str(), 1);
    if (!eventually([&] { return std::filesystem::exists(socket); }))
        throw std::runtime_error("there is no dbus-daemon");
}

}  // namespace gamesched::test
