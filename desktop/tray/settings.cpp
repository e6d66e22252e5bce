// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/tray/settings.h"

#include <memory>
#include <system_error>
#include <utility>

#include "desktop/tray/gobject.h"

namespace gamesched::tray {
namespace {

constexpr char kGroup[] = "Notifications";
constexpr char kGames[] = "Games";

struct FreeKeyFile {
    void operator()(GKeyFile* file) const { g_key_file_unref(file); }
};
using KeyFile = std::unique_ptr<GKeyFile, FreeKeyFile>;

KeyFile read(const std::filesystem::path& path) {
    KeyFile file(g_key_file_new());
    ErrorPtr error;
    g_key_file_load_from_file(file.get(), path.c_str(), G_KEY_FILE_KEEP_COMMENTS,
                              std::out_ptr(error));
    if (error && !g_error_matches(error.get(), G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_warning("%s is not readable: %s", path.c_str(), error->message);
    return file;
}

}  // namespace

Settings::Settings(std::filesystem::path file)
    : file_(std::move(file)),
      notify_games_(g_key_file_get_boolean(read(file_).get(), kGroup, kGames, nullptr) != FALSE) {}

bool Settings::set_notify_games(bool wanted) {
    notify_games_ = wanted;
    std::error_code failed;
    std::filesystem::create_directories(file_.parent_path(), failed);
    const KeyFile file = read(file_);  // with what others have written there
    g_key_file_set_boolean(file.get(), kGroup, kGames, wanted);
    ErrorPtr error;
    if (g_key_file_save_to_file(file.get(), file_.c_str(), std::out_ptr(error)))
        return true;
    g_warning("%s cannot be written: %s", file_.c_str(), error->message);
    return false;
}

std::filesystem::path settings_file() {
    return std::filesystem::path(g_get_user_config_dir()) / "gamesched" / "tray.ini";
}

}  // namespace gamesched::tray
