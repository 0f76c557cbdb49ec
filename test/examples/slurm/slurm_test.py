"""Runs fleet.sh: its tasks by hand, and as an array job of a Slurm that is started for it, with two tasks requeued.

Usage: slurm_test.py by-hand|cluster COMMAND
"""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support import accepts_connections, folder, free_port, installed, platform, running, skip, wait_for

SCRIPT = pathlib.Path(__file__).with_name("fleet.sh")
SHARDS = 4  # as the script says


def task_environment(command, server):
    return {**os.environ, **server.environment,
            "PATH": os.path.dirname(os.path.abspath(command)) + ":" + os.environ["PATH"]}


def run_by_hand(command):
    """The whole array twice: the second time there is nothing left to do."""
    with folder() as path, platform(command, path, "--sandboxes", "60") as server:
        for _ in range(2):
            for index in range(SHARDS):
                environment = {**task_environment(command, server), "SLURM_ARRAY_TASK_ID": str(index),
                               "SLURM_ARRAY_TASK_COUNT": str(SHARDS)}
                subprocess.run(["sh", SCRIPT, "ids.txt"], cwd=path, env=environment, check=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            server.check_each_once()


CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
AuthType=auth/munge
# A task that was requeued waits for cred_expire, 120 s by default, before it is started again.
AuthInfo=socket={path}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={path}/state
SlurmdSpoolDir={path}/spool
SlurmctldPidFile={path}/slurmctld.pid
SlurmdPidFile={path}/slurmd.pid
SlurmctldLogFile={path}/slurmctld.log
SlurmdLogFile={path}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
SlurmdParameters=config_overrides
MpiDefault=none
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
KillWait=60
MinJobAge=600
NodeName={host} NodeAddr=127.0.0.1 CPUs={tasks} Boards=1 SocketsPerBoard=1 CoresPerSocket={tasks} ThreadsPerCore=1 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""


class Cluster:
    """munged, slurmctld and slurmd with ports and folders of their own; none of the system's services is touched."""

    def __init__(self, path, stack):
        if os.geteuid() != 0:
            skip("slurmd needs root")
        self.path = path
        self.stack = stack
        self.environment = {**os.environ, "SLURM_CONF": path + "/slurm.conf"}
        munged, slurmctld, slurmd = (installed(name) for name in ("munged", "slurmctld", "slurmd"))
        self.clients = {name: installed(name) for name in ("sbatch", "scontrol", "squeue", "sinfo")}
        for name in ("munge", "state", "spool"):
            os.mkdir(f"{path}/{name}", 0o755)
        with open(path + "/munge/key", "wb", opener=lambda name, flags: os.open(name, flags, 0o400)) as key:
            key.write(os.urandom(128))
        host = socket.gethostname().split(".")[0]
        ports = {"controller_port": free_port(), "node_port": free_port()}
        pathlib.Path(path, "slurm.conf").write_text(CONFIGURATION.format(path=path, host=host, tasks=SHARDS, **ports))
        pathlib.Path(path, "cgroup.conf").write_text("CgroupPlugin=disabled\n" if self.knows_no_cgroup(slurmd) else "")
        # munged and slurmd make pid files and sockets only where nobody else can write.
        self.start("munged", munged, "--foreground", "--force", f"--key-file={path}/munge/key",
                   f"--socket={path}/munge/socket", f"--pid-file={path}/munge/pid", f"--log-file={path}/munge/log",
                   f"--seed-file={path}/munge/seed", "--num-threads=1")
        self.ready("munged", lambda: os.path.exists(path + "/munge/socket"))
        self.start("slurmctld", slurmctld, "-D", "-c")
        self.ready("slurmctld", lambda: accepts_connections(ports["controller_port"]))
        self.start("slurmd", slurmd, "-D", "-c", "-N", host)
        self.ready("slurmd", lambda: "idle" in self.run("sinfo", "--noheader", "--format=%t", check=False))

    @staticmethod
    def knows_no_cgroup(slurmd):
        version = subprocess.run([slurmd, "-V"], capture_output=True, text=True).stdout.split()[-1]
        return tuple(int(part) for part in version.split(".")[:2]) >= (23, 11)

    def start(self, name, *command):
        output = open(f"{self.path}/{name}.out", "w")
        self.stack.enter_context(output)
        process = self.stack.enter_context(
            running(command, env=self.environment, stdout=output, stderr=subprocess.STDOUT))
        setattr(self, name, process)

    def ready(self, name, condition):
        """Where a service does not come up on this system, there is nothing to test; its last words are shown."""
        try:
            wait_for(name, lambda: getattr(self, name).poll() is not None or condition(), 30)
            failed = getattr(self, name).poll() is not None
        except AssertionError:
            failed = True
        if failed:
            words = pathlib.Path(self.path, name + ".out").read_text()
            log = pathlib.Path(self.path, name + ".log")
            if log.exists():
                words += log.read_text()
            skip(f"{name} does not start here: {words[-2000:]}")

    def run(self, name, *arguments, check=True, **options):
        return subprocess.run([self.clients[name], *arguments], env=options.pop("env", self.environment), check=check,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options).stdout

    def states(self, job):
        """The states of the tasks that are not over."""
        return self.run("squeue", "--noheader", "--array", "--format=%t", f"--jobs={job}", check=False).split()

    def restarts(self, job):
        return sum(int(count) for count in re.findall(r"Restarts=(\d+)", self.run("scontrol", "show", "job", job)))


def run_in_a_cluster(command):
    """400 sandboxes in four tasks, two of which are requeued while they are at work."""
    with folder() as path, contextlib.ExitStack() as stack:
        cluster = Cluster(path, stack)
        server = stack.enter_context(platform(command, path, "--sandboxes", "400", "--nodes", "8", "--slots", "4",
                                              "--latency", "300ms", "--latency-spread", "300ms"))
        environment = {**task_environment(command, server), "SLURM_CONF": path + "/slurm.conf"}
        job = cluster.run("sbatch", "--export=ALL", "--parsable", str(SCRIPT), "ids.txt", cwd=path,
                          env=environment).strip()

        wait_for("a quarter of the snapshots", lambda: sum(server.made().values()) >= 100)
        for task in range(2):
            cluster.run("scontrol", "requeue", f"{job}_{task}")
        wait_for("the tasks to be started again", lambda: cluster.restarts(job) >= 2, 120, every=0.5)
        wait_for("the end of the job", lambda: not cluster.states(job), 120, every=0.5)

        server.check_each_once()
        journals = [f"{path}/shard-{index}.jsonl" for index in range(SHARDS)]
        report = subprocess.run([command, "report", *journals], capture_output=True, text=True)
        print(report.stdout, report.stderr, sep="")
        assert report.returncode == 0, "the report does not say that all were created"
        print("400 of 400 sandboxes, each once, with two tasks requeued")


if __name__ == "__main__":
    {"by-hand": run_by_hand, "cluster": run_in_a_cluster}[sys.argv[1]](sys.argv[2])
