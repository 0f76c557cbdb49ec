"""The servers that are loaded: the simulator, and nginx."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent


@dataclass
class Server:
    name: str
    url: str
    key: str
    ca_file: str
    process: subprocess.Popen
    scratch: tempfile.TemporaryDirectory = field(repr=False)

    def stop(self):
        if self.process.stdin:
            self.process.stdin.close()
        else:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.scratch.cleanup()


def start(name, build, core, concurrency, latency_ms):
    """Starts a server on its own core, with an answer after `latency_ms`."""
    scratch = tempfile.TemporaryDirectory(prefix="bench-")
    return STARTERS[name](build, core, concurrency, latency_ms, scratch)


def sandboxes_for(concurrency):
    """More than requests in flight, for clients that take them in turn."""
    return max(4 * concurrency, 4096)


def available(name):
    return name != "nginx" or nginx_program() is not None


def nginx_program():
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def on_core(core):
    return lambda: os.sched_setaffinity(0, {core})


def start_simulator(build, core, concurrency, latency_ms, scratch):
    ca_file = os.path.join(scratch.name, "ca.pem")
    sandboxes = sandboxes_for(concurrency)
    process = subprocess.Popen(
        [build / "bin/simulator", ca_file, str(sandboxes), str(latency_ms)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=on_core(core))
    where = json.loads(process.stdout.readline())
    return Server("simulator", where["url"], where["key"], ca_file, process, scratch)


def start_nginx(_build, core, _concurrency, latency_ms, scratch):
    folder, port = scratch.name, free_port()
    certificate, key = f"{folder}/cert.pem", f"{folder}/key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
         "-keyout", key, "-out", certificate, "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, stderr=subprocess.DEVNULL)
    if latency_ms:
        raise ValueError("nginx answers at once only")
    text = (BENCH / "servers/nginx.conf.in").read_text()
    for name, value in {"dir": folder, "port": port}.items():
        text = text.replace(f"@{name}@", str(value))
    config = f"{folder}/nginx.conf"
    Path(config).write_text(text)
    process = subprocess.Popen([nginx_program(), "-p", folder, "-e", f"{folder}/error.log", "-c", config],
                               preexec_fn=on_core(core))
    server = Server("nginx", f"https://127.0.0.1:{port}", "e2b_" + "0" * 40, certificate, process, scratch)
    try:
        wait_for(port)
    except BaseException:
        server.stop()
        raise
    return server


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    import socket
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("nginx does not listen")


STARTERS = {"simulator": start_simulator, "nginx": start_nginx}
