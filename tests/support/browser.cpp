// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/support/browser.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <format>
#include <stdexcept>

namespace gamesched::test {
namespace {

namespace fs = std::filesystem;

constexpr int kPatienceMsec = 60'000;
// Where the browser looks for its pipes.
constexpr int kItReads = 3, kItWrites = 4;

// What it would do besides showing a page; and it is root, for whom it has no sandbox.
constexpr const char* kOptions[] = {
    "--no-sandbox",   "--disable-gpu", "--remote-debugging-pipe", "--disable-background-networking",
    "--no-first-run", "--log-level=3"};

}  // namespace

Browser::Browser()
    : profile_(fs::temp_directory_path() / std::format("gamesched-browser-{}", getpid())) {
    std::vector<std::string> words = {"chromium-headless-shell",
                                      "--user-data-dir=" + profile_.string()};
    words.insert(words.end(), std::begin(kOptions), std::end(kOptions));
    std::vector<char*> argv;
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    int there[2], back[2];
    if (pipe2(there, O_CLOEXEC) != 0 || pipe2(back, O_CLOEXEC) != 0)
        throw std::runtime_error("there are no pipes");
    pid_ = fork();
    if (pid_ == 0) {
        // Away from where they are to be, first.
        const int reads = fcntl(there[0], F_DUPFD, kItWrites + 1);
        const int writes = fcntl(back[1], F_DUPFD, kItWrites + 1);
        dup2(reads, kItReads);
        dup2(writes, kItWrites);
        close(reads);
        close(writes);
        execvp(argv[0], argv.data());
        _exit(127);
    }
    close(there[0]);
    close(back[1]);
    to_ = there[1];
    from_ = back[0];
    const Json target = call("Target.createTarget", {{"url", "about:blank"}});
    session_ =
        call("Target.attachToTarget", {{"targetId", target.at("targetId")}, {"flatten", true}})
            .at("sessionId")
            .get<std::string>();
    for (const char* domain : {"Page", "Network", "Runtime", "Log"})
        call(std::string(domain) + ".enable");
}

Browser::~Browser() {
    close(to_);
    close(from_);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    std::error_code error;
    fs::remove_all(profile_, error);
}

Browser::Json Browser::call(const std::string& method, const Json& parameters) {
    Json message = {{"id", ++last_id_}, {"method", method}, {"params", parameters}};
    if (!session_.empty())
        message["sessionId"] = session_;
    const std::string text = message.dump() + '\0';
    if (write(to_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw std::runtime_error("the browser does not listen");
    for (;;) {
        Json answer = receive();
        if (!answer.contains("id")) {
            on_event(answer);
            continue;
        }
        if (answer.at("id") != last_id_)
            continue;
        if (answer.contains("error"))
            throw std::runtime_error(method + ": " + answer["error"].dump());
        return answer.at("result");
    }
}

Browser::Json Browser::receive() {
    size_t end = std::string::npos;
    while ((end = received_.find('\0')) == std::string::npos) {
        pollfd readable = {.fd = from_, .events = POLLIN, .revents = 0};
        char buffer[65536];
        const ssize_t got =
            poll(&readable, 1, kPatienceMsec) == 1 ? read(from_, buffer, sizeof(buffer)) : 0;
        if (got <= 0)
            throw std::runtime_error("the browser says nothing more");
        received_.append(buffer, static_cast<size_t>(got));
    }
    Json message = Json::parse(received_.substr(0, end));
    received_.erase(0, end + 1);
    return message;
}

void Browser::on_event(const Json& event) {
    const auto method = event.at("method").get<std::string>();
    const Json& parameters = event.at("params");
    if (method == "Page.loadEventFired")
        loaded_ = true;
    else if (method == "Network.requestWillBeSent")
        requests_.push_back(parameters.at("request").at("url").get<std::string>());
    else if (method == "Runtime.consoleAPICalled" || method == "Runtime.exceptionThrown" ||
             method == "Log.entryAdded" || method == "Network.loadingFailed")
        complaints_.push_back(parameters.dump());
}

void Browser::set_window(int width, int height) {
    call("Emulation.setDeviceMetricsOverride",
         {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", false}});
}

void Browser::set_dark(bool dark) {
    call("Emulation.setEmulatedMedia",
         {{"features", {{{"name", "prefers-color-scheme"}, {"value", dark ? "dark" : "light"}}}}});
}

void Browser::open(const fs::path& page) {
    loaded_ = false;
    call("Page.navigate", {{"url", "file://" + page.string()}});
    while (!loaded_)
        on_event(receive());
}

Browser::Json Browser::evaluate(const std::string& expression) {
    const Json answer =
        call("Runtime.evaluate", {{"expression", expression}, {"returnByValue", true}});
    if (answer.contains("exceptionDetails"))
        throw std::runtime_error(expression + ": " + answer["exceptionDetails"].dump());
    return answer.at("result").value("value", Json());
}

}  // namespace gamesched::test
