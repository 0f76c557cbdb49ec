"""Instructions of user code per request, by callgrind: a figure that other work on the machine cannot touch."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

CONCURRENCY, WARMUP, FEW, MANY = 8, 64, 200, 1200


class Failed(Exception):
    pass


def available():
    return shutil.which("valgrind") is not None


def per_request(command, server, seconds=120):
    """Two runs with different numbers of requests are subtracted, so that start, CA and handshakes do not count."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        few, many = (_count(command, server, requests, folder, seconds) for requests in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def _count(command, server, requests, folder, seconds):
    arguments = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out.{requests}",
                 *command, "--url", server["url"], "--ca", server["ca_file"], "--key", server["key"],
                 "--concurrency", str(CONCURRENCY), "--warmup", str(WARMUP), "--requests", str(requests)]
    try:
        ended = subprocess.run(arguments, capture_output=True, text=True, timeout=seconds, check=True)
        measured = json.loads(ended.stdout.strip().splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError) as error:
        raise Failed(str(error)) from error
    if measured["errors"] or measured["requests"] != requests:
        raise Failed(f"not every request succeeded: {measured}")
    return int(re.search(r"Collected : (\d+)", ended.stderr)[1])


class Simulator:
    """The benchmark's simulator, with as many sandboxes as there are requests in flight."""

    def __init__(self, program):
        self._scratch = tempfile.TemporaryDirectory(prefix="bench-")
        ca_file = os.path.join(self._scratch.name, "ca.pem")
        self._process = subprocess.Popen([str(program), ca_file, str(CONCURRENCY), "0"], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)
        self.where = {**json.loads(self._process.stdout.readline()), "ca_file": ca_file}

    def __enter__(self):
        return self.where

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(10)
        self._scratch.cleanup()


def compare(clients, build):
    """Prints a table of the clients that are programs of this machine, and plots it. Returns the exit code."""
    from . import plots  # loads matplotlib, which the test of the budget does without
    if not available():
        print("bench: valgrind is not installed", file=sys.stderr)
        return 1
    rows = []
    with Simulator(build / "bin" / "simulator") as server:
        for client in clients:
            try:
                rows.append((client.name, per_request([str(each) for each in client.command], server)))
            except Failed as error:
                print(f"bench: {client.name}: {error}", file=sys.stderr)
    limit = dict(rows).get("limit")
    print("| client | instructions per request | against the limit |\n|---|---:|---:|")
    for name, count in rows:
        print(f"| {name} | {count:,.0f} | {count / limit:.2f} |" if limit else f"| {name} | {count:,.0f} | |")
    plots.write_instructions(build, rows)
    return 0
