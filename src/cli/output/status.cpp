#include "cli/output/status.hpp"

#include "cli/basics/values.hpp"
#include "cli/output/record.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace e2b::cli {
namespace {

double seconds_of(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

double average_rate(Tally const& tally, RunState const& state) {
    auto const seconds = seconds_of(state.elapsed);
    return seconds > 0 ? static_cast<double>(tally.count(Outcome::created)) / seconds : 0;
}

// How long the rest takes at the rate of all that was done; nothing while nothing gets through.
std::optional<std::chrono::nanoseconds> time_left(Tally const& tally, RunState const& state) {
    auto const part = part_done(tally, state);
    bool const stands_still = tally.count(Outcome::created) > 0 && state.rate <= 0;
    if (!part || *part <= 0 || stands_still || !state.outage.empty())
        return std::nullopt;
    std::chrono::duration<double> const left(seconds_of(state.elapsed) * (1 - *part) / *part);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(left);
}

std::string percent_of(double part) {
    return std::to_string(static_cast<int>(part * 100)) + " %";
}

std::string plural(std::uint64_t count, char const* one, char const* many) {
    return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

std::string in_flight_text(RunState const& state) {
    return std::to_string(state.in_flight) + (state.window > 0 ? " of " + std::to_string(state.window) : "") +
           " in flight";
}

std::string busy_text(RunState const& state) {
    return plural(state.waiting_busy, "waits for a busy node", "wait for busy nodes");
}

std::string asked_text(RunState const& state) {
    return plural(state.asked, "is being found out", "are being found out");
}

// Texts side by side, as many from the first on as there is room for.
std::string fitted(std::vector<std::string> const& parts, std::string const& between, std::size_t columns) {
    std::string text;
    for (auto const& part : parts) {
        auto const size = text.size() + (text.empty() ? 0 : between.size()) + part.size();
        if (part.empty() || size > columns)
            continue;
        text += (text.empty() ? "" : between) + part;
    }
    return text;
}

std::string format_bar(double part, std::size_t width) {
    auto const filled = static_cast<std::size_t>(part * static_cast<double>(width));
    return '[' + std::string(filled, '#') + std::string(width - filled, '-') + ']';
}

// `[####------] 41 %  ETA 1.20 s`, with a bar where there is room for one.
std::string format_first_line(Tally const& tally, RunState const& state, std::size_t columns) {
    auto const part = part_done(tally, state);
    auto const done = std::to_string(tally.done()) + " done";
    if (!part)
        return fitted({done}, "", columns);
    auto const left = time_left(tally, state);
    auto const text =
        fitted({percent_of(*part), left ? "ETA " + format_duration(*left) : "", done}, "  ", columns);
    constexpr std::size_t least_bar = 10;
    constexpr std::size_t widest_bar = 60;
    auto const room = columns > text.size() + 4 ? columns - text.size() - 4 : 0;
    return room < least_bar ? text : format_bar(*part, std::min(room, widest_bar)) + "  " + text;
}

// The counts by outcome: of those that did not happen, only where there is room. Colours take no room.
std::string format_outcomes(Tally const& tally, std::size_t columns, bool in_colour) {
    std::string text;
    std::size_t size = 0;
    for (auto const outcome : all_outcomes) {
        auto const count = tally.count(outcome);
        auto const part = std::to_string(count) + ' ' + std::string(to_string(outcome));
        auto const gap = size == 0 ? std::size_t{0} : std::size_t{2};
        if (size + gap + part.size() > columns || (count == 0 && columns < 60 && outcome != Outcome::created))
            continue;
        text += std::string(gap, ' ');
        bool const coloured = in_colour && count > 0;
        text += coloured ? std::string(colour_of(outcome)) + part + std::string(end_of_colour) : part;
        size += gap + part.size();
    }
    return text;
}

} // namespace

std::optional<double> part_done(Tally const& tally, RunState const& state) {
    // Of what the list handed out, a part is still held.
    auto const done = static_cast<double>(tally.done());
    auto const taken = done + static_cast<double>(state.in_flight + state.held + state.asked);
    if (!state.list_part)
        return std::nullopt;
    return taken > 0 ? *state.list_part * done / taken : 0;
}

std::vector<std::string> format_status(Tally const& tally, RunState const& state, std::size_t columns,
                                       bool in_colour) {
    std::vector<std::string> lines{format_first_line(tally, state, columns),
                                   format_outcomes(tally, columns, in_colour)};
    lines.push_back(fitted({in_flight_text(state), state.waiting_busy > 0 ? busy_text(state) : "",
                            state.asked > 0 ? asked_text(state) : "",
                            state.refused > 0 ? std::to_string(state.refused) + " refused" : ""},
                           "  ", columns));
    auto const average = average_rate(tally, state);
    lines.push_back(fitted({format_rate(state.rate) + "/s now", format_rate(average) + "/s on average",
                            "elapsed " + format_duration(state.elapsed)},
                           "  ", columns));
    if (!state.outage.empty())
        lines.push_back(state.outage.substr(0, columns));
    return lines;
}

std::string format_progress(Tally const& tally, RunState const& state) {
    std::vector<std::string> parts;
    if (auto const part = part_done(tally, state))
        parts.push_back(percent_of(*part));
    for (auto const outcome : all_outcomes) {
        if (auto const count = tally.count(outcome); count > 0 || outcome == Outcome::created)
            parts.push_back(std::to_string(count) + ' ' + std::string(to_string(outcome)));
    }
    parts.push_back(in_flight_text(state));
    if (state.waiting_busy > 0)
        parts.push_back(busy_text(state));
    if (state.asked > 0)
        parts.push_back(asked_text(state));
    if (state.elapsed.count() > 0)
        parts.push_back(format_rate(state.rate) + "/s");
    if (auto const left = time_left(tally, state))
        parts.push_back("ETA " + format_duration(*left));
    parts.push_back(state.outage);
    return fitted(parts, ", ", std::string::npos);
}

} // namespace e2b::cli
