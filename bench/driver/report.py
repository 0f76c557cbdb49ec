"""From runs to rows: medians, ratios, spreads, and whether to believe them."""

import json
import statistics
from collections import defaultdict
from dataclasses import dataclass, field

NOISY_SPREAD = 0.25   # of the CPU per request over the rounds, between the extremes and relative to the median
NOISY_FOREIGN = 0.05  # of the client's core


@dataclass(frozen=True, order=True)
class Cell:
    """What is compared side by side: the same load on the same server."""
    server: str
    latency_ms: int
    concurrency: int


@dataclass
class Results:
    # runs[cell][client][round]
    runs: dict = field(default_factory=lambda: defaultdict(lambda: defaultdict(dict)))
    failures: dict = field(default_factory=dict)

    def add(self, cell, client, number, run):
        self.runs[cell][client][number] = run

    def fail(self, cell, client, why):
        self.failures[cell, client] = why

    def rows(self):
        return [self.row(cell, client) for cell in sorted(self.runs) for client in self.runs[cell]]

    def row(self, cell, client):
        runs = self.runs[cell][client]
        limit = self.runs[cell].get("limit", {})
        median = lambda values: statistics.median(list(values))
        cpu = [run.cpu_us_per_request for run in runs.values()]
        paired = [run.cpu_us_per_request / limit[number].cpu_us_per_request
                  for number, run in runs.items() if number in limit]
        throughput = [run.requests_per_s / limit[number].requests_per_s
                      for number, run in runs.items() if number in limit]
        spread = (max(paired or cpu) - min(paired or cpu)) / median(paired or cpu)
        foreign = max(run.foreign_share for run in runs.values())
        return {
            "client": client, "server": cell.server, "concurrency": cell.concurrency,
            "latency_ms": cell.latency_ms,
            "requests_per_s": round(median(run.requests_per_s for run in runs.values()), 1),
            "cpu_us_per_request": round(median(cpu), 2),
            "ratio_to_limit": round(median(paired), 3) if paired else None,
            "throughput_ratio_to_limit": round(median(throughput), 3) if throughput else None,
            "p50_us": round(median(run.p50_us for run in runs.values()), 1),
            "p90_us": round(median(run.p90_us for run in runs.values()), 1),
            "p99_us": round(median(run.p99_us for run in runs.values()), 1),
            "rss_mb": round(median(run.rss_mb for run in runs.values()), 1),
            "errors": sum(run.errors for run in runs.values()),
            "rounds": len(runs), "spread": round(spread, 3), "foreign_share": round(foreign, 3),
            # A client whose requests fail has less to do.
            "noisy": spread > NOISY_SPREAD or foreign > NOISY_FOREIGN or (cell, client) in self.failures
                     or any(run.errors for run in runs.values()),
        }


def table(rows):
    lines = []
    cell_before = None
    for row in rows:
        cell = (row["server"], row["latency_ms"], row["concurrency"])
        if cell != cell_before:
            cell_before = cell
            lines += ["", f"{row['server']}, {row['concurrency']} in flight, answers after {row['latency_ms']} ms",
                      f"  {'client':<16}{'req/s':>10}{'CPU us/req':>12}{'CPU/limit':>11}{'req/s/limit':>13}"
                      f"{'p50 us':>11}{'p99 us':>11}{'RSS MB':>9}{'errors':>8}  noise"]
        ratio = f"{row['ratio_to_limit']:.2f}" if row["ratio_to_limit"] else "-"
        throughput = f"{row['throughput_ratio_to_limit']:.2f}" if row["throughput_ratio_to_limit"] else "-"
        noise = f"+-{row['spread'] / 2:.0%}" + ("  don't believe this row" if row["noisy"] else "")
        lines.append(f"  {row['client']:<16}{row['requests_per_s']:>10.0f}{row['cpu_us_per_request']:>12.1f}"
                     f"{ratio:>11}{throughput:>13}{row['p50_us']:>11.0f}{row['p99_us']:>11.0f}"
                     f"{row['rss_mb']:>9.0f}{row['errors']:>8}  {noise}")
    return "\n".join(lines[1:])


def write(path, machine, rows, failures, scenarios):
    skipped = [{"client": client, "server": cell.server, "concurrency": cell.concurrency,
                "latency_ms": cell.latency_ms, "reason": why} for (cell, client), why in failures.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": machine, "rows": rows, "scenarios": scenarios,
                                "skipped": skipped}, indent=1) + "\n")


def markdown(rows):
    """The clients side by side, against the simulator: CPU and throughput as ratios to the limit's, where it answers at
    once; memory where most requests are in flight."""
    rows = [row for row in rows if row["server"] == "simulator" and row["ratio_to_limit"]]
    at_once = {(row["client"], row["concurrency"]): row for row in rows if row["latency_ms"] == 0}
    concurrencies = sorted({concurrency for _, concurrency in at_once})
    most = max((row["concurrency"] for row in rows), default=0)
    memory = {row["client"]: row["rss_mb"] for row in rows if row["concurrency"] == most}
    head = ["client", *(f"CPU, {each:,} in flight" for each in concurrencies),
            *(f"requests/s, {each:,}" for each in concurrencies),
            *(f"p99 in ms, {each:,}" for each in concurrencies), f"MB, {most:,}"]
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for client in dict.fromkeys(client for client, _ in at_once):
        cells = [at_once.get((client, each)) for each in concurrencies]
        lines.append([client, *(f"{row['ratio_to_limit']:.2f}" if row else "-" for row in cells),
                      *(f"{row['throughput_ratio_to_limit']:.2f}" if row else "-" for row in cells),
                      *(f"{row['p99_us'] / 1000:.3g}" if row else "-" for row in cells),
                      f"{memory[client]:.0f}" if client in memory else "-"])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
