// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/request.h"

#include <algorithm>

namespace gamesched::session {
namespace {

bool has_part_of(const std::string& text, const std::vector<std::string>& list) {
    return std::ranges::any_of(list, [&](const std::string& part) { return text.contains(part); });
}

bool passes(const std::string& text, const std::vector<std::string>& whitelist,
            const std::vector<std::string>& blacklist) {
    return (whitelist.empty() || has_part_of(text, whitelist)) && !has_part_of(text, blacklist);
}

}  // namespace

Parties parties_of(pid_t first, pid_t second, pid_t sender) {
    if (first == sender && second != sender)
        return {.game = second, .requester = first};
    return {.game = first, .requester = second};
}

bool is_allowed_game(const Config& config, const std::string& executable) {
    return passes(executable, config.whitelist, config.blacklist);
}

int judge_requester(const Config& config, const Parties& parties,
                    const std::optional<std::string>& executable) {
    if (parties.game == parties.requester)
        return kDone;
    if (!executable)
        return kFailed;
    return passes(*executable, config.supervisor_whitelist, config.supervisor_blacklist)
               ? kDone
               : kRejected;
}

int judge_change(const Config& config, const Parties& parties,
                 const std::optional<std::string>& executable) {
    if (parties.game == parties.requester && config.require_supervisor)
        return kRejected;
    return judge_requester(config, parties, executable);
}

int status_code(bool active, bool registered) {
    return registered ? kRegistered : active ? kActive : kInactive;
}

}  // namespace gamesched::session
