// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A program that ends at once. Without libraries it takes an emulated machine a fraction of the
// time that /bin/true does, for tests that start programs by the thousand.

int main() {
    return 0;
}
