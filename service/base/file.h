// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Small files as a whole: attributes of the kernel, and what we keep for our next life. Errors are
// errno values.

#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace gamesched {

// Without the white space at its end; at most 4 KiB, as attributes are.
std::expected<std::string, int> read_attribute(const std::filesystem::path& path);

// All of a regular file of at most `limit` bytes, whoever wrote it: EINVAL if it is something else
// (it does not wait for a FIFO's writer), EFBIG if it is larger.
std::expected<std::string, int> read_regular(const std::filesystem::path& path, size_t limit);

// With one write, as attributes want it. The file must exist.
std::expected<void, int> write_attribute(const std::filesystem::path& path, std::string_view value);

// Renamed into place: who dies meanwhile leaves the old file or the new one.
std::expected<void, int> replace_file(const std::filesystem::path& path, std::string_view text);

}  // namespace gamesched
