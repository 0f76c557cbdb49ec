"""Plots of the rows of report.json, as SVG and PNG. Without matplotlib there are none."""

from collections import defaultdict

try:
    import matplotlib
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "bench"  # the same rows give the same file
    from matplotlib import pyplot
except ImportError:
    pyplot = None

# A client has its colour in every plot.
CLIENTS = ("e2b-snapshot", "limit", "beast-plain", "libcurl", "go", "cpp-httplib", "undici", "e2b-sdk", "aiohttp", "wrk")


def write(folder, rows):
    """Returns the names of the files that were written."""
    if pyplot is None or not rows:
        return []
    written = []
    for name, draw in (("cpu", draw_cpu), ("latency", draw_latency), ("memory", draw_memory)):
        figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
        if draw(axes, rows):
            for suffix in ("svg", "png"):
                figure.savefig(folder / f"{name}.{suffix}", dpi=120)
                written.append(f"{name}.{suffix}")
        pyplot.close(figure)
    return written


def write_instructions(folder, rows):
    """Bars of (client, instructions per request), the fewest on top. Returns the names of the files that were written."""
    if pyplot is None or not rows:
        return []
    rows = sorted(rows, key=lambda row: row[1], reverse=True)
    figure, axes = pyplot.subplots(figsize=(8, 0.45 * len(rows) + 0.9), layout="constrained")
    names, counts = zip(*rows)
    bars = axes.barh(names, [count / 1000 for count in counts], color=[style(name)["color"] for name in names])
    axes.bar_label(bars, fmt="%.0f", padding=3)
    axes.set(title="Instructions of the client per request, in thousands")
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.set_xticks([])
    written = ["instructions.svg", "instructions.png"]
    for name in written:
        figure.savefig(folder / name, dpi=120)
    pyplot.close(figure)
    return written


def style(client):
    index = CLIENTS.index(client) if client in CLIENTS else len(CLIENTS)
    own = client == "e2b-snapshot"
    return {"color": f"C{index % 10}", "linewidth": 2.8 if own else 1.4, "zorder": 3 if own else 2}


def at_once(rows):
    """The rows of the simulator that answers at once, or else of the first server and latency that there is."""
    plain = [row for row in rows if row["server"] == "simulator" and row["latency_ms"] == 0]
    if plain or not rows:
        return plain
    return [row for row in rows if all(row[key] == rows[0][key] for key in ("server", "latency_ms"))]


def curve(axes, rows, column):
    """One line for each client, over the requests in flight. A hollow point is one not to be believed."""
    lines = defaultdict(list)
    for row in rows:
        lines[row["client"]].append((row["concurrency"], row[column], row["noisy"]))
    for client, points in lines.items():
        where, values, noisy = zip(*sorted(points))
        [line] = axes.plot(where, values, label=client, **style(client))
        axes.scatter(where, values, edgecolors=line.get_color(), zorder=4,
                     facecolors=["white" if each else line.get_color() for each in noisy])
    axes.set(xscale="log", xlabel="requests in flight")
    values = [row[column] for row in rows]
    if values and max(values) > 5 * min(values):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    ticks = sorted({row["concurrency"] for row in rows})
    crowded = any(after < 3 * before for before, after in zip(ticks, ticks[1:]))
    axes.set_xticks(ticks, labels=[f"{tick:,}" for tick in ticks], rotation=45 if crowded else 0)
    axes.set_xticks([], minor=True)
    finish(axes)
    return bool(lines)


def draw_cpu(axes, rows):
    axes.set(title="CPU of the client per request", ylabel="µs")
    return curve(axes, at_once(rows), "cpu_us_per_request")


def draw_memory(axes, rows):
    axes.set(title="Memory of the client", ylabel="resident, MB")
    return curve(axes, at_once(rows), "rss_mb")


def draw_latency(axes, rows):
    """Percentiles at 64 in flight, which every client can have, or at the most that was measured."""
    rows = at_once(rows)
    concurrencies = {row["concurrency"] for row in rows}
    if not rows:
        return False
    concurrency = 64 if 64 in concurrencies else max(concurrencies)
    shares = (50, 90, 99)
    for row in rows:
        if row["concurrency"] == concurrency:
            axes.plot(range(len(shares)), [row[f"p{share}_us"] / 1000 for share in shares], marker="o",
                      markerfacecolor="white" if row["noisy"] else None, label=row["client"], **style(row["client"]))
    axes.set(title=f"Latency with {concurrency} requests in flight", yscale="log", ylabel="ms", xlabel="percentile")
    axes.set_xticks(range(len(shares)), labels=[f"p{share}" for share in shares])
    finish(axes)
    return True


def finish(axes):
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(alpha=0.3, which="both")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
