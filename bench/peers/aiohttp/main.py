"""aiohttp: one session whose connector has a connection for each request in flight, as its documentation advises."""

import argparse
import asyncio
import json
import re
import ssl
import sys
import time

import aiohttp


def parse():
    """The options of support/options.hpp."""
    parser = argparse.ArgumentParser()
    for name in ("url", "ca", "key"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--warmup", type=int)
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--rate", type=float, default=0)
    options = parser.parse_args()
    if options.warmup is None:
        options.warmup = 2000 + 3 * options.concurrency
    return options


class Meter:
    """Measures as support/meter.hpp does."""

    def __init__(self, options):
        self.options = options
        self.interval = 1 / options.rate if options.rate else 0
        self.running, self.measuring = True, False
        self.seen = self.errors = 0
        self.latencies = []
        if options.warmup == 0:
            self.begin(time.monotonic())

    def next_start(self):
        if not self.interval or not self.measuring:
            return time.monotonic()
        self.next += self.interval
        return self.next

    def ended(self, start, success):
        now = time.monotonic()
        if not self.measuring:
            self.seen += 1
            if self.running and self.seen >= self.options.warmup:
                self.begin(now)
            return
        if self.interval and start < self.began:
            return
        self.errors += not success
        self.latencies.append(now - start)
        requests = self.options.requests
        if len(self.latencies) >= requests if requests else now - self.began >= self.options.seconds:
            self.finish(now)

    def begin(self, now):
        self.measuring, self.began, self.next, self.cpu_began = True, now, now, time.process_time()

    def finish(self, now):
        self.cpu, self.took = time.process_time() - self.cpu_began, now - self.began
        with open("/proc/self/status", encoding="ascii") as status:
            self.rss_mb = int(re.search(r"VmRSS:\s*(\d+)", status.read())[1]) / 1024
        self.measuring = self.running = False

    def report(self):
        ordered = sorted(self.latencies)
        quantile = lambda share: ordered[int(share * (len(ordered) - 1))] * 1e6
        print(json.dumps({
            "requests": len(ordered), "errors": self.errors, "seconds": self.took, "cpu_seconds": self.cpu,
            "p50_us": quantile(0.5), "p90_us": quantile(0.9), "p99_us": quantile(0.99), "rss_mb": self.rss_mb}))


async def exchange(session, path):
    async with session.post(path, data=b"{}") as response:
        answer = await response.json()
        return response.status == 201 and bool(answer["snapshotID"])


async def work(session, meter, index):
    path = f"/sandboxes/i{index:020}/snapshots"
    while meter.running:
        start = meter.next_start()
        if start > time.monotonic():
            await asyncio.sleep(start - time.monotonic())
        try:
            success = await exchange(session, path)
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            print(repr(error), file=sys.stderr)
            success = False
        meter.ended(start, success)


async def main():
    options = parse()
    meter = Meter(options)
    headers = {"User-Agent": "bench", "X-API-Key": options.key, "Accept": "application/json",
               "Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=options.concurrency,
                                     ssl=ssl.create_default_context(cafile=options.ca))
    async with aiohttp.ClientSession(options.url, headers=headers, connector=connector) as session:
        await asyncio.gather(*(work(session, meter, index) for index in range(options.concurrency)))
    meter.report()


asyncio.run(main())
