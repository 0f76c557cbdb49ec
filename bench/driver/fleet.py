"""The controller of a bulk run on models of uneven platforms: a table, and plots of a few runs."""

import json
import subprocess

from driver import plots


def run(build):
    """Returns the exit code: 0 if each kind of platform was treated as it must be."""
    output = build / "fleet.json"
    code = subprocess.run([build / "bin/fleet", "--json", output], check=False).returncode
    if code not in (0, 1):
        return code
    pictures = write_plots(build, json.loads(output.read_text())["traces"])
    plotted = f", and beside it {', '.join(pictures)}" if pictures else ""
    missing = "" if plots.pyplot else "; no plots, for lack of Debian's python3-matplotlib"
    print(f"\nwritten to {output}{plotted}{missing}")
    return code


def write_plots(folder, traces):
    """One picture: a row for each run, with what is in flight on the left and what comes of it on the right."""
    if plots.pyplot is None or not traces:
        return []
    figure, axes = plots.pyplot.subplots(len(traces), 2, figsize=(11, 2.4 * len(traces)), layout="constrained",
                                         squeeze=False)
    for (left, right), trace in zip(axes, traces):
        draw(left, right, trace)
    written = []
    for suffix in ("svg", "png"):
        figure.savefig(folder / f"fleet.{suffix}", dpi=100)
        written.append(f"fleet.{suffix}")
    plots.pyplot.close(figure)
    return written


def draw(left, right, trace):
    at, window, in_flight, waiting, created, refused, _ = zip(*trace["samples"])
    left.step(at, window, label="window", color="C0", linewidth=1)
    left.step(at, in_flight, label="in flight", color="C1", linewidth=1)
    left.step(at, waiting, label="refused, waiting", color="C3", linewidth=1)
    left.set(title=trace["family"], ylabel="snapshots", ylim=(0, 1.1 * max(max(in_flight), max(waiting), 1)))
    right.step(at, smooth(created), label="made", color="C2", linewidth=1)
    right.step(at, smooth(refused), label="refused", color="C3", linewidth=1)
    right.set(ylabel="a second", ylim=(0, None))
    for each in (left, right):
        each.set(xlabel="s", xlim=(0, at[-1]))
        each.grid(alpha=0.3)
        each.legend(loc="upper right", fontsize="small", frameon=False)


def smooth(values, width=5):
    """Averages of neighbours, as snapshots come in bursts."""
    return [sum(values[max(0, i - width // 2):i + width // 2 + 1]) /
            len(values[max(0, i - width // 2):i + width // 2 + 1]) for i in range(len(values))]
