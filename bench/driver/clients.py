"""The clients that are compared: how each is started, and what it cannot do."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
PEERS = BENCH / "peers"
# The one that has Debian's python3-aiohttp, whichever python3 is first in PATH.
SYSTEM_PYTHON = "/usr/bin/python3"


@dataclass(frozen=True)
class Client:
    name: str
    command: tuple  # before the options that all load generators take
    max_concurrency: int = 10_000
    environment: tuple = ()
    measures_itself: bool = True  # speaks the protocol of support/options.hpp

    def is_compiled(self):
        """To native code by this build: what valgrind can count."""
        return self.measures_itself and len(self.command) == 1 and self.name != "go"

    def available(self):
        program = self.command[0]
        files = [Path(part) for part in self.command[1:] if "/" in part]
        if not shutil.which(str(program)) or not all(each.exists() for each in files):
            return False
        return self.name != "aiohttp" or subprocess.run([program, "-c", "import aiohttp"], check=False,
                                                        stderr=subprocess.DEVNULL).returncode == 0


def all_clients(build):
    programs = build / "bin"
    scripts = build / "peers"
    native = lambda name, program, **more: Client(name, (str(programs / program),), **more)
    return [
        native("limit", "limit", max_concurrency=15_000),
        native("e2b-snapshot", "load", max_concurrency=15_000),
        native("beast-plain", "beast"),
        native("libcurl", "libcurl"),
        native("go", "go"),
        native("cpp-httplib", "cpp-httplib", max_concurrency=1000),
        Client("undici", ("node", str(scripts / "undici/main.mjs"))),
        Client("e2b-sdk", ("node", str(scripts / "e2b-sdk/main.mjs")), max_concurrency=1000),
        Client("aiohttp", (SYSTEM_PYTHON, str(PEERS / "aiohttp/main.py")), max_concurrency=1000),
        Client("wrk", ("wrk",), measures_itself=False),
    ]


def environment(client, server):
    variables = dict(os.environ)
    variables["NODE_EXTRA_CA_CERTS"] = server.ca_file
    variables.update(client.environment)
    return variables
