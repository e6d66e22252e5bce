// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/power/profile_hold.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <format>
#include <limits>

#include "service/base/process.h"

namespace gamesched {
namespace {

// An answer that came after a timeout would be a hold that nobody knows how to release. The bus
// answers for who leaves it.
constexpr uint64_t kWithoutTimeout = std::numeric_limits<uint64_t>::max();
constexpr auto kPatience = std::chrono::seconds(5);
constexpr size_t kMaxProblemBytes = 256;

}  // namespace

const ProfileHold::Api ProfileHold::kApi = {"org.freedesktop.UPower.PowerProfiles",
                                            "/org/freedesktop/UPower/PowerProfiles"};
// Before power-profiles-daemon 0.20.
const ProfileHold::Api ProfileHold::kOldApi = {"net.hadess.PowerProfiles",
                                               "/net/hadess/PowerProfiles"};

struct ProfileHold::Claim {
    std::string owner;
    std::string profile;
    bool answered = false;
    std::optional<uint32_t> cookie;
    std::unique_ptr<sdbus::IProxy> daemon;
    sdbus::Slot released;  // the signal

    void release(const Api& api) {
        if (!cookie)
            return;
        daemon->callMethod("ReleaseProfile")
            .onInterface(api.name)
            .withArguments(*cookie)
            .dontExpectReply();
        cookie.reset();
    }
};

ProfileHold::ProfileHold(Loop& loop, sdbus::IConnection& connection, std::function<void()> changed)
    : loop_(loop), connection_(connection), changed_(std::move(changed)) {}

ProfileHold::~ProfileHold() = default;

void ProfileHold::start(bool released) {
    problem_.clear();
    owner_.clear();
    state_ = released ? State::kReleased : State::kLooking;
    name_ = std::make_unique<NameOwner>(connection_, kApi.name, [this] { on_owner(); });
    old_name_ = std::make_unique<NameOwner>(connection_, kOldApi.name, [this] { on_owner(); });
}

void ProfileHold::stop() {
    let_go();
    name_.reset();
    old_name_.reset();
    state_ = State::kOff;
}

void ProfileHold::on_owner() {
    if (!name_->owner() || !old_name_->owner())
        return;
    const bool is_old = name_->owner()->empty();
    const std::string& owner = *(is_old ? old_name_ : name_)->owner();
    // A daemon that has both names gives them up one after the other.
    if (state_ != State::kLooking && owner == owner_)
        return;
    owner_ = owner;
    api_ = is_old ? &kOldApi : &kApi;
    // What was held has gone with who held it.
    claim_.reset();
    std::erase_if(former_, [&](const auto& claim) { return claim->owner != owner; });
    patience_.reset();
    silent_ = false;
    if (state_ != State::kReleased)
        enter(owner.empty() ? State::kAbsent : State::kPresent);
}

void ProfileHold::ask(const std::string& profile) {
    claim_ = unanswered_claim(profile);
    if (!claim_)
        claim_ = make_claim(profile);
    patience_ = loop_.after(kPatience, [this] { on_silence(); });
    state_ = State::kAsking;
}

// A daemon that does not answer is asked once, however often gaming mode goes on and off.
std::unique_ptr<ProfileHold::Claim> ProfileHold::unanswered_claim(const std::string& profile) {
    std::erase_if(former_, [](const auto& claim) { return claim->answered; });
    const auto found = std::ranges::find_if(former_, [&](const auto& claim) {
        return claim->owner == owner_ && claim->profile == profile;
    });
    if (found == former_.end())
        return nullptr;
    auto claim = std::move(*found);
    former_.erase(found);
    return claim;
}

std::unique_ptr<ProfileHold::Claim> ProfileHold::make_claim(const std::string& profile) {
    auto made = std::make_unique<Claim>();
    Claim* claim = made.get();
    claim->owner = owner_;
    claim->profile = profile;
    claim->released = connection_.addMatchAsync(
        std::format("type='signal',sender='{}',interface='{}',member='ProfileReleased'", owner_,
                    api_->name),
        [this, claim](sdbus::Message message) {
            uint32_t cookie = 0;
            message >> cookie;
            on_released(*claim, cookie);
        },
        [](sdbus::Message) {}, sdbus::return_slot);
    claim->daemon =
        sdbus::createProxy(connection_, sdbus::ServiceName(owner_), sdbus::ObjectPath(api_->path));
    claim->daemon->callMethodAsync("HoldProfile")
        .onInterface(api_->name)
        .withTimeout(kWithoutTimeout)
        .withArguments(profile, std::string("A game is running"), std::string("org.gamesched1"))
        .uponReplyInvoke([this, claim](std::optional<sdbus::Error> error, uint32_t cookie) {
            on_answer(*claim, error, cookie);
        });
    return made;
}

void ProfileHold::on_answer(Claim& claim, const std::optional<sdbus::Error>& error,
                            uint32_t cookie) {
    claim.answered = true;
    if (!error)
        claim.cookie = cookie;
    if (&claim != claim_.get())
        return claim.release(*api_);
    patience_.reset();
    silent_ = false;
    if (!error)
        return enter(State::kHeld);
    problem_ = printable(error->getMessage(), kMaxProblemBytes);
    spdlog::warn("power: the power profiles daemon does not hold the profile {}: {}", claim.profile,
                 problem_);
    enter(State::kRefused);
}

// Also sent for what we have released ourselves; that has no cookie any more.
void ProfileHold::on_released(Claim& claim, uint32_t cookie) {
    if (claim.cookie != cookie)
        return;
    claim.cookie.reset();
    spdlog::info(
        "power: somebody has chosen another power profile; it stays until gaming mode ends");
    enter(State::kReleased);
}

void ProfileHold::on_silence() {
    silent_ = true;
    spdlog::warn("power: the power profiles daemon does not answer");
    changed_();
}

void ProfileHold::take_back() {
    if (state_ == State::kOff || state_ == State::kLooking || state_ == State::kAbsent)
        return;
    let_go();
    state_ = owner_.empty() ? State::kAbsent : State::kPresent;
}

void ProfileHold::let_go() {
    patience_.reset();
    silent_ = false;
    if (!claim_)
        return;
    claim_->release(*api_);
    former_.push_back(std::move(claim_));
}

void ProfileHold::enter(State state) {
    state_ = state;
    changed_();
}

}  // namespace gamesched
