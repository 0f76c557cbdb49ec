"""What the tests of the examples share: a simulator of the platform, processes, and how a test is skipped."""

import collections
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time


def skip(why):
    print("SKIPPED:", why)
    sys.exit(0)


def installed(name):
    """The path of a program, which may be in a folder of the system's services. Without it the test is skipped."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    return path or skip(name + " is not installed")


def wait_for(what, condition, seconds=60, every=0.05):
    """Waits until condition() holds, and yields what it says."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(every)
    raise AssertionError(f"in vain for {seconds} s: {what}")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def accepts_connections(port):
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def running(command, **options):
    """A process that is ended at the end, by SIGTERM or, if that does not do, killed."""
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def folder():
    """A folder that others may look into, and that is gone at the end."""
    path = tempfile.mkdtemp(prefix="e2b-test-")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Platform:
    """The command's simulator, and the environment that leads clients to it."""

    def __init__(self, command, path, process, lines):
        self.command = command
        self.path = path
        self.process = process
        self.url = lines[0]
        self.environment = {"E2B_API_URL": lines[0], "SSL_CERT_FILE": lines[1], "E2B_API_KEY": lines[2]}

    @property
    def ids(self):
        with open(os.path.join(self.path, "ids.txt")) as file:
            return file.read().split()

    def made(self):
        """How often each sandbox was snapshotted."""
        with open(os.path.join(self.path, "ledger.jsonl")) as file:
            return collections.Counter(json.loads(line)["sandboxID"] for line in file if line.endswith("\n"))

    def check_each_once(self):
        made = self.made()
        assert set(made) == set(self.ids), f"{len(made)} of {len(self.ids)} sandboxes were snapshotted"
        twice = [sandbox for sandbox, count in made.items() if count != 1]
        assert not twice, f"snapshotted more than once: {twice}"


@contextlib.contextmanager
def platform(command, path, *options):
    """A simulator whose list of sandboxes, ids.txt, and account of snapshots, ledger.jsonl, are in a folder."""
    open(os.path.join(path, "ledger.jsonl"), "w").close()
    arguments = [command, "simulate", "--ids", os.path.join(path, "ids.txt"), "--ledger",
                 os.path.join(path, "ledger.jsonl"), *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("E2B_")}
    with running(arguments, stdout=subprocess.PIPE, text=True, env=environment) as process:
        lines = []
        for line in process.stdout:
            lines.append(line.split()[-1])
            if len(lines) == 3:
                break
        yield Platform(command, path, process, lines)
