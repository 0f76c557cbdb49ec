"""One run of one client, and how quiet the machine was meanwhile."""

import json
import os
import re
import resource
import select
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import clients, servers

PEERS = Path(__file__).resolve().parent.parent / "peers"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Run:
    requests: int
    errors: int
    seconds: float
    cpu_seconds: float
    p50_us: float
    p90_us: float
    p99_us: float
    rss_mb: float
    foreign_share: float  # of the client's cores: what others used of them meanwhile

    @property
    def requests_per_s(self):
        return self.requests / self.seconds

    @property
    def cpu_us_per_request(self):
        return self.cpu_seconds / self.requests * 1e6


class Failed(Exception):
    pass


@dataclass
class Ended:
    output: str
    seconds_to_output: float  # from its start
    cpu_seconds: float
    max_rss_mb: float
    foreign_share: float


def run(client, server, core, concurrency, seconds, extra=()):
    if not client.measures_itself:
        return run_wrk(client, server, core, concurrency, seconds)
    arguments = ("--concurrency", str(concurrency), "--seconds", str(seconds), *extra)
    return load(client, server, [core], seconds, arguments)[0]


def load(client, server, cores, seconds, arguments):
    """A load generator's own figures, and those of its process."""
    ended = execute([*client.command, "--url", server.url, "--ca", server.ca_file, "--key", server.key, *arguments],
                    client, server, cores, seconds)
    return Run(**json.loads(ended.output.strip().splitlines()[-1]), foreign_share=ended.foreign_share), ended


def execute(arguments, client, server, cores, seconds):
    with tempfile.TemporaryFile("w+") as errors:
        busy_before, total_before = ticks(cores)
        began = time.monotonic()
        until = began + 60 + 5 * seconds
        process = subprocess.Popen([str(each) for each in arguments], env=clients.environment(client, server),
                                   stdout=subprocess.PIPE, stderr=errors, preexec_fn=lambda: prepare(cores))
        try:
            with process.stdout:
                text, spoke = read_to_end(process.stdout, until)
            status, usage = wait(process, until)
        except BaseException:
            process.kill()
            process.wait()
            raise
        busy, total = ticks(cores)
        errors.seek(0)
        if status != 0 or not text.strip():
            raise Failed(f"{client.name}: status {status}: {errors.read().strip()[-300:]}")
    cpu = usage.ru_utime + usage.ru_stime
    foreign = max(0.0, busy - busy_before - cpu * CLOCK_TICKS) / max(1, total - total_before)
    return Ended(text, spoke - began, cpu, usage.ru_maxrss / 1024, foreign)


def prepare(cores):
    os.sched_setaffinity(0, cores)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def read_to_end(pipe, until):
    """What comes out of it, and when that began."""
    parts, began = [], until
    while (left := until - time.monotonic()) > 0 and select.select([pipe], [], [], left)[0]:
        part = os.read(pipe.fileno(), 65536)
        if not part:
            break
        if not parts:
            began = time.monotonic()
        parts.append(part)
    return b"".join(parts).decode(), began


def wait(process, until):
    while time.monotonic() < until:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage
        time.sleep(0.002)
    process.kill()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return "killed after its time", usage


def ticks(cores):
    """What cores were busy with, stolen time included, and all of their time."""
    names = {f"cpu{core}" for core in cores}
    busy, total = 0, 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *numbers = line.split()
        if name in names:
            user, nice, system, idle, iowait, irq, softirq, steal = map(int, numbers[:8])
            busy += user + nice + system + irq + softirq + steal
            total += user + nice + system + irq + softirq + steal + idle + iowait
    return busy, total


def run_wrk(client, server, core, concurrency, seconds):
    """wrk measures neither its CPU nor a part of its run: the difference of two runs is free of handshakes."""
    def once(duration):
        ended = execute([*client.command, "-t1", f"-c{concurrency}", f"-d{duration}s", "--timeout", "30s",
                         "-s", PEERS / "wrk/snapshot.lua", server.url, "--", server.key,
                         str(servers.sandboxes_for(concurrency))],
                        client, server, [core], duration)
        return json.loads(re.search(r"^\{.*\}$", ended.output, re.MULTILINE)[0]), ended

    head = 1 + concurrency // 400  # long enough for all handshakes
    short, short_ended = once(head)
    long, long_ended = once(head + max(1, round(seconds)))
    requests = long["requests"] - short["requests"]
    cpu = long_ended.cpu_seconds - short_ended.cpu_seconds
    if requests <= 0 or cpu <= 0:
        raise Failed("wrk: the machine is too noisy to tell two runs apart")
    return Run(requests, long["errors"], long["seconds"] - short["seconds"], cpu, long["p50_us"], long["p90_us"],
               long["p99_us"], long_ended.max_rss_mb, long_ended.foreign_share)
