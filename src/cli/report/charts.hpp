#pragma once

#include "cli/report/history.hpp"

#include <string>
#include <vector>

namespace e2b::cli {

// Charts of a report in HTML: bars are boxes, lines are SVG that stretches, and their words are HTML, so that
// these have the same size on every screen.

[[nodiscard]] std::string html_escaped(std::string_view text);

// Each outcome's part of all, side by side in one bar.
[[nodiscard]] std::string outcome_bar(Tally const& tally);
[[nodiscard]] std::string latency_chart(std::vector<LatencyBars::Bar> const& bars);
// Snapshots made in a second, and tries that were refused.
[[nodiscard]] std::string rate_chart(Timeline const& timeline);
// How many were in flight, and how many might be.
[[nodiscard]] std::string window_chart(Timeline const& timeline);

} // namespace e2b::cli
