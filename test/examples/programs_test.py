"""Runs the examples that are programs of their own, with the simulator.

Usage: programs_test.py checkpoints|callbacks PROGRAM COMMAND
"""

import os
import signal
import subprocess
import sys

from support import folder, platform, running, wait_for


def run(server, *arguments):
    done = subprocess.run(arguments, env={**os.environ, **server.environment}, text=True, capture_output=True, timeout=100)
    return done.returncode, done.stdout + done.stderr


def check_checkpoints(program, command):
    """40 environments with 3 checkpoints each, of which the platform takes 8 at a time; and an end by SIGTERM."""
    with folder() as path, platform(command, path, "--sandboxes", "40", "--nodes", "4", "--slots", "2",
                                    "--latency", "50ms") as server:
        status, text = run(server, program, "30", *server.ids)
        assert status == 0 and "created 120, failed 0, queued at most 8\n" in text, (status, text)
        assert server.made() == {sandbox: 3 for sandbox in server.ids}
        lines = text.splitlines()[1:]
        assert [line.split()[0] for line in lines] == server.ids and all(":default" in line for line in lines), text

    with folder() as path, platform(command, path, "--sandboxes", "10", "--latency", "500ms") as server:
        with running([program, "1000000", *server.ids], env={**os.environ, **server.environment}, text=True,
                     stdout=subprocess.PIPE) as process:
            wait_for("the first checkpoints", server.made)
            process.send_signal(signal.SIGTERM)
            text = process.communicate(timeout=60)[0]
        created = int(text.split()[1].rstrip(","))
        assert created == sum(server.made().values()), f"{created} of {server.made()}: {text}"


def check_callbacks(program, command):
    with folder() as path, platform(command, path, "--sandboxes", "3") as server:
        status, text = run(server, program, *server.ids)
        assert status == 0, (status, text)
        first, *others = server.ids
        assert server.made() == {first: 2, **{sandbox: 1 for sandbox in others}}
        status, text = run(server, program, "iaaaaaaaaaaaaaaaaaaaa")
        assert status == 1 and "not_found" in text, (status, text)


if __name__ == "__main__":
    {"checkpoints": check_checkpoints, "callbacks": check_callbacks}[sys.argv[1]](*sys.argv[2:])
