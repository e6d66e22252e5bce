# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
"""One round of the benchmark, in the virtual machine.

For each load and layout all sides run in turn, in an order that the round rotates. A run is: attach the side's
scheduler (or none), start the load, start the game in it, let it play, stop the load, look whether the scheduler is
still there and the kernel has complained, detach. Each result is one line of JSON on standard output; all other lines
are for people.

This process is a real-time one, so that it can end a run in which nothing else gets a CPU.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
CGROUPS = Path("/sys/fs/cgroup")
OPS = Path("/sys/kernel/sched_ext/root/ops")
PINNED = Path("/sys/fs/bpf/gamesched-bench")
CPUS = os.cpu_count()

SIDES = ("stock", "control", "nice", "minimal", "gamesched", "gamesched-esports", "gamesched-battery")

SETTLE_S = 1.0  # between the start of the load and that of the game
PATIENCE_S = 60  # how much longer than planned a game may take
BPF_TIME_S = 3.0

TROUBLE = re.compile(r"sched_ext|stall|BUG:|WARNING:|Oops|lockup|hung task|runnable task", re.IGNORECASE)
HARMLESS = re.compile(r'sched_ext: BPF scheduler "\w+" (enabled|disabled \((unregistered from user space|.*user space.*)\))')


class Failure(Exception):
    """This run has no result."""


def say(text):
    print(text, flush=True)


def emit(event, **members):
    print(json.dumps({"event": event, **members}), flush=True)


def check(*command, timeout=60):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}: status {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def wait_for(what, predicate, seconds=30):
    end = time.monotonic() + seconds
    while not predicate():
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def attached():
    try:
        return OPS.read_text().strip()
    except OSError:
        return ""


@contextmanager
def parked_cpus():
    """Keeps all CPUs but the first one out of the kernel, which may be patched meanwhile (see park.cpp)."""
    parked = []
    try:
        for cpu in range(1, CPUS):
            parked.append(subprocess.Popen([HERE / "gamesched-bench-park", str(cpu)], stdout=subprocess.PIPE))
            parked[-1].stdout.read(1)
        yield
    finally:
        for process in parked:
            process.kill()
            process.wait()


# ---------------------------------------------------------------------- groups


class Flat:
    """Game and load in one group."""

    def __init__(self):
        self.game = self.load = CGROUPS / "gamesched-bench"
        self.game.mkdir(exist_ok=True)

    def check(self):
        pass

    def remove(self):
        self.game.rmdir()


class Desktop:
    """As a desktop session does it: each application in a scope of its own, all scopes of the same weight."""

    def __init__(self):
        self.slice = CGROUPS / "app.slice"
        self.game, self.load = self.slice / "game.scope", self.slice / "load.scope"
        self.had_cpu = "cpu" in (CGROUPS / "cgroup.subtree_control").read_text().split()
        (CGROUPS / "cgroup.subtree_control").write_text("+cpu")
        self.slice.mkdir(exist_ok=True)
        (self.slice / "cgroup.subtree_control").write_text("+cpu")
        for scope in (self.game, self.load):
            scope.mkdir(exist_ok=True)

    def check(self):
        if not (self.game / "cpu.weight").exists():
            raise Failure("somebody has taken the cpu controller away from app.slice")

    def remove(self):
        for group in (self.game, self.load, self.slice):
            group.rmdir()
        if not self.had_cpu:
            (CGROUPS / "cgroup.subtree_control").write_text("-cpu")


def spawn(group, command, nice=False, **options):
    """Starts a command in a control group, as an ordinary task or as GameMode would make it."""

    def prepare():
        (group / "cgroup.procs").write_text("0")
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        if nice:
            os.setpriority(os.PRIO_PROCESS, 0, -10)

    if nice:
        command = ["ionice", "-c2", "-n0", *command]
    return subprocess.Popen(list(map(str, command)), preexec_fn=prepare, **options)


def empty(group):
    """Ends what is left in a group."""
    if (group / "cgroup.procs").read_text():
        (group / "cgroup.kill").write_text("1")
        wait_for(f"end of all processes in {group}", lambda: not (group / "cgroup.procs").read_text())


def cpu_seconds(group):
    found = re.search(r"^usage_usec (\d+)", (group / "cpu.stat").read_text(), re.MULTILINE)
    return int(found[1]) / 1e6


# ---------------------------------------------------------------------- loads


class Idle:
    def start(self, group):
        pass

    def stop(self):
        return {}


class Stress:
    """stress-ng; its work is counted in its own operations, by second and stressor."""

    METRICS = Path("/run/gamesched-bench.yaml")

    def __init__(self, **stressors):
        self.stressors = stressors

    def start(self, group):
        self.METRICS.unlink(missing_ok=True)
        options = [word for name, count in self.stressors.items() for word in (f"--{name}", count)]
        self.process = spawn(group, ["stress-ng", *options, "--quiet", "--metrics", "--yaml", self.METRICS, "--temp-path", "/run"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
            text = self.METRICS.read_text()
        except (subprocess.TimeoutExpired, OSError) as error:
            raise Failure(f"stress-ng gave no figures: {error}") from error
        found = re.findall(r"stressor: (\w+).*?bogo-ops-per-second-real-time: ([\d.]+)", text, re.DOTALL)
        if {name for name, _ in found} != set(self.stressors):
            raise Failure("stress-ng's figures are incomplete")
        return {name: float(rate) for name, rate in found}


class Passes:
    """A command again and again, as many at a time as wanted; its work is counted in passes, by second."""

    TIMES = Path("/run/gamesched-bench.times")

    def __init__(self, name, command, at_a_time=1):
        self.name, self.command, self.at_a_time = name, command, at_a_time

    def start(self, group):
        self.TIMES.write_text("")
        loop = f"while {self.command}; do echo $EPOCHREALTIME >>{self.TIMES}; done"
        script = "".join(f"({loop}) & " for _ in range(self.at_a_time)) + "wait"
        self.begun = time.time()
        self.process = spawn(group, ["bash", "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        ended = time.time()
        died = self.process.poll() is not None
        self.process.kill()
        self.process.wait()
        times = [float(line) for line in self.TIMES.read_text().split()]
        passes = sum(moment <= ended for moment in times)
        if died or not passes:
            raise Failure(f"{self.name}: the load ended early, or was not through once")
        # Up to the end of a pass, since few may fit into the time.
        return {self.name: passes / (max(moment for moment in times if moment <= ended) - self.begun)}


def make_load(name):
    if name == "cpu":
        return Stress(cpu=2 * CPUS)
    if name == "mix":
        return Stress(cpu=CPUS, fork=CPUS, switch=CPUS)
    if name == "switch":
        return Stress(switch=CPUS)
    if name == "hack":
        return Passes("hackbench", "hackbench -g 1 -f 5")
    if name == "build":
        return Passes("compilations", f"gcc -O2 -Wall -c -o /dev/null {HERE}/unit/unit.c", 2 * CPUS)
    return Idle()


# ---------------------------------------------------------------------- sides


class Stock:
    """The kernel's own scheduler, and nothing of ours running."""

    scheduler = ""
    nice = False

    def start(self):
        pass

    def stop(self):
        pass

    def game_command(self, command):
        return command

    def figures(self):
        return {}


class Nice(Stock):
    nice = True


class Minimal(Stock):
    scheduler = "minimal"

    def start(self):
        check("bpftool", "struct_ops", "register", str(HERE / "minimal.bpf.o"), str(PINNED))

    def stop(self):
        for link in PINNED.iterdir():
            link.unlink()
        PINNED.rmdir()


class Gamesched(Stock):
    """The service runs only while it is measured. It is told to attach before the load starts, since parked CPUs are
    wanted for that; the game is registered the ordinary way."""

    scheduler = "gamesched"

    def __init__(self, profile):
        self.profile = profile

    def start(self):
        check("systemctl", "start", "gameschedd.service")
        check("gamesched", "profile", self.profile)
        check("gamesched", "mode", "on")

    def stop(self):
        check("systemctl", "stop", "gameschedd.service")

    def game_command(self, command):
        return ["gamesched", "run", "--name", "bench", "--", *command]

    def figures(self):
        return {"service": json.loads(check("gamesched", "stats", "--json"))}


def make_side(name):
    if name.startswith("gamesched"):
        return Gamesched(name.partition("-")[2] or "balanced")
    return {"nice": Nice, "minimal": Minimal}.get(name, Stock)()


@contextmanager
def attached_side(side):
    subprocess.run(["dmesg", "--clear"], check=True)
    with parked_cpus():
        side.start()
        wait_for(f"scheduler {side.scheduler!r} attached", lambda: attached() == side.scheduler)
    try:
        yield
    finally:
        with parked_cpus():
            if side.scheduler:
                side.stop()
            wait_for("scheduler detached", lambda: attached() == "")


def kernel_trouble():
    lines = check("dmesg", "--notime").splitlines()
    return [line for line in lines if TROUBLE.search(line) and not HARMLESS.search(line)]


# ---------------------------------------------------------------------- runs


def play(side, group, options, device):
    """Starts the game and returns what it has to say about itself."""
    spawned = time.monotonic_ns()
    command = side.game_command([HERE / "gamesched-bench-game", "--launch", "--hz", options.hz, "--seconds", options.seconds,
                                 "--input", device, "--spawned", spawned])
    process = spawn(group, command, side.nice, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        output, errors = process.communicate(timeout=options.seconds + PATIENCE_S)
    except subprocess.TimeoutExpired as error:
        process.kill()
        raise Failure(f"the game did not end within {PATIENCE_S} s after its time") from error
    if process.returncode != 0 or errors:
        raise Failure(f"the game ended with status {process.returncode}: {errors.strip()[-500:]}")
    return json.loads(output)


def bpf_programs():
    """Nanoseconds and calls of all programs of schedulers, and how often one of them was told that a task runs."""
    programs = [p for p in json.loads(check("bpftool", "prog", "show", "--json")) if p["type"] == "struct_ops"]
    events = sum(p.get("run_cnt", 0) for p in programs if p.get("name", "").endswith("_running"))
    return sum(p.get("run_time_ns", 0) for p in programs), events


def bpf_time_per_event(load, group):
    """What the scheduler's programs cost for each task that is given a CPU. Counting costs, too: a pass by itself."""
    with parked_cpus():
        check("sysctl", "-q", "kernel.bpf_stats_enabled=1")
    load.start(group)
    time.sleep(SETTLE_S)
    before = bpf_programs()
    time.sleep(BPF_TIME_S)
    after = bpf_programs()
    load.stop()
    with parked_cpus():
        check("sysctl", "-q", "kernel.bpf_stats_enabled=0")
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def run(load_name, layout, side_name, options, device):
    result = {"load": load_name, "layout": layout.__class__.__name__.lower(), "side": side_name}
    load, side = make_load(load_name), make_side(side_name)
    with attached_side(side):
        try:
            used = cpu_seconds(layout.load)
            begun = time.monotonic()
            load.start(layout.load)
            time.sleep(SETTLE_S)
            if load_name == "switch":
                time.sleep(options.seconds)
            else:
                result["game"] = play(side, layout.game, options, device)
            result["background"] = load.stop()
            result["load_seconds"] = time.monotonic() - begun
            if layout.load != layout.game:
                result["background_cpus"] = (cpu_seconds(layout.load) - used) / result["load_seconds"]
            result["still_attached"] = attached() == side.scheduler
            if result["still_attached"]:
                result.update(side.figures())
            if load_name == "switch" and side.scheduler:
                result["bpf_ns_per_event"] = bpf_time_per_event(load, layout.load)
            layout.check()
        finally:
            for group in {layout.game, layout.load}:
                empty(group)
            result["kernel_trouble"] = kernel_trouble()
    return result


def run_group(load_name, layout_name, options, device):
    """All sides under one load in one layout. No run is ever left out silently: one without a result says why."""
    turn = (options.round - 1) % len(options.side)
    layout = {"flat": Flat, "desktop": Desktop}[layout_name]()
    for position, side in enumerate(options.side[turn:] + options.side[:turn]):
        say(f"round {options.round}: load {load_name}, {layout_name}: {side}")
        emit("begin", load=load_name, layout=layout_name, side=side)
        try:
            result = run(load_name, layout, side, options, device)
        except (Failure, OSError, subprocess.SubprocessError, ValueError) as error:
            result = {"load": load_name, "layout": layout_name, "side": side, "error": f"{type(error).__name__}: {error}"}
            say(f"round {options.round}: load {load_name}, {layout_name}: {side}: no result: {error}")
        emit("run", round=options.round, position=position, **result)
    layout.remove()


def prepare_machine():
    subprocess.run(["systemctl", "stop", "gameschedd.service"], check=True)
    for module in ("uinput", "evdev"):
        subprocess.run(["modprobe", module], check=True)
    Path("/sys/fs/bpf").mkdir(exist_ok=True)
    if not os.path.ismount("/sys/fs/bpf"):
        check("mount", "-t", "bpf", "bpf", "/sys/fs/bpf")
    # Groups are what the layouts say, not what the kernel thinks of sessions.
    autogroup = Path("/proc/sys/kernel/sched_autogroup_enabled")
    if autogroup.exists():
        autogroup.write_text("0")
    os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(90))


def parse_options():
    parser = argparse.ArgumentParser(description="One round of the benchmark.")
    parser.add_argument("--round", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--hz", type=int, default=60)
    parser.add_argument("--side", nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument("--group", nargs="+", default=["none:flat"], metavar="LOAD:LAYOUT")
    return parser.parse_args()


def main():
    options = parse_options()
    prepare_machine()
    feeder = subprocess.Popen([HERE / "gamesched-bench-feeder"], stdout=subprocess.PIPE, text=True)
    device = feeder.stdout.readline().strip()
    if not device:
        sys.exit("session: no input device")
    emit("machine", kernel=os.uname().release, cpus=CPUS, model=cpu_model())
    for group in options.group:
        load_name, _, layout_name = group.partition(":")
        run_group(load_name, layout_name, options, device)
    emit("end", round=options.round)


def cpu_model():
    found = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else ""


if __name__ == "__main__":
    main()
