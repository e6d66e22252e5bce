// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/daemon.h"

#include <spdlog/spdlog.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-device.h>

#include <csignal>
#include <cstdlib>
#include <utility>

#include "dbus/names.h"
#include "service/base/clock.h"
#include "service/games/measured.h"

namespace gamesched {
namespace {

constexpr char kTasksFd[] = "tasks";  // the lifecycle's task storage in systemd's store

Config first_config(const std::vector<std::filesystem::path>& directories) {
    auto config = load_config(directories);
    if (config)
        return *config;
    spdlog::error("configuration: {}; the built-in defaults are in force", config.error().message);
    return Config();
}

std::string bus_id(sd_bus* bus) {
    sd_id128_t id = {};
    char text[SD_ID128_STRING_MAX] = "";
    if (sd_bus_get_bus_id(bus, &id) >= 0)
        sd_id128_to_string(id, text);
    return text;
}

Lifecycle::Names names_of(const Config& config) {
    return {
        .launchers = config.launchers, .helpers = config.helpers, .candidates = {}, .folders = {}};
}

constexpr char kSchedulers[] = "sched_ext";
constexpr char kGpus[] = "drm";

}  // namespace

void Daemon::MonitorDeleter::operator()(sd_device_monitor* monitor) const {
    sd_device_monitor_unref(monitor);
}

Daemon::Daemon(DaemonOptions options)
    : options_(std::move(options)),
      config_(first_config(options_.config_directories)),
      store_(options_.runtime_directory),
      fds_(Store::take_fds()),
      saved_(store_.load(fds_)),
      lifecycle_(make_lifecycle(loop_, config_, fds_, why_no_lifecycle_)),
      backend_(lifecycle_.get(), why_no_lifecycle_),
      host_(loop_, backend_),
      watchdog_(loop_),
      tracker_(loop_, lifecycle_.get()),
      detector_(loop_, tracker_, lifecycle_ != nullptr),
      focus_(loop_, tracker_, [this] { refresh_focus(); }),
      bus_(ServedBus::of_system()),
      backlog_(loop_, *bus_, bus_.raw(),
               [this] {
                   on_bus_lost("does not read what it is sent");
                   // Or we would wait for ever for its reading the rest.
                   bus_->detachSdEventLoop();
                   sd_bus_close(bus_.raw());
               }),
      calls_(bus_.raw()),
      authority_(loop_, *bus_, bus_.raw()),
      holds_(*bus_, [this] { on_holds_changed(); }),
      mode_(parse_mode(saved_.mode).value_or(config_.mode)),
      power_(loop_, *bus_, options_.runtime_directory, options_.power_root),
      profile_(config_.profile),
      core_{.tracker = tracker_,
            .detector = detector_,
            .host = host_,
            .backend = backend_,
            .holds = holds_,
            .lifecycle = lifecycle_.get(),
            .features = [this] { return all_features(); },
            .profiles = config_.profiles,
            .mode = [this] { return mode_; },
            .active = [this] { return active_; },
            .set_mode = [this](Mode mode) { return set_mode(mode); },
            .profile = [this] { return profile_; },
            .set_profile = [this](const std::string& name) { return set_profile(name); },
            .power = [this] { return power_.status(); },
            .scope_weight = [this] { return config_.power.scope_weight; },
            .reload = [this] { return reload(); },
            .focus = focus_,
            .set_focus =
                [this](Fd window, uid_t user) {
                    focus_.set(std::move(window), user);
                    refresh_focus();
                }},
      summaries_(core_, History(options_.state_directory)),
      manager_(*bus_, calls_, authority_, core_, summaries_),
      scheduler_(*bus_, calls_, authority_, core_),
      stats_(*bus_, loop_, calls_, authority_, core_, summaries_) {
    backend_.set_session(config_.session);
    profile_choice_.choose(saved_.profile);
    host_.set_linger(config_.linger);
    host_.set_stay_off(config_.stay_off);
    apply_profile();
    if (auto rules = Rules::load(options_.config_directories))
        detector_.set_rules(std::move(*rules));
    else
        spdlog::error("rules: {}; none is in force", rules.error().message);
    refresh_detection();
    bus_->addMatch(names::kDisconnected,
                   [this](const sdbus::Message&) { on_bus_lost("has gone"); });
    bus_->attachSdEventLoop(loop_.get());
    connect_parts();
    power_.set_config(config_.power);
    watch_devices();
    features_ = all_features();
}

std::unique_ptr<Lifecycle> Daemon::make_lifecycle(Loop& loop, const Config& config,
                                                  std::map<std::string, Fd>& fds,
                                                  std::string& why_not) {
    Fd before;
    if (const auto kept = fds.find(kTasksFd); kept != fds.end())
        before = std::move(kept->second);
    auto lifecycle = Lifecycle::create(loop, names_of(config), std::move(before));
    if (!lifecycle) {
        why_not = lifecycle.error().message;
        spdlog::warn(
            "process events: {}; games are followed by their first process only and not detected",
            why_not);
        return nullptr;
    }
    return std::move(*lifecycle);
}

Features Daemon::all_features() const {
    Features features = backend_.support().features;
    const auto needs_lifecycle = [&]() -> Features::mapped_type {
        if (lifecycle_)
            return true;
        return why_no_lifecycle_;
    };
    features["process-events"] = needs_lifecycle();
    features["fork-inheritance"] = needs_lifecycle();
    features["detection"] = needs_lifecycle();
    features["gpu-evidence"] = lifecycle_ ? gpu_evidence_ : needs_lifecycle();
    if (!config_.detection)
        features["detection"] = "switched off in the configuration";
    return features;
}

// What games are looked for by.
void Daemon::refresh_detection() {
    detector_.set_entries(DesktopEntries::load(options_.application_directories));
    detector_.set_enabled(config_.detection);
    detector_.set_remote_users(config_.remote_users);
    tracker_.set_detection(config_.detection);
    if (!lifecycle_)
        return;
    Lifecycle::Names names = names_of(config_);
    if (config_.detection) {
        names.candidates = detector_.programs();
        names.folders = config_.folders;
    }
    lifecycle_->set_names(names);
    gpu_evidence_ = lifecycle_->watch_gpu();
}

void Daemon::announce_features() {
    Features now = all_features();
    if (now == features_)
        return;
    features_ = std::move(now);
    manager_.emit_changed({sdbus::PropertyName("Features")});
}

void Daemon::connect_parts() {
    tracker_.observe({
        .started =
            [this](const Game& game) {
                manager_.on_game_started(game);
                refresh_measured_games();
                refresh_focus();
                refresh_profile();
                refresh_mode();
            },
        .exited =
            [this](const Game& game, const GameEnd& end) {
                manager_.on_game_exited(game, end);
                refresh_measured_games();
                refresh_focus();
                refresh_profile();
                refresh_mode();
            },
        .changed =
            [this](const Game& game) {
                manager_.on_game_changed(game);
                refresh_profile();
            },
        .saved = [this] { save(); },
    });
    host_.observe({
        .changed =
            [this] {
                watchdog_.set_armed(host_.state() == SchedulerState::kAttached);
                save();  // first: what follows fails when the bus has gone
                scheduler_.on_changed();
                announce_features();
            },
        .tripped = [this](const Trip& trip) { scheduler_.on_tripped(trip); },
    });
    power_.observe({
        .changed = [this] { manager_.emit_changed({sdbus::PropertyName("Power")}); },
        .battery_changed = [this] { refresh_profile(); },
    });
    if (lifecycle_)
        lifecycle_->observe_scheduler(
            [this](const gs_ev_sched_exit& event) { host_.on_exit(exit_record_of(event)); });
}

// What a previous life knew; nothing is signalled yet.
void Daemon::restore() {
    // systemd keeps descriptors from one life to the next until the service is stopped.
    if (!fds_.contains(kTasksFd))
        saved_.scheduler = {};
    if (const std::string bus = bus_id(bus_.raw()); std::exchange(saved_.bus_id, bus) == bus)
        holds_.restore(std::move(saved_.holds));
    tracker_.restore(saved_, fds_);
    manager_.restore_games();
    refresh_measured_games();
    // Only now: until here the former life's map is the one that knows. And what nobody has
    // claimed.
    if (lifecycle_) {
        Store::drop_fd(kTasksFd);
        Store::keep_fd(kTasksFd, lifecycle_->tasks_fd());
    }
    for (const auto& [name, fd] : fds_)
        if (fd)
            Store::drop_fd(name);
    fds_.clear();
    restoring_ = false;
}

void Daemon::save() {
    if (restoring_)
        return;
    saved_.mode = mode_ == config_.mode ? "" : to_string(mode_);
    saved_.profile = profile_choice_.chosen();
    saved_.holds = holds_.all();
    saved_.scheduler = host_.past();
    tracker_.save(saved_);
    store_.save(saved_, tracker_.games());
}

// What follows from mode, games and holds. The scheduler's state is settled when it returns.
void Daemon::refresh_mode() {
    if (restoring_)
        return;
    const bool active = is_active(mode_, tracker_.games().size(), holds_.all().size());
    if (active != active_) {
        active_ = active;
        host_.set_wanted(active);
        manager_.emit_changed({sdbus::PropertyName("Active")});
    }
    power_.set_active(active);
    save();
}

// Forgets what SetTunable has changed.
void Daemon::apply_profile() {
    host_.set_tunables(config_.profiles.tunables(profile_, config_.tunables));
}

// Which game goes before the others. Only one that runs has a tree to prefer.
void Daemon::refresh_focus() {
    const Game* game = focus_.game();
    const uint64_t focused = game ? game->id : 0;
    if (restoring_ || focused == focused_)
        return;
    focused_ = focused;
    backend_.set_focus(game ? game->tree : 0);
    manager_.emit_changed({sdbus::PropertyName("Focus")});
    refresh_profile();
}

void Daemon::refresh_measured_games() {
    backend_.set_games(trees_in_turn(tracker_.games()));
}

// What follows from games, choice and configuration. Whether that was a change.
bool Daemon::refresh_profile() {
    if (restoring_)
        return false;
    std::vector<std::string> of_games;
    for (const Game* game : tracker_.games())
        of_games.push_back(game->profile);
    if (const Game* focused = focus_.game())
        of_games.push_back(focused->profile);
    const std::string& configured =
        power_.on_battery() ? config_.power.profile_on_battery : config_.profile;
    std::string profile = profile_choice_.in_force(config_.profiles, configured, of_games);
    if (profile == profile_)
        return false;
    profile_ = std::move(profile);
    spdlog::info("profile: {}", profile_);
    apply_profile();
    manager_.emit_changed({sdbus::PropertyName("Profile")});
    return true;
}

Result<void> Daemon::set_profile(const std::string& name) {
    if (auto known = config_.profiles.check_wish(name); !known)
        return known;
    profile_choice_.choose(name);
    refresh_profile();
    save();
    return {};
}

void Daemon::on_holds_changed() {
    refresh_mode();
    manager_.emit_changed({sdbus::PropertyName("Holds")});
}

std::vector<SavedHold> Daemon::set_mode(Mode mode) {
    mode_ = mode;
    spdlog::info("mode: {}", to_string(mode));
    auto cancelled = holds_.cancel();
    refresh_mode();
    if (mode == Mode::kOff)
        host_.end_linger();
    manager_.emit_changed({sdbus::PropertyName("Mode")});
    return cancelled;
}

Result<void> Daemon::reload() {
    auto config = load_config(options_.config_directories);
    if (!config) {
        spdlog::error("configuration: {}; the previous one stays in force", config.error().message);
        return std::unexpected(config.error());
    }
    auto rules = Rules::load(options_.config_directories);
    if (!rules) {
        spdlog::error("rules: {}; the previous ones and the previous configuration stay in force",
                      rules.error().message);
        return std::unexpected(rules.error());
    }
    if (config->mode != config_.mode && mode_ == config_.mode)
        mode_ = config->mode;
    config_ = std::move(*config);
    host_.set_linger(config_.linger);
    host_.set_stay_off(config_.stay_off);
    power_.set_config(config_.power);
    if (!refresh_profile())
        apply_profile();
    backend_.set_session(config_.session);
    detector_.set_rules(std::move(*rules));
    refresh_detection();
    spdlog::info("configuration: reloaded");
    refresh_mode();
    manager_.emit_changed({sdbus::PropertyName("Mode"), sdbus::PropertyName("Profiles"),
                           sdbus::PropertyName("ScopeWeight")});
    announce_features();
    return {};
}

void Daemon::reload_by_signal() {
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
               static_cast<long long>(monotonic_now().count()));
    std::ignore = reload();
    sd_notify(0, "READY=1");
}

// The kernel announces schedulers by uevents only; nothing in its sysfs can be polled. The first
// GPU comes with the module of which a function is watched.
void Daemon::watch_devices() {
    sd_device_monitor* monitor = nullptr;
    if (sd_device_monitor_new(&monitor) < 0)
        return;
    monitor_.reset(monitor);
    for (const char* subsystem : {kSchedulers, kGpus})
        sd_device_monitor_filter_add_match_subsystem_devtype(monitor, subsystem, nullptr);
    sd_device_monitor_attach_event(monitor, loop_.get());
    sd_device_monitor_start(
        monitor,
        [](sd_device_monitor*, sd_device* device, void* self) noexcept {
            auto* daemon = static_cast<Daemon*>(self);
            daemon->loop_.guard([&] { daemon->on_device(device); });
            return 0;
        },
        this);
}

void Daemon::on_device(sd_device* device) {
    const char* subsystem = "";
    sd_device_get_subsystem(device, &subsystem);
    if (std::string_view(subsystem) == kSchedulers) {
        host_.on_kernel_change();
    } else if (lifecycle_) {
        gpu_evidence_ = lifecycle_->watch_gpu();
        announce_features();
    }
}

// Clients have lost their connections, too, and with them their holds and subscriptions; games go
// on. A new life finds the new bus and what systemd has kept; a connection cannot be made anew
// below the objects that live on it.
void Daemon::on_bus_lost(const char* how) {
    spdlog::error("bus: the system bus {}; gameschedd ends, to be started again by systemd", how);
    loop_.exit(EXIT_FAILURE);
}

int Daemon::run() {
    sources_.push_back(loop_.on_signal(SIGTERM, [this] { loop_.exit(0); }));
    sources_.push_back(loop_.on_signal(SIGINT, [this] { loop_.exit(0); }));
    sources_.push_back(loop_.on_signal(SIGHUP, [this] { reload_by_signal(); }));
    restore();
    // Signals from here on come from an owner of the name; calls are answered when the loop runs.
    bus_->requestName(sdbus::ServiceName(names::kBusName));
    host_.resume(saved_.scheduler);
    const int status = work();
    sd_notify(0, "STOPPING=1");
    watchdog_.set_armed(false);
    host_.end(status == EXIT_SUCCESS);
    save();
    return status;
}

// Whatever could not be sent because the bus has gone is no failure of this service.
int Daemon::work() {
    try {
        tracker_.scan();
        refresh_profile();
        refresh_mode();
        sd_notify(0, "READY=1\nSTATUS=Watching for games");
        return loop_.run();
    } catch (const sdbus::Error& error) {
        if (sd_bus_is_open(bus_.raw()) > 0)
            throw;
        spdlog::error("bus: {}", error.what());
        on_bus_lost("has gone");
        return EXIT_FAILURE;
    }
}

}  // namespace gamesched
