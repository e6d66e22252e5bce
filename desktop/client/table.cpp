// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/table.h"

#include "desktop/client/text.h"

#include <algorithm>
#include <utility>

namespace gamesched::client {
namespace {

constexpr std::size_t kGap = 2;

std::string padded(const std::string& cell, std::size_t width, Table::Align align) {
    const std::string padding(width - std::min(width, columns(cell)), ' ');
    return align == Table::Align::kRight ? padding + cell : cell + padding;
}

}  // namespace

void Table::add(Row row) {
    row.resize(columns_.size());
    for (std::string& cell : row) {
        if (cell.empty())
            cell = "-";
    }
    rows_.push_back(std::move(row));
}

std::vector<std::string> Table::lines(std::size_t indent) const {
    Row titles;
    for (const Column& column : columns_)
        titles.push_back(column.title);

    std::vector<const Row*> all{&titles};
    for (const Row& row : rows_)
        all.push_back(&row);

    std::vector<std::string> lines(all.size(), std::string(indent, ' '));
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = 0;
        for (const Row* row : all)
            width = std::max(width, columns((*row)[i]));
        for (std::size_t line = 0; line < all.size(); ++line) {
            lines[line] += padded((*all[line])[i], width, columns_[i].align);
            lines[line] += std::string(kGap, ' ');
        }
    }
    for (std::string& line : lines)
        line.erase(line.find_last_not_of(' ') + 1);
    return lines;
}

}  // namespace gamesched::client
