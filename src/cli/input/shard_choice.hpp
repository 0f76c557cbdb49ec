#pragma once

#include <e2b/shard.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace e2b::cli {

// `I/N`. Throws std::invalid_argument saying what is allowed.
FleetShard parse_shard(std::string_view text);
std::string format_shard(FleetShard const& shard);

// What the scheduler that started this process says: Kubernetes' JOB_COMPLETION_INDEX with JOB_COMPLETIONS,
// or Slurm's SLURM_ARRAY_TASK_ID with _COUNT, and _MIN and _STEP where the array does not count 0, 1, 2.
// Nothing without; throws UsageError where the variables do not fit together.
struct ScheduledShard {
    FleetShard shard;
    std::string source; // the variable
};
std::optional<ScheduledShard>
scheduled_shard(std::function<std::optional<std::string>(char const*)> const& variable);

} // namespace e2b::cli
