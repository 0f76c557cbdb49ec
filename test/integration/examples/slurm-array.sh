#!/bin/sh
# A fleet in four shards: sbatch --export=ALL slurm-array.sh ids.txt
#SBATCH --job-name=snapshot-fleet
#SBATCH --array=0-3
set -eu
exec e2b-snapshot bulk "$1" --journal "shard-$SLURM_ARRAY_TASK_ID.jsonl" --resume --reconcile
