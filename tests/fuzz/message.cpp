// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/fuzz/message.h"

#include <algorithm>
#include <format>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <tuple>

#include "dbus/names.h"

namespace gamesched::fuzz {
namespace {

constexpr size_t kShown = 400;   // bytes of a message's text
constexpr size_t kMostFds = 16;  // of a message: what the bus takes
constexpr size_t kManyElements = 20'000;
constexpr size_t kMostBytes = 2 << 20;  // of an array

// What means something to the service.
constexpr const char* kWords[] = {"Name",
                                  "DefaultName",
                                  "AppId",
                                  "Profile",
                                  "Scope",
                                  "Source",
                                  "Requester",
                                  "process",
                                  "tree",
                                  "registered",
                                  "gamemode",
                                  "detected",
                                  "auto",
                                  "on",
                                  "off",
                                  "balanced",
                                  "esports",
                                  "battery",
                                  "slice-usec",
                                  "slice-min-usec",
                                  "game-budget-usec",
                                  "background-bound-usec",
                                  "preempt",
                                  "roles",
                                  "full-frequency"};

constexpr const char* kHostile[] = {"",
                                    "\n",
                                    "a\tb\rc",
                                    "\x1b[2J\x1b]0;title\x07",
                                    "%s%n%n",
                                    "{}{0}",
                                    "../../../../etc/passwd",
                                    "/dev/sda",
                                    "\xe2\x80\xaenwod",              // right to left
                                    "\xc2\x85\xc2\x9b",              // C1 controls
                                    "\xef\xbf\xbf\xf4\x8f\xbf\xbf",  // no characters
                                    "'; DROP TABLE games; --",
                                    "<script>alert(1)</script>",
                                    "{\"games\": []}",
                                    "Scope\n",
                                    ":1.1",
                                    "org.freedesktop.DBus",
                                    "true",
                                    "-1",
                                    "18446744073709551616"};

constexpr uint64_t kNumbers[] = {0,          1,          2,          7,         99,
                                 100,        101,        500,        501,       1'000,
                                 3'000,      60'000,     60'001,     4'194'304, 0x7fffffff,
                                 0x80000000, 0xffffffff, UINT64_MAX, 1ULL << 63};

constexpr size_t kLengths[] = {1, 31, 32, 33, 255, 256, 257, 4'096};

constexpr const char* kTypes[] = {"b",  "y",     "n",      "q",       "i",         "u",     "x",
                                  "t",  "d",     "s",      "o",       "g",         "v",     "h",
                                  "as", "au",    "ay",     "ao",      "a{sv}",     "a(is)", "(su)",
                                  "av", "a{ss}", "aa{sv}", "(v(sv))", "a{ua{sv}}", "ah"};

template <typename Value>
void remember(std::vector<Value>& values, Value value) {
    values.push_back(std::move(value));
    if (values.size() > 16)
        values.erase(values.begin());
}

}  // namespace

void World::learn(const std::string& method, GVariant* answer) {
    if (method == "org.gamesched1.Manager.Hold") {
        uint32_t cookie = 0;
        g_variant_get(answer, "(u)", &cookie);
        remember(cookies, cookie);
    } else if (method.starts_with("org.gamesched1.Manager.RegisterGame")) {
        const char* path = "";
        g_variant_get(answer, "(&o)", &path);
        remember(games, std::string(path));
    }
}

std::string Message::text() const {
    const std::unique_ptr<char, decltype(&g_free)> printed(g_variant_print(body.get(), TRUE),
                                                           &g_free);
    std::string text = std::format("{}{} {}.{} {}", is_signal ? "signal " : "", path, interface,
                                   member, printed.get());
    if (text.size() > kShown)
        text = text.substr(0, kShown) + std::format("… ({} bytes)", text.size());
    return text;
}

Messages::Messages(uint64_t seed, const std::vector<Interfaces>& objects, const std::string& corpus)
    : random_(seed) {
    for (const Interfaces& object : objects)
        read(object);
    read_corpus(corpus);
}

// Of the messages in the file, those to the objects that there are.
void Messages::read_corpus(const std::string& file) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.starts_with('#'))
            continue;
        std::istringstream words(line);
        Example example;
        std::string method;
        words >> example.path >> method >> std::ws;
        std::getline(words, example.arguments);
        const auto is_to_its_object = [&](const Method& one) {
            return one.path.empty() ? example.path == "$GAME" : one.path == example.path;
        };
        if (std::ranges::none_of(methods_, is_to_its_object))
            continue;
        const auto known = std::ranges::find_if(methods_, [&](const Method& one) {
            return is_to_its_object(one) && one.interface + '.' + one.member == method;
        });
        if (known == methods_.end())
            throw std::runtime_error(std::format("{}: there is no such method: {}", file, line));
        example.interface = known->interface;
        example.member = known->member;
        example.type = "(";
        for (const std::string& type : known->types)
            example.type += type;
        example.type += ')';
        std::ignore = arguments_of(example);
        corpus_.push_back(example);
    }
    if (corpus_.empty())
        throw std::runtime_error("no messages to these objects in " + file);
}

void Messages::read(const Interfaces& object) {
    const std::unique_ptr<GDBusNodeInfo, decltype(&g_dbus_node_info_unref)> node(
        g_dbus_node_info_new_for_xml(object.xml.c_str(), nullptr), &g_dbus_node_info_unref);
    if (!node)
        throw std::runtime_error("what an object says of itself cannot be read: " + object.xml);
    for (GDBusInterfaceInfo** interface = node->interfaces; interface && *interface; ++interface) {
        words_.emplace_back((*interface)->name);
        for (GDBusPropertyInfo** one = (*interface)->properties; one && *one; ++one) {
            words_.emplace_back((*one)->name);
            properties_.emplace_back((*interface)->name, (*one)->name);
        }
        for (GDBusMethodInfo** one = (*interface)->methods; one && *one; ++one) {
            Method method = {object.path, (*interface)->name, (*one)->name, {}};
            for (GDBusArgInfo** argument = (*one)->in_args; argument && *argument; ++argument)
                method.types.emplace_back((*argument)->signature);
            methods_.push_back(std::move(method));
        }
    }
}

std::vector<std::string> Messages::methods() const {
    std::vector<std::string> names;
    for (const Method& method : methods_)
        names.push_back(method.interface + '.' + method.member);
    return names;
}

Message Messages::next(const World& world) {
    world_ = world;
    descriptors_.clear();
    if (chance(2))
        return signal();
    if (chance(15))
        return from_corpus();
    const Method method = pick(methods_);
    Message message = {.path = path_for(method),
                       .interface = method.interface,
                       .member = method.member,
                       .body = nullptr,
                       .descriptors = {}};
    if (chance(3))
        message.interface = chance(50) ? "" : pick(methods_).interface;
    if (chance(2))
        message.member = chance(50) ? "NoSuchMember" : pick(methods_).member;
    if (method.member == "Get" && method.types.size() == 2 && !properties_.empty() && chance(50)) {
        const auto [interface, name] = pick(properties_);
        message.body.reset(
            g_variant_ref_sink(g_variant_new("(ss)", interface.c_str(), name.c_str())));
    } else {
        message.body.reset(body_of(types_for(method)));
    }
    message.descriptors = descriptors_;
    message.wants_reply = !chance(5);
    message.is_interactive = chance(10);
    return message;
}

std::string Messages::path_for(const Method& method) {
    if (chance(8))
        return object_path();
    return method.path.empty() ? of_world(world_.games, names::kManagerPath) : method.path;
}

std::vector<std::string> Messages::types_for(const Method& method) {
    std::vector<std::string> types = method.types;
    switch (below(20)) {
        case 0:
            types.emplace_back(pick(kTypes));
            break;
        case 1:
            if (!types.empty())
                types.pop_back();
            break;
        case 2:
            for (std::string& type : types)
                type = pick(kTypes);
            break;
        case 3:
            types.clear();
            for (uint64_t count = below(6); count > 0; --count)
                types.emplace_back(pick(kTypes));
            break;
        default:
            break;
    }
    return types;
}

GVariant* Messages::body_of(const std::vector<std::string>& types) {
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE_TUPLE);
    for (const std::string& type : types)
        g_variant_builder_add_value(&builder, value_of(G_VARIANT_TYPE(type.c_str())));
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

GVariant* Messages::value_of(const GVariantType* type) {
    switch (*g_variant_type_peek_string(type)) {
        case 'b':
            return g_variant_new_boolean(chance(50));
        case 'y':
            return g_variant_new_byte(static_cast<guint8>(number()));
        case 'n':
            return g_variant_new_int16(static_cast<gint16>(number()));
        case 'q':
            return g_variant_new_uint16(static_cast<guint16>(number()));
        case 'i':
            return g_variant_new_int32(static_cast<gint32>(number()));
        case 'u':
            return g_variant_new_uint32(static_cast<guint32>(number()));
        case 'x':
            return g_variant_new_int64(static_cast<gint64>(number()));
        case 't':
            return g_variant_new_uint64(number());
        case 'd':
            return g_variant_new_double(static_cast<double>(number()) / 7);
        case 'h':
            return g_variant_new_handle(descriptor());
        case 's':
            return g_variant_new_string(text().c_str());
        case 'o':
            return g_variant_new_object_path(object_path().c_str());
        case 'g':
            return g_variant_new_signature(pick(kTypes));
        case 'v': {
            constexpr const char* kLikely[] = {"s", "s", "s", "t", "t", "b", "u"};
            return g_variant_new_variant(
                value_of(G_VARIANT_TYPE(chance(70) ? pick(kLikely) : pick(kTypes))));
        }
        case 'a':
            return array_of(g_variant_type_element(type));
        default:
            break;
    }
    GVariantBuilder builder;  // a tuple, or an entry of a dictionary
    g_variant_builder_init(&builder, type);
    for (const GVariantType* one = g_variant_type_first(type); one; one = g_variant_type_next(one))
        g_variant_builder_add_value(&builder, value_of(one));
    return g_variant_builder_end(&builder);
}

GVariant* Messages::array_of(const GVariantType* element) {
    const std::unique_ptr<GVariantType, decltype(&g_variant_type_free)> type(
        g_variant_type_new_array(element), &g_variant_type_free);
    GVariantBuilder builder;
    g_variant_builder_init(&builder, type.get());
    uint64_t count = chance(60) ? 0 : below(4);
    if (chance(1))
        count = 300;
    // A huge one is one value many times: it is the service that is to be busy.
    if (below(2'000) == 0)
        count = kManyElements;
    size_t bytes = 0;
    Variant value;
    for (uint64_t i = 0; i < count && bytes < kMostBytes; ++i) {
        if (!value || count < kManyElements)
            value.reset(g_variant_ref_sink(value_of(element)));
        g_variant_builder_add_value(&builder, value.get());
        bytes += g_variant_get_size(value.get()) + 1;
    }
    return g_variant_builder_end(&builder);
}

std::string Messages::text() {
    switch (below(10)) {
        case 0:
        case 1:
            return pick(kHostile);
        case 2:
            return std::string(pick(kLengths), static_cast<char>('!' + below(90)));
        case 3: {
            std::string text;
            for (uint64_t count = below(300); count > 0; --count) {
                char character[6];
                const auto code = static_cast<gunichar>(1 + below(chance(50) ? 0xff : 0xd7fe));
                text.append(character, static_cast<size_t>(g_unichar_to_utf8(code, character)));
            }
            return text;
        }
        case 4:
            return below(1'000) == 0 ? std::string(1 << 20, 'x') : pick(kHostile);
        case 5:
        case 6:
            return pick(words_);
        default:
            return pick(kWords);
    }
}

std::string Messages::object_path() {
    switch (below(8)) {
        case 0:
            return "/";
        case 1:
            return names::kManagerPath;
        case 2:
            return names::kGamePathPrefix + std::to_string(number());
        case 3:
            return "/org/gamesched1/game";
        case 4:
            return "/org/freedesktop/DBus";
        case 5: {
            std::string path;
            for (uint64_t depth = 1 + below(200); depth > 0; --depth)
                path += "/x" + std::to_string(below(10));
            return path;
        }
        default:
            return of_world(world_.games, names::kManagerPath);
    }
}

uint64_t Messages::number() {
    switch (below(8)) {
        case 0:
        case 1:
        case 2:
            return of_world(world_.pids, 0);
        case 3:
            return of_world(world_.cookies, 0);
        case 4:
            return random_();
        case 5:
            return below(1'000);
        default:
            return pick(kNumbers);
    }
}

// The number of a descriptor that goes with the message; one that does not, the bus would refuse.
int32_t Messages::descriptor() {
    if (descriptors_.size() < kMostFds)
        descriptors_.push_back(pick(world_.descriptors));
    return static_cast<int32_t>(descriptors_.size()) - 1;
}

std::string Messages::filled_in(std::string text) {
    const std::pair<const char*, std::string> kinds[] = {
        {"$PID", std::to_string(of_world(world_.pids, 0))},
        {"$COOKIE", std::to_string(of_world(world_.cookies, 0))},
        {"$GAME", of_world(world_.games, names::kManagerPath)}};
    for (const auto& [word, value] : kinds)
        for (size_t at; (at = text.find(word)) != std::string::npos;)
            text.replace(at, std::string_view(word).size(), value);
    return text;
}

Variant Messages::arguments_of(const Example& example) {
    GError* failed = nullptr;
    Variant arguments(g_variant_parse(G_VARIANT_TYPE(example.type.c_str()),
                                      filled_in(example.arguments).c_str(), nullptr, nullptr,
                                      &failed));
    const std::unique_ptr<GError, decltype(&g_error_free)> error(failed, &g_error_free);
    if (!arguments)
        throw std::runtime_error(std::format("{}: {}", example.arguments, error->message));
    return arguments;
}

Message Messages::from_corpus() {
    const Example example = pick(corpus_);
    const Variant arguments = arguments_of(example);
    Message message = {.path = filled_in(example.path),
                       .interface = example.interface,
                       .member = example.member,
                       .body = mutated(arguments.get(), chance(50) ? 0 : 15),
                       .descriptors = {}};
    message.descriptors = descriptors_;
    return message;
}

Variant Messages::mutated(GVariant* value, unsigned percent) {
    const GVariantType* type = g_variant_get_type(value);
    if (g_variant_type_equal(type, G_VARIANT_TYPE_HANDLE) || chance(percent))
        return Variant(g_variant_ref_sink(value_of(type)));
    if (!g_variant_is_container(value))
        return Variant(g_variant_ref(value));
    GVariantBuilder builder;
    g_variant_builder_init(&builder, type);
    for (gsize i = 0; i < g_variant_n_children(value); ++i) {
        const Variant child(g_variant_get_child_value(value, i));
        // An array has room for one twice, and does without one.
        const bool is_array = g_variant_type_is_array(type);
        for (int copies = is_array && chance(percent) ? 2 * chance(50) : 1; copies > 0; --copies) {
            const Variant part = mutated(child.get(), percent);
            g_variant_builder_add_value(&builder, part.get());
        }
    }
    return Variant(g_variant_ref_sink(g_variant_builder_end(&builder)));
}

// As if from those whose signals the service acts on.
Message Messages::signal() {
    constexpr std::pair<const char*, const char*> kSignals[] = {
        {"org.freedesktop.DBus", "NameOwnerChanged"},
        {"org.freedesktop.DBus.Properties", "PropertiesChanged"},
        {"org.freedesktop.UPower.PowerProfiles", "ProfileReleased"},
        {"org.gamesched1.Manager", "GameExited"}};
    const auto [interface, member] = pick(kSignals);
    const std::string name = std::format(":1.{}", below(200));
    Message message = {.path = chance(50) ? "/org/freedesktop/DBus" : object_path(),
                       .interface = interface,
                       .member = member,
                       .body = nullptr,
                       .descriptors = {},
                       .is_signal = true,
                       .wants_reply = false};
    if (chance(50))
        message.body.reset(
            g_variant_ref_sink(g_variant_new("(sss)", name.c_str(), name.c_str(), "")));
    else
        message.body.reset(body_of({pick(kTypes), pick(kTypes)}));
    message.descriptors = descriptors_;
    return message;
}

}  // namespace gamesched::fuzz
