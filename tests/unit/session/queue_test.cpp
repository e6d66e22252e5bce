// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/queue.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace gamesched::session {
namespace {

struct SessionQueue : testing::Test {
    Loop loop;
    std::string order;
    Queue queue{loop, [this] { loop.exit(0); }};

    Queue::Job job(char name) {
        return [this, name](Turn) { order += name; };
    }
};

TEST_F(SessionQueue, JobsHaveTheirTurnsInTheOrderOfTheirArrival) {
    for (const char name : {'a', 'b', 'c'})
        queue.add(job(name));
    EXPECT_EQ(order, "") << "not before the loop runs";
    loop.run();
    EXPECT_EQ(order, "abc");
    EXPECT_TRUE(queue.is_empty());
}

TEST_F(SessionQueue, ATurnLastsUntilItIsDropped) {
    Source later;
    queue.add([&](Turn turn) {
        order += 'a';
        later = loop.after(std::chrono::milliseconds(1), [this, turn]() mutable {
            order += 'b';
            EXPECT_FALSE(queue.is_empty());
            turn.reset();
        });
    });
    queue.add([&](Turn) {
        order += 'c';
        later.reset();
    });
    // The source keeps a copy of its callback, and with it of the turn.
    const Source release = loop.after(std::chrono::milliseconds(20), [&] { later.reset(); });
    loop.run();
    EXPECT_EQ(order, "abc");
}

TEST_F(SessionQueue, AJobThatThrowsEndsItsTurn) {
    queue.add([](Turn) { throw std::runtime_error("no"); });
    queue.add(job('b'));
    loop.run();
    EXPECT_EQ(order, "b");
}

TEST_F(SessionQueue, NotTooManyWait) {
    for (size_t i = 0; i < Queue::kMaxWaiting; ++i)
        EXPECT_TRUE(queue.add(job('x')));
    EXPECT_FALSE(queue.add(job('y')));
    loop.run();
    EXPECT_EQ(order, std::string(Queue::kMaxWaiting, 'x'));
}

TEST_F(SessionQueue, ATurnMayOutliveTheQueue) {
    Turn kept;
    {
        Queue other(loop, [this] { loop.exit(0); });
        other.add([&](Turn turn) {
            kept = turn;
            loop.exit(0);
        });
        loop.run();
    }
    kept.reset();
}

}  // namespace
}  // namespace gamesched::session
