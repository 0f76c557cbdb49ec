"""The manifests: valid by the schemas of schema.json, and doing what they say when their containers are run by hand.

Usage: kubernetes_test.py COMMAND
"""

import json
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support import folder, platform, running, skip, wait_for

try:
    import jsonschema
    import yaml
except ImportError as error:
    skip(f"the Python module {error.name} is not installed")

HERE = pathlib.Path(__file__).parent
IMAGE = "e2b-snapshot:0.1"
SCHEMAS = json.loads((HERE / "schema.json").read_text())


def documents(name):
    return list(yaml.safe_load_all((HERE / name).read_text()))


def validator(kind):
    return jsonschema.Draft7Validator({"$ref": f"#/definitions/{kind}", "definitions": SCHEMAS["definitions"]})


def errors_in(document):
    return [f"{document['kind']}: {'/'.join(map(str, error.absolute_path))}: {error.message}"
            for error in validator(document["kind"]).iter_errors(document)]


def check_schemas():
    jsonschema.Draft7Validator.check_schema(SCHEMAS)
    for name in ("volume.yaml", "fleet.yaml", "nightly.yaml", "report.yaml"):
        for document in documents(name):
            errors = errors_in(document)
            assert not errors, f"{name}: {errors}"
            check_pods(name, document)
    # The schemas find what Kubernetes would refuse.
    spoilt = documents("fleet.yaml")[0]
    spoilt["spec"]["template"]["spec"]["containers"][0]["volumeMount"] = []
    spoilt["spec"]["completions"] = "4"
    assert len(errors_in(spoilt)) == 2, errors_in(spoilt)


def job_spec(document):
    spec = document["spec"]
    return spec["jobTemplate"]["spec"] if document["kind"] == "CronJob" else spec


def container(document):
    return job_spec(document)["template"]["spec"]["containers"][0]


def check_pods(name, document):
    """What a schema does not say: parts of a manifest that must agree."""
    if document["kind"] in ("PersistentVolumeClaim", "Pod"):
        return
    spec = job_spec(document)
    pod = spec["template"]["spec"]
    assert container(document)["image"] == IMAGE, name
    volumes = {volume["name"] for volume in pod["volumes"]}
    mounts = {mount["name"] for mount in container(document)["volumeMounts"]}
    assert mounts <= volumes, f"{name}: {mounts} are not all in {volumes}"
    if spec.get("completionMode") != "Indexed":
        return
    completions = next(entry["value"] for entry in container(document)["env"] if entry["name"] == "JOB_COMPLETIONS")
    assert completions == str(spec["completions"]) == str(spec["parallelism"]), name
    rules = {rule["action"]: rule for rule in spec["podFailurePolicy"]["rules"]}
    assert rules["FailJob"]["onExitCodes"]["containerName"] == container(document)["name"], name
    # With a policy of failures Kubernetes takes these two only.
    assert pod["restartPolicy"] == "Never" and spec["podReplacementPolicy"] == "Failed", name
    assert pod["terminationGracePeriodSeconds"] > 90, f"{name}: a pod is killed while its snapshots are made"


class Cluster:
    """Runs a manifest's container as its pods would be run, with the volume in a folder."""

    def __init__(self, path, server, document):
        self.path = path
        self.server = server
        self.document = document

    def pod(self, index=0):
        text = [argument.replace("/fleet/", self.path + "/") for argument in container(self.document)["args"]]
        environment = {**os.environ, **self.server.environment, "JOB_COMPLETION_INDEX": str(index), "RUN": "night-1"}
        environment["PATH"] = os.path.dirname(os.path.abspath(self.server.command)) + ":" + environment["PATH"]
        for entry in container(self.document).get("env", []):
            if "value" in entry:
                environment[entry["name"]] = entry["value"]
        return [*container(self.document)["command"], *text], environment

    def run(self, index=0, expected=0):
        command, environment = self.pod(index)
        done = subprocess.run(command, env=environment, text=True, capture_output=True)
        assert done.returncode == expected, f"pod {index} ended with {done.returncode}: {done.stderr}"
        return done.stdout + done.stderr

    def evict(self, index):
        """Starts a pod and evicts it while it has made some of its snapshots and waits for others."""
        command, environment = self.pod(index)
        with running(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as pod:
            wait_for("the first snapshots", lambda: len(self.server.made()) >= 5 or pod.poll() is not None)
            pod.send_signal(signal.SIGTERM)
            words = pod.communicate(timeout=60)[1]
            assert pod.returncode == 130, f"the evicted pod ended with {pod.returncode}: {words}"


def check_fleet(command):
    """All shards, the first of which is evicted and started again; then the whole Job again; then the report."""
    job = documents("fleet.yaml")[0]
    with folder() as path, platform(command, path, "--sandboxes", "120", "--nodes", "4", "--slots", "2",
                                    "--latency", "300ms") as server:
        cluster = Cluster(path, server, job)
        cluster.evict(0)
        assert len(server.made()) < 120 / 4, "the pod was evicted too late"
        for _ in range(2):
            for index in range(job["spec"]["completions"]):
                cluster.run(index)
            server.check_each_once()
        report = Cluster(path, server, documents("report.yaml")[0]).run()
        assert "120 created, 0 rejected, 0 not_sent, 0 unknown" in report, report
        assert len(list(pathlib.Path(path).glob("journal-*.jsonl"))) == job["spec"]["completions"]


def check_nightly(command):
    """By the platform's own list; the simulator's sandboxes are running, and none has the metadata."""
    job = documents("nightly.yaml")[0]
    with folder() as path, platform(command, path, "--sandboxes", "40") as server:
        cluster = Cluster(path, server, job)
        arguments = container(job)["args"]
        assert "--metadata tier=gold" in arguments[0]
        cluster.run()
        assert not server.made()
        arguments[0] = arguments[0].replace("--metadata tier=gold", "")
        for index in range(job_spec(job)["completions"]):
            cluster.run(index)
        server.check_each_once()


if __name__ == "__main__":
    check_schemas()
    check_fleet(sys.argv[1])
    check_nightly(sys.argv[1])
