"""What a number of requests in flight does not show: beginnings, handshakes, a batch, threads."""

import statistics
from dataclasses import dataclass, field

from . import clients, measure, servers

OURS = "e2b-snapshot"


@dataclass(frozen=True)
class Variant:
    name: str
    program: str
    arguments: tuple
    all_cores: bool = False  # and not the client's alone


@dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    variants: tuple  # the first is what the others are compared with
    concurrency: int
    latency_ms: int = 0
    from_outside: bool = False  # until its figures are there, which includes what it does before it sends


def rivals(*arguments):
    return tuple(Variant(name, program, arguments) for name, program in
                 (("limit", "limit"), (OURS, "load"), ("beast-plain", "beast"), ("libcurl", "libcurl"), ("go", "go")))


FULL_HANDSHAKES = ("--concurrency", "1000", "--warmup", "0", "--requests", "1000")
SCENARIOS = (
    Scenario("start", "from the start of the process to the end of its one request", rivals("--warmup", "0", "--requests", "1"),
             concurrency=1, from_outside=True),
    Scenario("cold", "1,000 connections are opened at once, with one request each", rivals(*FULL_HANDSHAKES),
             concurrency=1000),
    Scenario("resumed", "a connection for each request: full handshakes, and resumed ones",
             (Variant(f"{OURS}, full", "load", FULL_HANDSHAKES),
              Variant(f"{OURS}, resumed", "load", ("--concurrency", "64", "--warmup", "128", "--requests", "1000",
                                                   "--requests-per-connection", "1"))), concurrency=1000),
    Scenario("batch", "10,000 snapshots of 100 ms, 1,000 at a time",
             rivals("--concurrency", "1000", "--requests", "10000"), concurrency=1000, latency_ms=100),
    Scenario("threads", "64 in flight, all cores shared with the server",
             (Variant("one thread", "threads", ("1", "own"), all_cores=True),
              Variant("two threads, a client each", "threads", ("2", "own"), all_cores=True),
              Variant("two threads, one client", "threads", ("2", "shared"), all_cores=True)), concurrency=64),
)


@dataclass
class Row:
    scenario: Scenario
    variant: str
    runs: dict = field(default_factory=dict)  # by round: seconds, CPU seconds, requests

    def seconds(self):
        return statistics.median(each.seconds for each in self.runs.values())

    def requests_per_s(self):
        return statistics.median(each.requests_per_s for each in self.runs.values())

    def cpu_us(self):
        return statistics.median(each.cpu_us_per_request for each in self.runs.values())

    def ratios(self, base):
        return [run.cpu_us_per_request / base.runs[number].cpu_us_per_request for number, run in self.runs.items()
                if number in base.runs]


@dataclass
class Results:
    rows: list = field(default_factory=list)
    failures: list = field(default_factory=list)


def run(options, cores, rounds, seconds, progress, results):
    """What is found goes into `results` at once."""
    for scenario in SCENARIOS:
        server = servers.start("simulator", options.build, cores[-1], scenario.concurrency, scenario.latency_ms)
        try:
            run_scenario(scenario, server, options.build / "bin", cores, rounds, seconds, progress, results)
        finally:
            server.stop()
    progress("")


def run_scenario(scenario, server, programs, cores, rounds, seconds, progress, results):
    present = [each for each in scenario.variants if (programs / each.program).exists()]
    rows = {each: Row(scenario, each.name) for each in present}
    results.rows += rows.values()
    for number in range(rounds):
        for variant in present[number % len(present):] + present[:number % len(present)]:
            progress(f"{scenario.name}, round {number + 1}: {variant.name}")
            try:
                rows[variant].runs[number] = run_variant(scenario, variant, server, programs, cores, seconds)
            except measure.Failed as error:
                results.failures.append(f"{scenario.name}, {variant.name}: {error}")


def run_variant(scenario, variant, server, programs, cores, seconds):
    client = clients.Client(variant.name, (programs / variant.program, *variant.arguments))
    if variant.all_cores:
        extra, used = ("--concurrency", str(scenario.concurrency), "--seconds", str(seconds)), cores
    else:
        extra, used = (), cores[:1]
    result, ended = measure.load(client, server, used, seconds, extra)
    if result.errors:
        raise measure.Failed(f"{result.errors} errors")
    if scenario.from_outside:
        result.seconds, result.cpu_seconds = ended.seconds_to_output, ended.cpu_seconds
    return result


def report(rows):
    lines = []
    for row, base in with_base(rows):
        if row is base:
            lines += ["", f"{row.scenario.name}: {row.scenario.what}",
                      f"  {'':<28}{'seconds':>10}{'req/s':>10}{'CPU us/req':>12}{'CPU ratio':>11}"]
        ratios = row.ratios(base)
        spread = (max(ratios) - min(ratios)) / statistics.median(ratios)
        lines.append(f"  {row.variant:<28}{row.seconds():>10.3f}{row.requests_per_s():>10.0f}{row.cpu_us():>12.1f}"
                     f"{statistics.median(ratios):>11.2f}  +-{spread / 2:.0%}")
    return "\n".join(lines[1:])


def as_json(rows):
    return [{"scenario": row.scenario.name, "client": row.variant, "seconds": round(row.seconds(), 4),
             "requests_per_s": round(row.requests_per_s(), 1), "cpu_us_per_request": round(row.cpu_us(), 2),
             "cpu_ratio": round(statistics.median(row.ratios(base)), 3), "rounds": len(row.runs)}
            for row, base in with_base(rows)]


def with_base(rows):
    """Each row that can be compared, and the first of its scenario."""
    base = None
    for row in rows:
        if base is None or base.scenario is not row.scenario:
            base = row
        if row.ratios(base):
            yield row, base
