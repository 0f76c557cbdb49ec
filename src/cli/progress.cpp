#include "cli/progress.hpp"

#include "cli/values.hpp"

#include <algorithm>
#include <array>

namespace e2b::cli {
namespace {

// In the order in which they are shown.
enum Part : std::size_t { percent, outcomes, in_flight, waiting, rate, time_left, outage };
using Parts = std::array<std::string, 7>;

std::string joined(Parts const& parts) {
    std::string text;
    for (auto const& part : parts) {
        if (!part.empty())
            text += (text.empty() ? "" : ", ") + part;
    }
    return text;
}

// What was created, and what else there was.
std::string format_outcomes(Tally const& tally) {
    std::string text = std::to_string(tally.count(Outcome::created)) + " created";
    for (auto const outcome : {Outcome::rejected, Outcome::not_sent, Outcome::unknown}) {
        if (auto const count = tally.count(outcome); count > 0)
            text += ", " + std::to_string(count) + ' ' + std::string(to_string(outcome));
    }
    return text;
}

} // namespace

std::string format_progress(Tally const& tally, ProgressState const& state, std::size_t columns) {
    double const seconds = std::chrono::duration<double>(state.elapsed).count();
    auto const done = static_cast<double>(tally.done());
    // Of what the source handed out, a part is still held.
    double const started = done + static_cast<double>(state.in_flight + state.held);
    double const part = state.source_progress && started > 0 ? *state.source_progress * done / started : 0;

    Parts parts;
    if (state.source_progress)
        parts[percent] = std::to_string(static_cast<int>(part * 100)) + " %";
    parts[outcomes] = format_outcomes(tally);
    parts[in_flight] = std::to_string(state.in_flight) +
                       (state.window > 0 ? " of " + std::to_string(state.window) : "") + " in flight";
    if (state.waiting_for_node > 0)
        parts[waiting] = std::to_string(state.waiting_for_node) +
                         (state.waiting_for_node == 1 ? " waits for a busy node" : " wait for a busy node");
    if (seconds > 0)
        parts[rate] = format_rate(state.rate.value_or(done / seconds)) + "/s";
    parts[outage] = state.outage;
    if (part > 0 && state.outage.empty()) {
        std::chrono::duration<double> const left(seconds * (1 - part) / part);
        parts[time_left] =
            "ETA " + format_duration(std::chrono::duration_cast<std::chrono::nanoseconds>(left));
    }
    for (auto const dispensable : {rate, percent, waiting, in_flight, time_left}) {
        if (joined(parts).size() > columns)
            parts[dispensable].clear();
    }
    return joined(parts).substr(0, columns);
}

} // namespace e2b::cli
