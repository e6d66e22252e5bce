// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/ini.h"

#include <algorithm>
#include <utility>

namespace gamesched::session {
namespace {

constexpr std::string_view kSpace = " \t\r\f\v";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view trimmed(std::string_view text) {
    const size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string_view without_comment(std::string_view value) {
    for (size_t i = 0; i < value.size(); ++i)
        if (value[i] == ';' && (i == 0 || kSpace.contains(value[i - 1])))
            return value.substr(0, i);
    return value;
}

// The state between two lines.
class Reader {
  public:
    bool take(std::string_view line);
    std::vector<Entry> entries() && { return std::move(entries_); }

  private:
    bool take_section(std::string_view text);
    bool take_pair(std::string_view text);
    void add(std::string_view value);

    std::string section_;
    std::string key_;  // empty: nothing that a further line could belong to
    std::vector<Entry> entries_;
};

bool Reader::take(std::string_view line) {
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == ';' || text.front() == '#')
        return true;
    if (kSpace.contains(line.front()) && !key_.empty()) {
        add(text);
        return true;
    }
    return text.front() == '[' ? take_section(text) : take_pair(text);
}

bool Reader::take_section(std::string_view text) {
    key_.clear();
    const size_t end = text.find(']');
    if (end == std::string_view::npos)
        return false;
    section_ = text.substr(1, end - 1);
    return true;
}

bool Reader::take_pair(std::string_view text) {
    const size_t sign = text.find_first_of("=:");
    if (sign == std::string_view::npos)
        return false;
    key_ = trimmed(text.substr(0, sign));
    add(text.substr(sign + 1));
    return true;
}

void Reader::add(std::string_view value) {
    entries_.push_back({section_, key_, std::string(trimmed(without_comment(value)))});
}

}  // namespace

Ini parse_ini(std::string_view text) {
    if (text.starts_with(kByteOrderMark))
        text.remove_prefix(kByteOrderMark.size());
    Ini ini;
    Reader reader;
    for (int number = 1; !text.empty(); ++number) {
        const size_t end = std::min(text.find('\n'), text.size());
        if (!reader.take(text.substr(0, end)))
            ini.wrong_lines.push_back(number);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    ini.entries = std::move(reader).entries();
    return ini;
}

}  // namespace gamesched::session
