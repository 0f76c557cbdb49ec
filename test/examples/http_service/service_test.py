"""The service with the simulator: snapshots, traces, a caller that hangs up, a drain with calls in flight, and a Prometheus
that scrapes it.

Usage: service_test.py service|prometheus SERVICE COMMAND
"""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support import accepts_connections, folder, free_port, installed, platform, running, skip, wait_for



class Service:
    def __init__(self, process):
        self.process = process
        self.port = int(process.stdout.readline().rsplit(":", 1)[1])

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def request(self, method, path, headers=None):
        connection = self.connect()
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response.status, body

    def snapshot(self, sandbox, headers=None):
        status, body = self.request("POST", f"/sandboxes/{sandbox}/snapshots", headers)
        return status, json.loads(body)


@contextlib.contextmanager
def service(program, server, **environment):
    variables = {**os.environ, **server.environment, **environment}
    with running([program], env=variables, stdout=subprocess.PIPE, text=True) as process:
        yield Service(process)


def check_answers(program, command):
    with folder() as path, platform(command, path, "--sandboxes", "4") as server, service(program, server) as target:
        status, body = target.snapshot(server.ids[0])
        assert status == 201 and body["snapshotID"].endswith(":default"), (status, body)
        assert server.made() == {server.ids[0]: 1}
        assert target.snapshot("iaaaaaaaaaaaaaaaaaaaa")[0] == 404
        assert target.snapshot("a%20b")[0] == 400
        assert target.request("GET", f"/sandboxes/{server.ids[0]}/snapshots")[0] == 405
        assert target.request("GET", "/nothing")[0] == 404


def check_hang_up(program, command):
    """The call is cancelled, and the snapshot is made all the same."""
    with folder() as path, platform(command, path, "--sandboxes", "4", "--latency", "1500ms") as server, \
            service(program, server) as target:
        target.snapshot(server.ids[1])  # a connection that the next call finds open
        connection = target.connect()
        connection.request("POST", f"/sandboxes/{server.ids[0]}/snapshots")
        if has_metrics(target):
            leased = 'e2b_connections{state="leased"} 1'
            wait_for(leased, lambda: leased in target.request("GET", "/metrics")[1])
        else:
            time.sleep(0.5)
        connection.close()
        wait_for("the snapshot of a caller that is gone", lambda: server.made()[server.ids[0]] == 1, 20)
        if has_metrics(target):
            expected = 'e2b_calls_total{class="other",error="cancelled",outcome="unknown"} 1'
            wait_for(expected, lambda: expected in target.request("GET", "/metrics")[1], 20)
            late = 'e2b_late_responses_total{outcome="created"} 1'
            wait_for(late, lambda: late in target.request("GET", "/metrics")[1], 20)


def check_drain(program, command):
    """SIGTERM with 20 calls in flight: each has its answer, and then the process ends."""
    with folder() as path, platform(command, path, "--sandboxes", "20", "--latency", "2s") as server, \
            service(program, server) as target:
        answers = []
        idle = target.connect()
        idle.request("GET", "/nothing")
        idle.getresponse().read()
        callers = [threading.Thread(target=lambda sandbox=sandbox: answers.append(target.snapshot(sandbox)))
                   for sandbox in server.ids]
        for caller in callers:
            caller.start()
        time.sleep(1)
        target.process.send_signal(signal.SIGTERM)
        for caller in callers:
            caller.join()
        assert target.process.wait(20) == 0 and target.process.stdout.read().strip() == "drained"
        assert not accepts_connections(target.port)
        assert [status for status, _ in answers] == [201] * 20, answers
        server.check_each_once()


def has_metrics(target):
    return "e2b_connections" in target.request("GET", "/metrics")[1]


def is_ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=10) as response:
            return response.status == 200
    except OSError:  # not yet
        return False


def query(port, expression):
    url = f"http://127.0.0.1:{port}/api/v1/query?query=" + urllib.parse.quote(expression)
    with urllib.request.urlopen(url, timeout=10) as response:
        return json.loads(response.read())["data"]["result"]


def dashboard_expressions():
    dashboard = json.loads((pathlib.Path(__file__).parents[1] / "prometheus/dashboard.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]


def check_prometheus(program, command):
    """A real Prometheus scrapes the service; what the dashboard asks has answers."""
    prometheus = installed("prometheus")
    with folder() as path, platform(command, path, "--sandboxes", "30", "--latency", "50ms", "--fault",
                                    "busy=0.2") as server, service(program, server) as target:
        if not has_metrics(target):
            skip("prometheus-cpp is not installed")
        configuration = (pathlib.Path(__file__).parents[1] / "prometheus/prometheus.yml").read_text()
        assert "127.0.0.1:8080" in configuration
        pathlib.Path(path, "prometheus.yml").write_text(
            configuration.replace("127.0.0.1:8080", f"127.0.0.1:{target.port}").replace("15s", "1s"))
        port = free_port()
        with open(path + "/prometheus.log", "w") as log, running(
                [prometheus, f"--config.file={path}/prometheus.yml", f"--storage.tsdb.path={path}/data",
                 f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"], stdout=log, stderr=log):
            wait_for("Prometheus", lambda: is_ready(port))
            wait_for("its first scrape", lambda: any(row["value"][1] == "1" for row in query(port, "up")))
            for sandbox in server.ids:
                assert target.snapshot(sandbox)[0] == 201
            assert target.snapshot("iaaaaaaaaaaaaaaaaaaaa")[0] == 404
            created = 'sum(e2b_calls_total{outcome="created"})'
            wait_for("30 calls", lambda: [row["value"][1] for row in query(port, created)] == ["30"])
            duration = query(port, 'e2b_call_duration_seconds_count{outcome="created"}')
            assert [row["value"][1] for row in duration] == ["30"], duration
            refused = query(port, 'sum(e2b_attempts_total{class="transient",error="busy"})')
            assert refused and float(refused[0]["value"][1]) > 0, refused
            phases = {row["metric"]["phase"] for row in query(port, "e2b_phase_duration_seconds_count")}
            assert {"pool_wait", "connect", "tls", "write", "first_byte"} <= phases, phases
            states = {row["metric"]["state"] for row in query(port, "e2b_connections")}
            assert states == {"idle", "leased", "dialing"}, states
            # Each of the dashboard's expressions is understood, and names metrics that there are.
            for expression in dashboard_expressions():
                instant = expression.replace("$__rate_interval", "1m").replace("$job", "e2b")
                wait_for(f"an answer to {expression}", lambda: query(port, instant), 20)


def check_service(program, command):
    check_answers(program, command)
    check_hang_up(program, command)
    check_drain(program, command)


if __name__ == "__main__":
    {"service": check_service, "prometheus": check_prometheus}[sys.argv[1]](*sys.argv[2:])
