// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/rates.h"

#include <algorithm>
#include <map>
#include <utility>

namespace gamesched::client {
namespace {

std::optional<double> ratio(std::uint64_t before, std::uint64_t now,
                            std::chrono::duration<double> elapsed) {
    if (now < before || elapsed.count() <= 0)
        return std::nullopt;
    return static_cast<double>(now - before) / elapsed.count();
}

// The end of the bucket in which the wait stands than which `permille` of all are not longer.
Usec percentile(const TimesView& times, std::uint64_t permille) {
    std::uint64_t counted = 0;
    for (const TimesView::Bucket& bucket : times.buckets) {
        counted += bucket.count;
        if (counted * 1'000 >= times.count * permille)
            return bucket.end;
    }
    return {};
}

}  // namespace

TimesView growth(const TimesView& before, const TimesView& now) {
    TimesView grown;
    std::map<Usec, std::uint64_t> counted;
    for (const TimesView::Bucket& bucket : before.buckets)
        counted[bucket.end] = bucket.count;
    for (const TimesView::Bucket& bucket : now.buckets) {
        const std::uint64_t already = counted[bucket.end];
        if (bucket.count < already)
            return {};
        if (bucket.count > already)
            grown.buckets.push_back({bucket.end, bucket.count - already});
    }
    if (now.sum < before.sum || grown.buckets.empty())
        return {};
    for (const TimesView::Bucket& bucket : grown.buckets)
        grown.count += bucket.count;
    grown.sum = now.sum - before.sum;
    // A bucket ends later than what is in it.
    const auto known = [&](Usec end) {
        return now.longest > Usec{} ? std::min(end, now.longest) : end;
    };
    grown.median = known(percentile(grown, 500));
    grown.p99 = known(percentile(grown, 990));
    grown.longest = known(grown.buckets.back().end);
    return grown;
}

TimesView waits_of_class(const Options& stats, std::string_view name) {
    const Options classes = inner(stats, "WaitsByClass").value_or(Options{});
    return times_view(inner(classes, name).value_or(Options{}));
}

Rates::Rates(Options before, Options now, std::chrono::duration<double> elapsed)
    : before_(std::move(before)), now_(std::move(now)), elapsed_(elapsed) {}

std::optional<double> Rates::per_second(const std::string& counter) const {
    if (!before_.contains(counter) || !now_.contains(counter))
        return std::nullopt;
    return ratio(value_or_default<std::uint64_t>(before_, counter.c_str()),
                 value_or_default<std::uint64_t>(now_, counter.c_str()), elapsed_);
}

std::optional<double> Rates::waits_per_second(std::string_view name) const {
    if (!before_.contains("WaitsByClass") || !now_.contains("WaitsByClass"))
        return std::nullopt;
    return ratio(waits_of_class(before_, name).count, waits_of_class(now_, name).count, elapsed_);
}

std::vector<CpuUse> Rates::cpus() const {
    std::vector<CpuUse> cpus;
    const Options before = inner(before_, "RunUSecByCpu").value_or(Options{});
    const Options now = inner(now_, "RunUSecByCpu").value_or(Options{});
    for (const std::string_view name : kClasses) {
        using Times = std::vector<std::uint64_t>;
        const std::string key{name};
        const Times first = value_or_default<Times>(before, key.c_str());
        const Times last = value_or_default<Times>(now, key.c_str());
        if (first.size() != last.size())
            return {};
        cpus.resize(std::max(cpus.size(), last.size()));
        for (std::size_t cpu = 0; cpu < last.size(); ++cpu) {
            const auto usec_per_second = ratio(first[cpu], last[cpu], elapsed_);
            if (!usec_per_second)
                return {};
            // What began earlier and ended in between counts whole.
            const double share = *usec_per_second / 1e6;
            cpus[cpu].all = std::min(cpus[cpu].all + share, 1.0);
            if (name == "game")
                cpus[cpu].games = std::min(share, 1.0);
        }
    }
    return cpus;
}

TimesView Rates::waits(std::string_view name) const {
    return growth(waits_of_class(before_, name), waits_of_class(now_, name));
}

}  // namespace gamesched::client
