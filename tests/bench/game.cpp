// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The synthetic game. It starts as games do: some work, some threads, some helper processes. Then,
// on an absolute time grid, a frame thread computes, hands parts to two workers through futexes,
// waits for them, and gives the frame to a submit thread through an eventfd; an audio thread wakes
// up every 5.333 ms, and an input thread reads an event device. At the end one JSON object on
// standard output says how all of that went.
//
// The work of a frame is a fixed number of steps, never calibrated on the machine that is measured,
// so that all runs do the same. What did not happen in time counts: a frame period without a frame
// is a missed one until the end of the run, and each audio period that was slept through is a
// wake-up that came that late.
//
// It asks for no priority of any kind. Who wants it to have one sets that before it starts.

#include <fcntl.h>
#include <getopt.h>
#include <linux/futex.h>
#include <linux/input.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <latch>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

using Json = nlohmann::json;

constexpr int64_t kNsPerSec = 1'000'000'000;
constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kAudioPeriodNs = 5'333'333;
constexpr int64_t kBinNs = 250'000;  // width of a bin of the histogram

// Steps of work; a thousand take about 4 us on an emulated CPU of the machines that this was
// written on, which makes 2.7 ms for a frame.
constexpr uint64_t kStepsBefore = 110'000;
constexpr uint64_t kStepsWorker = 200'000;  // each of two
constexpr uint64_t kStepsAfter = 110'000;
constexpr uint64_t kStepsSubmit = 30'000;
constexpr uint64_t kStepsLoading = 6'000'000;
constexpr uint64_t kStepsPoolThread = 100'000;
constexpr uint64_t kStepsHelper = 200'000;

constexpr int kWorkers = 2;
constexpr int kPoolThreads = 20;
constexpr int kHelpers = 4;

int64_t now_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * kNsPerSec + now.tv_nsec;
}

void sleep_until(int64_t at_ns) {
    const timespec at = {.tv_sec = at_ns / kNsPerSec, .tv_nsec = at_ns % kNsPerSec};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
    }
}

[[gnu::noinline]] void work(uint64_t steps) {
    uint64_t x = 88172645463325252;
    for (uint64_t i = 0; i < steps; ++i) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    asm volatile("" : : "r"(x));
}

void name_thread(const char* name) {
    prctl(PR_SET_NAME, name);
}

// A number that threads wait for.
class Futex {
  public:
    uint32_t load() const { return word_.load(std::memory_order_acquire); }

    void store(uint32_t value) {
        word_.store(value, std::memory_order_release);
        call(FUTEX_WAKE_PRIVATE, INT32_MAX);
    }

    void wait_until(uint32_t wanted) {
        for (uint32_t seen = load(); seen != wanted; seen = load())
            call(FUTEX_WAIT_PRIVATE, seen);
    }

    uint32_t wait_while(uint32_t old) {
        while (load() == old)
            call(FUTEX_WAIT_PRIVATE, old);
        return load();
    }

  private:
    void call(int operation, uint32_t value) {
        syscall(SYS_futex, &word_, operation, value, nullptr, nullptr, 0);
    }

    std::atomic<uint32_t> word_ = 0;
};

struct Options {
    int hz = 60;
    double seconds = 8;
    std::string input;
    int64_t started_ns = now_ns();  // when the program was executed
    int64_t spawned_ns = 0;         // when whoever wanted the game began to start it
};

// ------------------------------------------------------------------ figures

Json percentiles(std::vector<int64_t> samples) {
    Json json = {{"count", samples.size()}};
    if (samples.empty())
        return json;
    std::ranges::sort(samples);
    const std::pair<const char*, double> wanted[] = {
        {"p50", 0.50}, {"p95", 0.95}, {"p99", 0.99}, {"max", 1}};
    for (const auto& [name, share] : wanted) {
        const auto rank =
            static_cast<size_t>(std::ceil(share * static_cast<double>(samples.size())));
        json[name] = static_cast<double>(samples[std::max<size_t>(rank, 1) - 1]) / kNsPerMs;
    }
    return json;
}

// [[bin, count], ...] of the bins that are not empty.
Json histogram(const std::vector<int64_t>& samples) {
    std::map<int64_t, int> bins;
    for (const int64_t sample : samples)
        ++bins[sample / kBinNs];
    Json json = Json::array();
    for (const auto& [bin, count] : bins)
        json.push_back({bin, count});
    return json;
}

// What all threads together have spent runnable but not running, in milliseconds.
double run_delay_ms() {
    uint64_t sum = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream file(task.path() / "schedstat");
        uint64_t ran = 0, waited = 0;
        if (file >> ran >> waited)
            sum += waited;
    }
    return static_cast<double>(sum) / kNsPerMs;
}

double cpu_ms() {
    timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec * kNsPerSec + used.tv_nsec) / kNsPerMs;
}

// ------------------------------------------------------------------ start

void start_helper() {
    const pid_t pid = fork();
    if (pid == 0) {
        execl("/proc/self/exe", "gamesched-bench-game", "--helper", nullptr);
        _exit(127);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        std::cerr << "gamesched-bench-game: a helper process failed\n";
        std::exit(1);
    }
}

// Threads that a game has and seldom uses: they do something at the start and then sleep.
class Pool {
  public:
    void start() {
        for (int i = 0; i < kPoolThreads; ++i)
            threads_.emplace_back([this] {
                name_thread("pool");
                work(kStepsPoolThread);
                if (++ready_count_ == kPoolThreads)
                    ready_.store(1);
                end_.wait_until(1);
            });
    }

    void wait_ready() { ready_.wait_until(1); }

    void end() {
        end_.store(1);
        threads_.clear();
    }

  private:
    std::atomic<int> ready_count_ = 0;
    Futex ready_, end_;
    std::vector<std::jthread> threads_;
};

// ------------------------------------------------------------------ frames

// The frame thread's helpers. A frame passes through all of them before the next one begins.
class Pipeline {
  public:
    Pipeline() : frames_(eventfd(0, EFD_CLOEXEC)) {
        for (int i = 0; i < kWorkers; ++i)
            threads_.emplace_back([this] { serve_as_worker(); });
        threads_.emplace_back([this] { serve_as_submitter(); });
    }

    // Returns when the frame was completed.
    int64_t run_frame() {
        ++frame_;
        work(kStepsBefore);
        pending_ = kWorkers;
        begun_.store(frame_);
        computed_.wait_until(frame_);
        work(kStepsAfter);
        give_to_submitter();
        submitted_.wait_until(frame_);
        return completed_ns_;
    }

    void end() {
        ending_ = true;
        begun_.store(frame_ + 1);
        give_to_submitter();
        threads_.clear();
        close(frames_);
    }

  private:
    void give_to_submitter() {
        const uint64_t one = 1;
        if (write(frames_, &one, sizeof one) != sizeof one)
            std::abort();
    }

    void serve_as_worker() {
        name_thread("worker");
        for (uint32_t seen = 0;;) {
            seen = begun_.wait_while(seen);
            if (ending_)
                return;
            work(kStepsWorker);
            if (--pending_ == 0)
                computed_.store(seen);
        }
    }

    void serve_as_submitter() {
        name_thread("submit");
        for (uint64_t count = 0;;) {
            if (read(frames_, &count, sizeof count) != sizeof count)
                std::abort();
            if (ending_)
                return;
            work(kStepsSubmit);
            completed_ns_ = now_ns();
            submitted_.store(begun_.load());
        }
    }

    const int frames_;
    uint32_t frame_ = 0;
    std::atomic<bool> ending_ = false;
    std::atomic<int> pending_ = 0;
    std::atomic<int64_t> completed_ns_ = 0;
    Futex begun_, computed_, submitted_;
    std::vector<std::jthread> threads_;
};

struct Frames {
    int64_t first_ns = 0;  // completion of the first one
    int64_t periods = 0;   // of the whole run
    int64_t in_time = 0;   // frames, each in a period of its own
    std::vector<int64_t> times;
};

// A frame that ends in a later period than it began in has used up all periods between.
Frames run_frames(Pipeline& pipeline, int64_t start_ns, int hz, int64_t end_ns) {
    const int64_t period = kNsPerSec / hz;
    Frames frames = {.periods = (end_ns - start_ns) / period};
    frames.times.reserve(static_cast<size_t>(frames.periods));
    for (int64_t slot = 0; slot < frames.periods;) {
        const int64_t target = start_ns + slot * period;
        sleep_until(target);
        const int64_t completed = pipeline.run_frame();
        if (frames.first_ns == 0)
            frames.first_ns = completed;
        frames.times.push_back(completed - target);
        if (completed < end_ns)
            ++frames.in_time;
        slot = std::max(slot, (now_ns() - start_ns) / period) + 1;
    }
    return frames;
}

// ------------------------------------------------------------------ audio and input

std::vector<int64_t> run_audio(int64_t start_ns, int64_t end_ns) {
    name_thread("audio");
    std::vector<int64_t> late;
    late.reserve(static_cast<size_t>((end_ns - start_ns) / kAudioPeriodNs + 1));
    for (int64_t target = start_ns + kAudioPeriodNs; target < end_ns;) {
        sleep_until(target);
        const int64_t now = now_ns();
        for (; target <= now && target < end_ns; target += kAudioPeriodNs)
            late.push_back(now - target);
    }
    return late;
}

// From the write of an event, whose time the kernel stamps, to its arrival here.
std::vector<int64_t> run_input(const std::string& device, int64_t end_ns) {
    name_thread("input");
    std::vector<int64_t> late;
    const int fd = open(device.c_str(), O_RDONLY | O_CLOEXEC);
    const int clock = CLOCK_MONOTONIC;
    if (fd < 0 || ioctl(fd, EVIOCSCLOCKID, &clock) < 0) {
        std::cerr << "gamesched-bench-game: cannot use " << device << '\n';
        std::_Exit(1);
    }
    input_event events[64];
    while (now_ns() < end_ns) {
        const ssize_t size = read(fd, events, sizeof events);
        const int64_t now = now_ns();
        if (size <= 0)
            break;
        for (size_t i = 0; i < static_cast<size_t>(size) / sizeof events[0]; ++i)
            if (events[i].type == EV_REL)
                late.push_back(now - events[i].input_event_sec * kNsPerSec -
                               events[i].input_event_usec * 1000);
    }
    close(fd);
    return late;
}

// ------------------------------------------------------------------ the whole

Json play(const Options& options) {
    Pool pool;
    work(kStepsLoading / 2);
    pool.start();
    for (int i = 0; i < kHelpers; ++i)
        start_helper();
    work(kStepsLoading / 2);
    pool.wait_ready();
    Pipeline pipeline;

    const int64_t start_ns = now_ns();
    const int64_t end_ns = start_ns + std::llround(options.seconds * kNsPerSec);
    const double start_delay_ms = run_delay_ms();
    std::vector<int64_t> audio, input;
    std::latch done(2);
    Futex end;  // threads that leave take their run delay with them
    std::jthread audio_thread([&] {
        audio = run_audio(start_ns, end_ns);
        done.count_down();
        end.wait_until(1);
    });
    std::jthread input_thread([&] {
        if (!options.input.empty())
            input = run_input(options.input, end_ns);
        done.count_down();
        end.wait_until(1);
    });
    const Frames frames = run_frames(pipeline, start_ns, options.hz, end_ns);
    done.wait();
    const double delay_ms = run_delay_ms();
    end.store(1);
    pipeline.end();
    pool.end();

    const int64_t missed = frames.periods - frames.in_time;
    const auto ms_since = [&](int64_t begin) {
        return static_cast<double>(frames.first_ns - begin) / kNsPerMs;
    };
    Json json = {
        {"hz", options.hz},
        {"seconds", options.seconds},
        {"periods", frames.periods},
        {"missed", missed},
        {"missed_percent",
         100.0 * static_cast<double>(missed) / static_cast<double>(frames.periods)},
        {"frame_ms", percentiles(frames.times)},
        {"frame_bin_ms", static_cast<double>(kBinNs) / kNsPerMs},
        {"frame_histogram", histogram(frames.times)},
        {"audio_ms", percentiles(audio)},
        {"input_ms", percentiles(input)},
        {"startup_ms", ms_since(options.started_ns)},
        {"run_delay_ms", delay_ms},
        {"run_delay_startup_ms", start_delay_ms},
        {"cpu_ms", cpu_ms()},
    };
    if (options.spawned_ns != 0)
        json["launch_ms"] = ms_since(options.spawned_ns);
    return json;
}

// --launch: notes the time and executes the same program, so that a start is measured from execve
// on.
int launch(int argc, char** argv) {
    const std::string now = std::to_string(now_ns());
    std::vector<char*> args(argv, argv + argc);
    std::string option = "--started";
    args[1] = option.data();
    args.insert(args.begin() + 2, const_cast<char*>(now.c_str()));
    args.push_back(nullptr);
    execv("/proc/self/exe", args.data());
    std::perror("gamesched-bench-game");
    return 127;
}

[[noreturn]] void print_usage(int status) {
    (status ? std::cerr : std::cout)
        << "Usage: gamesched-bench-game [--launch] [OPTION...]\n\n"
           "  --launch      measure the start, too; must come first\n"
           "  --hz N        frames per second (60)\n"
           "  --seconds S   how long to play (8)\n"
           "  --input PATH  event device to read\n"
           "  --spawned NS  CLOCK_MONOTONIC when starting the game began\n";
    std::exit(status);
}

Options parse(int argc, char** argv) {
    const option known[] = {{"hz", required_argument, nullptr, 'z'},
                            {"seconds", required_argument, nullptr, 's'},
                            {"input", required_argument, nullptr, 'i'},
                            {"started", required_argument, nullptr, 't'},
                            {"spawned", required_argument, nullptr, 'w'},
                            {"help", no_argument, nullptr, 'h'},
                            {nullptr, 0, nullptr, 0}};
    Options options;
    for (int found; (found = getopt_long(argc, argv, "h", known, nullptr)) != -1;) {
        switch (found) {
            case 'z':
                options.hz = std::atoi(optarg);
                break;
            case 's':
                options.seconds = std::atof(optarg);
                break;
            case 'i':
                options.input = optarg;
                break;
            case 't':
                options.started_ns = std::atoll(optarg);
                break;
            case 'w':
                options.spawned_ns = std::atoll(optarg);
                break;
            case 'h':
                print_usage(0);
            default:
                print_usage(2);
        }
    }
    if (optind != argc || options.hz < 1 || options.hz > 1000 || !(options.seconds > 0))
        print_usage(2);
    return options;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string first = argc > 1 ? argv[1] : "";
    if (first == "--helper") {
        work(kStepsHelper);
        return 0;
    }
    if (first == "--launch")
        return launch(argc, argv);
    std::cout << play(parse(argc, argv)).dump() << std::endl;
    return 0;
}
