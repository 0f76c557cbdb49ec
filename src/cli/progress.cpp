#include "cli/progress.hpp"

#include "cli/values.hpp"

namespace e2b::cli {

std::string format_progress(ProgressState const& state) {
    double const seconds = std::chrono::duration<double>(state.elapsed).count();
    auto const done = static_cast<double>(state.done);
    // Of what the source handed out, a part is still in flight.
    double const started = done + static_cast<double>(state.in_flight);
    double const part = state.source_progress && started > 0 ? *state.source_progress * done / started : 0;

    std::string text = std::to_string(state.done) + " done";
    if (state.source_progress)
        text += " (" + std::to_string(static_cast<int>(part * 100)) + " %)";
    text += ", " + std::to_string(state.failed) + " failed, " + std::to_string(state.in_flight);
    text += (state.window > 0 ? " of " + std::to_string(state.window) : "") + " in flight";
    if (seconds > 0)
        text += ", " + format_rate(done / seconds) + "/s";
    if (part > 0) {
        std::chrono::duration<double> const left(seconds * (1 - part) / part);
        text += ", ETA " + format_duration(std::chrono::duration_cast<std::chrono::nanoseconds>(left));
    }
    return text;
}

} // namespace e2b::cli
