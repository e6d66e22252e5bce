// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/vdf.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace gamesched::agent {
namespace {

struct Token {
    enum Kind { kText, kOpen, kClose, kEnd, kWrong } kind;
    std::string text = {};
};

class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    Token next() {
        skip_what_says_nothing();
        if (rest_.empty())
            return {Token::kEnd};
        switch (rest_.front()) {
            case '{':
                rest_.remove_prefix(1);
                return {Token::kOpen};
            case '}':
                rest_.remove_prefix(1);
                return {Token::kClose};
            case '"':
                rest_.remove_prefix(1);
                return quoted();
            default:
                return {Token::kText, std::string(take(rest_.find_first_of(" \t\r\n{}\"")))};
        }
    }

  private:
    std::string_view take(size_t count) {
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(taken.size());
        return taken;
    }

    // White space, comments, and conditions of a platform such as [$LINUX].
    void skip_what_says_nothing() {
        while (!rest_.empty()) {
            if (rest_.starts_with("//") || rest_.front() == '[')
                take(rest_.find('\n'));
            else if (std::string_view(" \t\r\n").contains(rest_.front()))
                rest_.remove_prefix(1);
            else
                return;
        }
    }

    Token quoted() {
        Token token = {Token::kText};
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\' && rest_.size() > 1)
                rest_.remove_prefix(1);
            token.text += rest_.front();
            rest_.remove_prefix(1);
        }
        if (rest_.empty())
            return {Token::kWrong};
        rest_.remove_prefix(1);
        return token;
    }

    std::string_view rest_;
};

}  // namespace

bool visit_vdf(std::string_view text, const VdfVisitor& visit) {
    Reader reader(text);
    std::vector<std::string> keys;
    std::optional<std::string> key;  // whose value comes next
    for (;;) {
        Token token = reader.next();
        switch (token.kind) {
            case Token::kEnd:
                return keys.empty() && !key;
            case Token::kWrong:
                return false;
            case Token::kOpen:
                if (!key || keys.size() == kMaxVdfDepth)
                    return false;
                keys.push_back(*std::exchange(key, std::nullopt));
                break;
            case Token::kClose:
                if (key || keys.empty())
                    return false;
                keys.pop_back();
                break;
            case Token::kText:
                if (!key) {
                    key = std::move(token.text);
                    break;
                }
                keys.push_back(*std::exchange(key, std::nullopt));
                visit(keys, token.text);
                keys.pop_back();
                break;
        }
    }
}

bool is_key(std::string_view key, std::string_view other) {
    constexpr auto kLower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(key, other, {}, kLower, kLower);
}

}  // namespace gamesched::agent
