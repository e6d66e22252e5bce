// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Messages to a service that may be anything: calls of what its objects say that they have, with
// arguments of the right and of wrong types, of values that mean something and of values that
// should not, to objects that are there and to others; and those of a corpus, as they are or with
// something changed. The same seed makes the same messages, but for the processes, cookies and
// objects that are in them.

#pragma once

#include <gio/gio.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace gamesched::fuzz {

template <typename Object>
struct Unref {
    void operator()(Object* object) const { g_object_unref(object); }
};
template <typename Object>
using Ref = std::unique_ptr<Object, Unref<Object>>;

struct VariantUnref {
    void operator()(GVariant* value) const { g_variant_unref(value); }
};
using Variant = std::unique_ptr<GVariant, VariantUnref>;

struct Message {
    std::string path;
    std::string interface;  // of a call it may be empty
    std::string member;
    Variant body;                  // a tuple
    std::vector<int> descriptors;  // not ours
    bool is_signal = false;
    bool wants_reply = true;
    bool is_interactive = false;

    // For people; cut where it is long.
    std::string text() const;
};

// What a message may be about.
struct World {
    std::vector<uint32_t> pids;
    std::vector<uint32_t> cookies;   // of holds
    std::vector<std::string> games;  // paths of games' objects
    std::vector<int> descriptors;    // pidfds of pids, and what is none

    // From a good answer of the service's; what is old is forgotten.
    void learn(const std::string& method, GVariant* answer);
};

// What there is to be called.
struct Interfaces {
    std::string path;  // of the object; empty: any game's
    std::string xml;   // what it says of itself (introspection)
};

class Messages {
  public:
    // `corpus`: a file of messages that people have thought of (corpus/bus).
    Messages(uint64_t seed, const std::vector<Interfaces>& objects, const std::string& corpus);

    Message next(const World& world);

    // "INTERFACE.MEMBER" of all methods.
    std::vector<std::string> methods() const;

    uint64_t below(uint64_t limit) { return random_() % limit; }

  private:
    struct Method {
        std::string path;  // as of Interfaces
        std::string interface;
        std::string member;
        std::vector<std::string> types;
    };

    // A line of the corpus. In the arguments words stand for what is in the world.
    struct Example {
        std::string path, interface, member, arguments;
        std::string type;  // of the arguments
    };

    void read(const Interfaces& object);
    void read_corpus(const std::string& file);
    bool chance(unsigned percent) { return below(100) < percent; }
    template <typename Values>
    auto pick(const Values& values) {
        return values[below(std::size(values))];
    }
    // Takes as much of the seed whatever is there, so that the messages stay the same.
    template <typename Value, typename Otherwise>
    Value of_world(const std::vector<Value>& values, Otherwise otherwise) {
        const uint64_t which = random_();
        return values.empty() ? Value(otherwise) : values[which % values.size()];
    }
    std::string path_for(const Method& method);
    std::vector<std::string> types_for(const Method& method);
    GVariant* body_of(const std::vector<std::string>& types);
    GVariant* value_of(const GVariantType* type);
    GVariant* array_of(const GVariantType* element);
    std::string text();
    std::string object_path();
    uint64_t number();
    int32_t descriptor();
    Message signal();
    Message from_corpus();
    std::string filled_in(std::string text);
    // Throws if they are not of the example's type.
    Variant arguments_of(const Example& example);
    // With some of what is in it replaced: each part in so many of a hundred cases.
    Variant mutated(GVariant* value, unsigned percent);

    std::mt19937_64 random_;
    std::vector<Method> methods_;
    std::vector<Example> corpus_;
    std::vector<std::string> words_;
    std::vector<std::pair<std::string, std::string>> properties_;  // interface and name
    World world_;
    std::vector<int> descriptors_;  // of the message that is being made
};

}  // namespace gamesched::fuzz
