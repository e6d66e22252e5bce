// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A table of printable text whose columns line up. Pure.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gamesched::client {

class Table {
  public:
    enum class Align { kLeft, kRight };
    struct Column {
        std::string title;
        Align align = Align::kLeft;
    };
    using Row = std::vector<std::string>;

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // A row has as many cells as the table has columns. Empty cells are shown as "-".
    void add(Row row);

    // The lines without their ends, each begun with `indent` spaces. The titles come first.
    std::vector<std::string> lines(std::size_t indent = 0) const;

  private:
    std::vector<Column> columns_;
    std::vector<Row> rows_;
};

}  // namespace gamesched::client
