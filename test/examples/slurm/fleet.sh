#!/bin/sh
# A fleet in four shards, as an array job: sbatch --export=ALL fleet.sh ids.txt
#
# A task that is preempted or requeued gets SIGTERM, waits for the snapshots that it has asked for, and resumes its journal
# when it is started again. Slurm kills it where that takes longer than KillWait (30 s by default) or GraceTime: set 120 s.
# The platform counts requests by address: where all nodes share one, add --rate 150, a quarter of what it takes.
#SBATCH --job-name=snapshot-fleet
#SBATCH --array=0-3
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
set -eu
exec e2b-snapshot bulk "$1" --journal "shard-$SLURM_ARRAY_TASK_ID.jsonl" --resume --reconcile --output json
