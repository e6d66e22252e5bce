// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/vm/group.h"

#include <unistd.h>

#include <fstream>

namespace gamesched::test {

Group::Group(const std::string& name) : path_("/sys/fs/cgroup/" + name) {
    std::filesystem::create_directory(path_);
}

Group::~Group() {
    set("cgroup.kill", "1");
    EXPECT_TRUE(eventually([this] { return rmdir(path_.c_str()) == 0; })) << path_;
}

void Group::set(const std::string& file, const std::string& value) const {
    std::ofstream out(path_ / file);
    EXPECT_TRUE(out << value << std::flush) << path_ / file << ": " << value;
}

std::string Group::get(const std::string& file) const {
    return read_text(path_ / file);
}

void Group::add(const Child& child) const {
    set("cgroup.procs", std::to_string(child.pid()));
}

double Group::cpu_seconds() const {
    const std::string stat = get("cpu.stat");
    return std::stod(stat.substr(stat.find("usage_usec") + sizeof("usage_usec"))) / 1e6;
}

}  // namespace gamesched::test
