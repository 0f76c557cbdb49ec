#!/usr/bin/python3
"""The budget of instructions per request, see ../driver/instructions.py.

    count.py SIMULATOR CLIENT [BUDGET]

Fails above the budget."""

import os
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from driver import instructions  # noqa: E402


def main():
    simulator, client = sys.argv[1:3]
    budget = int(sys.argv[3]) if len(sys.argv) > 3 else None
    if not instructions.available():
        print("SKIPPED: valgrind is not installed")
        return
    # One run differs from the next by up to 100: the middle one of three counts.
    with instructions.Simulator(simulator) as server:
        count = statistics.median(instructions.per_request([client], server, 60) for _ in range(3))
    print(f"{os.path.basename(client)}: {count:.0f} instructions per request" +
          (f", of a budget of {budget}" if budget else ""))
    if budget and count > budget:
        sys.exit("above the budget")


main()
