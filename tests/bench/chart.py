# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
"""The picture of one load: for each layout and side, how long frames took.

One row is one side: its distribution as a filled curve, the median as a long and the 99th percentile as a short mark,
the share of missed periods in words. All rows of a picture have the same time axis and the same area per frame. The
thin line is the frame period.
"""

from html import escape

WIDTH, LEFT, RIGHT, TOP = 980, 150, 220, 64
ROW, GAP, PANEL_GAP = 46, 10, 62
STEP_MS = 0.5
COLOURS = {"stock": "#7a8288", "control": "#b4bac0", "nice": "#3f83c9", "minimal": "#d18f2a"}
OURS = "#2f9e63"
TEXT, FAINT = "#1f2428", "#8a9299"


def text(x, y, words, size=13, colour=TEXT, anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{escape(words)}</text>')


def line(x1, y1, x2, y2, colour, width=1.0, dash=""):
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"{dashes}/>'


def density(histogram, limit_ms):
    """Share of frames in each step of STEP_MS up to the limit, smoothed a little; the last step has all the rest."""
    steps = [0.0] * (int(limit_ms / STEP_MS) + 1)
    total = sum(count for _, count in histogram["bins"]) or 1
    for bin_, count in histogram["bins"]:
        steps[min(len(steps) - 1, int(bin_ * histogram["bin_ms"] / STEP_MS))] += count / total
    padded = [0.0, *steps[:-1], 0.0]
    return [0.25 * a + 0.5 * b + 0.25 * c for a, b, c in zip(padded, padded[1:], padded[2:])], steps[-1]


def axis_limit(groups):
    """Room for nearly all frames of all sides, in whole steps of ten milliseconds."""
    highest = max(figures["frame_p99"]["median"] for group in groups for figures in group["sides"].values() if "frame_p99" in figures)
    return min(150, max(20, 10 * (int(highest * 1.05) // 10 + 1)))


class Panel:
    """The rows of one layout."""

    def __init__(self, group, options, top, limit_ms, full_share):
        self.group, self.options, self.top = group, options, top
        self.limit_ms, self.full_share = limit_ms, full_share
        self.sides = [side for side in options["sides"] if group["histograms"][side]["bins"]]
        self.bottom = top + len(self.sides) * (ROW + GAP)

    def x(self, ms):
        return LEFT + min(ms, self.limit_ms) / self.limit_ms * (WIDTH - LEFT - RIGHT)

    def draw(self):
        yield text(LEFT, self.top - 10, f"layout {self.group['layout']}", 14, weight="bold")
        if self.group["rejected"]:
            yield text(LEFT + 120, self.top - 10, "rejected: control is off", 13, "#c0392b")
        step = 5 if self.limit_ms <= 40 else 10
        for ms in range(0, int(self.limit_ms) + 1, step):
            yield line(self.x(ms), self.top, self.x(ms), self.bottom, "#eceff1")
            yield text(self.x(ms), self.bottom + 16, str(ms), 11, FAINT, "middle")
        yield text(self.x(self.limit_ms) + 16, self.bottom + 16, "ms", 11, FAINT)
        period = 1000 / self.options["hz"]
        yield line(self.x(period), self.top, self.x(period), self.bottom, "#c0392b", 1, "4 3")
        for row, side in enumerate(self.sides):
            yield from self.draw_row(side, self.top + row * (ROW + GAP) + GAP)

    def draw_row(self, side, top):
        base, colour = top + ROW, COLOURS.get(side, OURS)
        shares, rest = density(self.group["histograms"][side], self.limit_ms)
        points = [f"{self.x(0):.1f},{base:.1f}"]
        for index, share in enumerate(shares):
            points.append(f"{self.x((index + 0.5) * STEP_MS):.1f},{base - min(1, share / self.full_share) * ROW:.1f}")
        points.append(f"{self.x(self.limit_ms):.1f},{base:.1f}")
        yield f'<polygon points="{" ".join(points)}" fill="{colour}" fill-opacity="0.55" stroke="{colour}"/>'
        yield line(LEFT, base, WIDTH - RIGHT, base, FAINT, 0.7)
        figures = self.group["sides"][side]
        p50, p99 = figures["frame_p50"]["median"], figures["frame_p99"]["median"]
        yield line(self.x(p50), base - ROW * 0.9, self.x(p50), base + 3, TEXT, 1.6)
        yield line(self.x(p99), base - ROW * 0.35, self.x(p99), base + 3, TEXT, 1.6)
        yield text(LEFT - 10, base - 12, side, 14, anchor="end", weight="bold" if side not in COLOURS else "normal")
        beyond = f", {100 * rest:.1f} % beyond" if rest >= 0.001 else ""
        yield text(WIDTH - RIGHT + 12, base - 26, f"missed {figures['missed']['median']:.1f} %", 12)
        yield text(WIDTH - RIGHT + 12, base - 10, f"p50 {p50:.1f}, p99 {p99:.1f} ms{beyond}", 11, FAINT)


def draw(load, groups, options):
    limit_ms = axis_limit(groups)
    peaks = [max(density(h, limit_ms)[0]) for group in groups for h in group["histograms"].values() if h["bins"]]
    panels, top = [], TOP + 34
    for group in groups:
        panels.append(Panel(group, options, top, limit_ms, max(peaks)))
        top = panels[-1].bottom + PANEL_GAP
    height = top - 16
    rounds = max(group["rounds"] for group in groups)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="system-ui, sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        text(20, 30, f"Frame times beside the load “{load}”", 18, weight="bold"),
        text(20, 52, f"{options['hz']} Hz, {rounds} × {options['seconds']} s, kernel {options['kernel']}. Long mark: median, "
                     "short mark: 99th percentile, dashed: the frame period", 12, FAINT),
        *(part for panel in panels for part in panel.draw()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
