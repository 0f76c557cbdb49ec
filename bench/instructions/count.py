#!/usr/bin/python3
"""Instructions of user code per request, by callgrind: a figure that noise cannot touch.

    count.py SIMULATOR CLIENT [BUDGET]

Two runs with different numbers of requests are subtracted, so that start, CA and handshakes do not count. Fails above
the budget."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

CONCURRENCY, WARMUP, FEW, MANY = 8, 64, 200, 1200


def count(client, where, ca_file, requests, folder):
    arguments = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out.{requests}",
                 client, "--url", where["url"], "--ca", ca_file, "--key", where["key"], "--concurrency", str(CONCURRENCY),
                 "--warmup", str(WARMUP), "--requests", str(requests)]
    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True)
    measured = json.loads(ended.stdout.strip().splitlines()[-1])
    if measured["errors"] or measured["requests"] != requests:
        sys.exit(f"not every request succeeded: {measured}")
    return int(re.search(r"Collected : (\d+)", ended.stderr)[1])


def main():
    simulator, client = sys.argv[1:3]
    budget = int(sys.argv[3]) if len(sys.argv) > 3 else None
    if not shutil.which("valgrind"):
        print("SKIPPED: valgrind is not installed")
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        ca_file = f"{folder}/ca.pem"
        server = subprocess.Popen([simulator, ca_file, str(CONCURRENCY), "0"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        try:
            where = json.loads(server.stdout.readline())
            few, many = (count(client, where, ca_file, requests, folder) for requests in (FEW, MANY))
        finally:
            server.stdin.close()
            server.wait(10)
    per_request = (many - few) / (MANY - FEW)
    print(f"{os.path.basename(client)}: {per_request:.0f} instructions per request" +
          (f", of a budget of {budget}" if budget else ""))
    if budget and per_request > budget:
        sys.exit("above the budget")


main()
