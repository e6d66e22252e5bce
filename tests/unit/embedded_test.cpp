// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/base/embedded.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <numeric>

#include "service/base/fd.h"

namespace gamesched {
namespace {

constexpr size_t kSize = 64 * 1024;

constexpr std::array<unsigned char, kSize> numbered() {
    std::array<unsigned char, kSize> bytes = {};
    for (size_t i = 0; i < kSize; ++i)
        bytes[i] = static_cast<unsigned char>(i % 251 + 1);
    return bytes;
}

constinit const std::array<unsigned char, kSize> kBytes = numbered();

const void* bytes_of(size_t* size) {
    *size = kBytes.size();
    return kBytes.data();
}

uint64_t sum() {
    const volatile unsigned char* bytes = kBytes.data();
    return std::accumulate(bytes, bytes + kSize, uint64_t{0});
}

// Bit 63 of a page's entry (kernel: Documentation/admin-guide/mm/pagemap.rst).
bool is_mapped(const void* address) {
    const Fd pages(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
    const auto page =
        reinterpret_cast<uintptr_t>(address) / static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    uint64_t entry = 0;
    EXPECT_EQ(pread(pages.get(), &entry, sizeof(entry), static_cast<off_t>(page * sizeof(entry))),
              static_cast<ssize_t>(sizeof(entry)));
    return entry >> 63;
}

TEST(Embedded, BytesThatAreReleasedTakeNoMemoryAndAreStillThere) {
    const uint64_t before = sum();
    const unsigned char* middle = kBytes.data() + kSize / 2;
    ASSERT_TRUE(is_mapped(middle));
    release_embedded(bytes_of);
    EXPECT_FALSE(is_mapped(middle));
    EXPECT_EQ(sum(), before);
    EXPECT_TRUE(is_mapped(middle));
}

}  // namespace
}  // namespace gamesched
