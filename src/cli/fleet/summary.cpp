#include "cli/fleet/summary.hpp"

#include "cli/basics/values.hpp"

namespace e2b::cli {
namespace {

std::string format_outcomes(Tally const& tally) {
    std::string text;
    for (auto const outcome : all_outcomes) {
        if (!text.empty())
            text += ", ";
        text += std::to_string(tally.count(outcome)) + ' ';
        text += to_string(outcome);
    }
    return text;
}

std::string format_errors(Tally const& tally) {
    std::string text;
    for (auto const& [error, count] : tally.errors()) {
        if (!text.empty())
            text += ", ";
        text += std::to_string(count) + ' ';
        text += to_string(error);
    }
    return text;
}

std::string format_latency(Histogram const& latency) {
    return "p50 " + format_duration(latency.percentile(50)) + ", p90 " +
           format_duration(latency.percentile(90)) + ", p99 " + format_duration(latency.percentile(99)) +
           ", max " + format_duration(latency.max());
}

} // namespace

std::string format_outcome_summary(Tally const& tally) {
    std::string text = "outcomes     " + format_outcomes(tally) + '\n';
    if (!tally.errors().empty())
        text += "errors       " + format_errors(tally) + '\n';
    if (tally.latency().count() > 0)
        text += "latency      " + format_latency(tally.latency()) + '\n';
    return text;
}

std::string format_left_out(FleetPlan::Counts const& counts, std::uint64_t unanswered) {
    std::string text;
    auto const add = [&text](std::uint64_t count, char const* what) {
        if (count > 0)
            text += (text.empty() ? "" : ", ") + std::to_string(count) + what;
    };
    add(counts.created_before, " created before");
    add(counts.failed_before, " failed before");
    add(unanswered, " without an answer before");
    add(counts.of_other_shards, " of other shards");
    add(counts.repeated, " listed before (--unique)");
    return text.empty() ? text : "left out     " + text + '\n';
}

std::string format_repeated(FleetPlan::Counts const& counts) {
    if (counts.listed_again == 0)
        return "";
    auto const plural = [](std::uint64_t count, char const* one, char const* many) {
        return std::to_string(count) + (count == 1 ? one : many);
    };
    auto const what = counts.repeated > 0 ? std::string("each was snapshotted once\n")
                                          : "each line is a snapshot; --unique makes one of each sandbox\n";
    return "repeated     " + plural(counts.listed_again, " sandbox was", " sandboxes were") +
           " listed more than once, by " +
           plural(counts.further_lines, " further line: ", " further lines: ") + what;
}

std::string format_summary(Tally const& tally, FleetPlan::Counts const& counts, ClientStats const& stats,
                           std::chrono::nanoseconds elapsed) {
    std::string text = format_outcome_summary(tally);
    text += "attempts     " + std::to_string(counts.attempts) + ", of which " +
            std::to_string(counts.retries) + (counts.retries == 1 ? " retry\n" : " retries\n");
    text += "connections  " + std::to_string(stats.connections_opened) + " opened, " +
            std::to_string(stats.dials_failed) + " failed\n";

    double const seconds = std::chrono::duration<double>(elapsed).count();
    double const rate = seconds > 0 ? static_cast<double>(tally.done()) / seconds : 0;
    text += std::to_string(tally.count(Outcome::created)) + " of " + std::to_string(tally.done()) +
            " created in " + format_duration(elapsed) + " (" + format_rate(rate) + "/s)\n";
    return text;
}

} // namespace e2b::cli
