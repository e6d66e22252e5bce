# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the runs of the benchmark say, on the host.

  report.py disturbed DIR/round-N.P   prints the groups (LOAD:LAYOUT ...) during which the host's CPUs were taken away
  report.py report DIR                prints tables, writes results.json and one picture for each load

A figure is the median over the rounds; ratios are medians of the ratios to stock in the same boot. Stock against
control, which is stock again, shows what a difference must be to mean something; a group of runs in which those two
differ too much is rejected, not repaired.
"""

import json
import statistics
import sys
from pathlib import Path

import chart

CONTROL_LIMITS = {"run_delay": (0.9, 1.1), "frame_p50": (0.8, 1.2)}

# More than this much of one host CPU, stolen within a second, is a burst.
STEAL_LIMIT = 0.10
TICKS_PER_SECOND = 100

# name, label, path in the run's result, digits, has a ratio
MEASURES = [
    ("missed", "missed frame periods, %", ("game", "missed_percent"), 1, False),
    ("frame_p50", "frame time p50, ms", ("game", "frame_ms", "p50"), 1, True),
    ("frame_p95", "frame time p95, ms", ("game", "frame_ms", "p95"), 1, True),
    ("frame_p99", "frame time p99, ms", ("game", "frame_ms", "p99"), 1, True),
    ("run_delay", "run delay of the game, ms", ("game", "run_delay_ms"), 0, True),
    ("game_cpu", "CPU time of the game, ms", ("game", "cpu_ms"), 0, True),
    ("audio_p50", "audio wake-up p50, ms", ("game", "audio_ms", "p50"), 2, True),
    ("audio_p99", "audio wake-up p99, ms", ("game", "audio_ms", "p99"), 1, True),
    ("input_p50", "input wake-up p50, ms", ("game", "input_ms", "p50"), 2, True),
    ("input_p99", "input wake-up p99, ms", ("game", "input_ms", "p99"), 1, True),
    ("startup", "start-up from exec, ms", ("game", "startup_ms"), 0, True),
    ("launch", "start-up from the launcher, ms", ("game", "launch_ms"), 0, True),
    ("background_cpu", "background cpu, ops/s", ("background", "cpu"), 1, True),
    ("background_fork", "background fork, ops/s", ("background", "fork"), 0, True),
    ("background_switch", "background switch, ops/s", ("background", "switch"), 0, True),
    ("background_hackbench", "background hackbench, passes/s", ("background", "hackbench"), 2, True),
    ("background_build", "background compilations, files/s", ("background", "compilations"), 2, True),
    ("background_cpus", "background, CPUs used", ("background_cpus",), 2, True),
    ("max_wait_other", "longest wait of others, ms", ("service", "MaxWaitOtherUSec"), 1, False),
    ("bpf_ns_per_event", "BPF time per event, ns", ("bpf_ns_per_event",), 0, False),
]
SCALE = {"max_wait_other": 1e-3}


# ---------------------------------------------------------------------- reading


def read_events(path):
    """(host time, event) of each line that the machine has written."""
    for line in path.read_text().splitlines():
        time, _, text = line.partition("\t")
        yield float(time), json.loads(text)


def read_host(path):
    """(time, stolen, busy, QEMU's) in clock ticks."""
    if not path.exists():
        return []
    lines = [line.split() for line in path.read_text().splitlines()]
    return [(float(t), int(s), int(b), int(q)) for t, s, b, q in (line for line in lines if len(line) == 4)]


def host_during(samples, begin, end):
    """The worst second's stolen CPUs, and how many CPUs others have used on average."""
    inside = [s for s in samples if begin - 1 <= s[0] <= end + 1]
    if len(inside) < 2:
        return {"steal_burst": 0.0, "others": 0.0}
    bursts = [(b[1] - a[1]) / TICKS_PER_SECOND / max(0.5, b[0] - a[0]) for a, b in zip(inside, inside[1:])]
    first, last = inside[0], inside[-1]
    others = ((last[2] - first[2]) - (last[3] - first[3])) / TICKS_PER_SECOND / (last[0] - first[0])
    return {"steal_burst": round(max(bursts), 3), "others": round(max(0.0, others), 3)}


def read_part(stem):
    """The runs of one boot, each with what the host did meanwhile."""
    samples = read_host(stem.with_name(stem.name + ".host"))
    runs, begun = [], 0.0
    for time, event in read_events(stem.with_name(stem.name + ".jsonl")):
        if event["event"] == "begin":
            begun = time
        elif event["event"] == "run":
            runs.append(event | {"host": host_during(samples, begun, time), "part": stem.name})
    return runs


def group_of(run):
    return f"{run['load']}:{run['layout']}"


def disturbed_groups(runs):
    return list(dict.fromkeys(group_of(run) for run in runs if run["host"]["steal_burst"] > STEAL_LIMIT))


def read_results(directory):
    """All runs that count: of each round and group those of its last boot."""
    chosen = {}
    parts = (path.with_suffix("") for path in directory.glob("round-*.jsonl"))
    for stem in sorted(parts, key=lambda stem: [int(n) for n in stem.name.removeprefix("round-").split(".")]):
        runs = read_part(stem)
        for key in {(run["round"], group_of(run)) for run in runs}:
            chosen[key] = [run for run in runs if (run["round"], group_of(run)) == key]
    return [run for runs in chosen.values() for run in runs]


# ---------------------------------------------------------------------- judging


def value_of(run, name, path):
    value = run
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return None if value is None else value * SCALE.get(name, 1)


def summary(values, ratios):
    result = {"median": statistics.median(values), "min": min(values), "max": max(values), "values": values}
    if ratios:
        result["ratio"] = statistics.median(ratios)
        result["ratio_min"], result["ratio_max"] = min(ratios), max(ratios)
    return result


def summarise_side(runs, side, name, path, has_ratio):
    of_side = {run["round"]: value_of(run, name, path) for run in runs if run["side"] == side}
    of_stock = {run["round"]: value_of(run, name, path) for run in runs if run["side"] == "stock"}
    values = [value for value in of_side.values() if value is not None]
    if not values:
        return None
    ratios = [value / of_stock[r] for r, value in of_side.items() if value is not None and of_stock.get(r)] if has_ratio else []
    return summary(values, ratios)


def problems_of(run):
    where = f"round {run['round']}, {run['load']}, {run['layout']}, {run['side']}"
    if "error" in run:
        yield f"{where}: no result: {run['error']}"
        return
    if not run["still_attached"]:
        yield f"{where}: the scheduler was ejected"
    for line in run["kernel_trouble"]:
        yield f"{where}: kernel: {line}"
    if run["host"]["steal_burst"] > STEAL_LIMIT:
        yield f"{where}: the host was disturbed ({100 * run['host']['steal_burst']:.0f} % of a CPU stolen in one second)"


def control_faults(sides):
    """Why a group is rejected: the measures in which stock differs from itself."""
    faults = []
    for name, (low, high) in CONTROL_LIMITS.items():
        ratio = (sides.get("control", {}).get(name) or {}).get("ratio")
        if ratio is not None and not low <= ratio <= high:
            faults.append(f"{label_of(name)} of control is {ratio:.2f} of stock's, not within {low}-{high}")
    return faults


def label_of(name):
    return next(label for key, label, *_ in MEASURES if key == name).partition(",")[0]


def judge_group(group, runs, options):
    load, _, layout = group.partition(":")
    sides = {}
    for side in options["sides"]:
        figures = {name: summarise_side(runs, side, name, path, ratio) for name, _, path, _, ratio in MEASURES}
        sides[side] = {name: figure for name, figure in figures.items() if figure}
    return {
        "load": load,
        "layout": layout,
        "rounds": len({run["round"] for run in runs if "error" not in run}),
        "rejected": control_faults(sides),
        "problems": [problem for run in runs for problem in problems_of(run)],
        "others": max((run["host"]["others"] for run in runs), default=0),
        "sides": sides,
        "histograms": {side: merged_histogram(runs, side) for side in options["sides"]},
    }


def merged_histogram(runs, side):
    """{bin: frames} over all rounds, and the width of a bin."""
    merged, width = {}, 0.0
    for run in runs:
        if run["side"] == side and "game" in run:
            width = run["game"]["frame_bin_ms"]
            for bin_, count in run["game"]["frame_histogram"]:
                merged[bin_] = merged.get(bin_, 0) + count
    return {"bin_ms": width, "bins": sorted(merged.items())}


# ---------------------------------------------------------------------- telling


def cell(figure, digits):
    if not figure:
        return "-"
    text = f"{figure['median']:.{digits}f}"
    if len(figure["values"]) > 1:
        text += f" ({figure['min']:.{digits}f}-{figure['max']:.{digits}f})"
    if "ratio" in figure:
        text += f" ×{figure['ratio']:.2f}"
    return text


def table(group, options):
    lines = [["", *options["sides"]]]
    for name, label, _, digits, _ in MEASURES:
        figures = [group["sides"][side].get(name) for side in options["sides"]]
        if any(figures):
            lines.append([label, *(cell(figure, digits) for figure in figures)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        first, *others = (text.ljust(width) for text, width in zip(line, widths))
        yield "  ".join([first, *others]).rstrip()


def noise_floor(group):
    """By how much stock differs from itself: the median's difference, and the range over the rounds."""
    control = group["sides"].get("control", {})
    for name in ("run_delay", "frame_p50", "frame_p99", "startup", "background_cpu", "background_fork", "background_switch", "background_hackbench",
                 "background_build"):
        figure = control.get(name)
        if figure and "ratio" in figure:
            yield f"{label_of(name)} {abs(figure['ratio'] - 1) * 100:.0f} % ({figure['ratio_min']:.2f}-{figure['ratio_max']:.2f})"


def tell(group, options):
    layout = "" if group["load"] == "switch" else f", layout {group['layout']}"
    game = "no game" if group["load"] == "switch" else f"game at {options['hz']} Hz"
    print(f"\nLoad {group['load']}{layout}: {game}, {group['rounds']} rounds of {options['seconds']} s")
    for line in table(group, options):
        print(line)
    print("Noise floor, control against stock: " + ("; ".join(noise_floor(group)) or "unknown"))
    if group["others"] > 0.2:
        print(f"Note: other programs of the host used up to {group['others']:.1f} CPUs meanwhile")
    for fault in group["rejected"]:
        print(f"REJECTED: {fault}. These figures say nothing; measure again on a quiet host.")
    for problem in group["problems"]:
        print(f"PROBLEM: {problem}")


def report(directory):
    options = json.loads((directory / "options.json").read_text())
    runs = read_results(directory)
    groups = [judge_group(group, [run for run in runs if group_of(run) == group], options) for group in options["groups"]]
    print(f"kernel {options['kernel']}, {options['accelerator']}, commit {options['commit']}. "
          "Each figure: median (smallest-largest) ×ratio to stock")
    for group in groups:
        tell(group, options)
    (directory / "results.json").write_text(json.dumps({"options": options, "groups": groups}, indent=1) + "\n")
    for load in dict.fromkeys(group["load"] for group in groups):
        drawn = [group for group in groups if group["load"] == load and any(h["bins"] for h in group["histograms"].values())]
        if drawn:
            (directory / f"{load}.svg").write_text(chart.draw(load, drawn, options))
    failed = [group for group in groups if group["rejected"] or group["problems"] or not group["rounds"]]
    print(f"\n{len(groups) - len(failed)} of {len(groups)} groups of runs are as they should be")
    return 1 if failed else 0


def main():
    command, path = sys.argv[1], Path(sys.argv[2])
    if command == "disturbed":
        print(" ".join(disturbed_groups(read_part(path))))
        return 0
    return report(path)


if __name__ == "__main__":
    sys.exit(main())
