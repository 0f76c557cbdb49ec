#include "cli/input/shard_choice.hpp"

#include "cli/basics/usage_error.hpp"

#include <charconv>
#include <cstddef>
#include <stdexcept>

namespace e2b::cli {
namespace {

using Variables = std::function<std::optional<std::string>(char const*)>;

std::optional<std::size_t> parse_number(std::string_view text) {
    std::size_t number = 0;
    auto const [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || rest != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::size_t read_number(Variables const& variable, char const* name,
                        std::optional<std::size_t> otherwise = std::nullopt) {
    auto const text = variable(name);
    if (!text && otherwise)
        return *otherwise;
    auto const number = text ? parse_number(*text) : std::nullopt;
    if (!number)
        throw UsageError(std::string(name) + ": " +
                         (text ? "'" + *text + "' is not a number" : "is needed to know this shard") +
                         "; or give --shard I/N");
    return *number;
}

ScheduledShard checked(std::size_t index, std::size_t count, char const* source) {
    if (index >= count)
        throw UsageError(std::string(source) + ": there is no shard " + std::to_string(index) + " of " +
                         std::to_string(count));
    return {{index, count}, source};
}

} // namespace

FleetShard parse_shard(std::string_view text) {
    auto const slash = text.find('/');
    auto const index = parse_number(text.substr(0, slash));
    auto const count = slash == std::string_view::npos ? std::nullopt : parse_number(text.substr(slash + 1));
    if (!index || !count || *index >= *count)
        throw std::invalid_argument("'" + std::string(text) +
                                    "' is not a shard: I/N with I from 0 to N-1, such as 0/4");
    return {*index, *count};
}

std::string format_shard(FleetShard const& shard) {
    return std::to_string(shard.index) + '/' + std::to_string(shard.count);
}

std::optional<ScheduledShard> scheduled_shard(Variables const& variable) {
    if (variable("JOB_COMPLETION_INDEX"))
        return checked(read_number(variable, "JOB_COMPLETION_INDEX"),
                       read_number(variable, "JOB_COMPLETIONS"), "JOB_COMPLETION_INDEX");
    if (!variable("SLURM_ARRAY_TASK_ID"))
        return std::nullopt;
    auto const id = read_number(variable, "SLURM_ARRAY_TASK_ID");
    auto const least = read_number(variable, "SLURM_ARRAY_TASK_MIN", 0);
    auto const step = read_number(variable, "SLURM_ARRAY_TASK_STEP", 1);
    auto const count = read_number(variable, "SLURM_ARRAY_TASK_COUNT");
    if (id < least || step == 0 || (id - least) % step != 0)
        throw UsageError("SLURM_ARRAY_TASK_ID: " + std::to_string(id) + " is not in the array");
    return checked((id - least) / step, count, "SLURM_ARRAY_TASK_ID");
}

} // namespace e2b::cli
