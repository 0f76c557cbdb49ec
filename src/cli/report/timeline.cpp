#include "cli/report/timeline.hpp"

#include <algorithm>
#include <array>

namespace e2b::cli {
namespace {

constexpr std::int64_t least_pause = 600; // tenths

// The least width of a column, in tenths of a second, of which `most` hold all.
std::int64_t width_for(std::int64_t length, std::size_t most) {
    constexpr std::array<std::int64_t, 13> widths{1,   2,   5,   10,   20,   50,    100,
                                                  200, 300, 600, 3000, 6000, 36'000};
    for (auto const width : widths) {
        if (length <= width * static_cast<std::int64_t>(most))
            return width;
    }
    return (length + static_cast<std::int64_t>(most) - 1) / static_cast<std::int64_t>(most);
}

// Where each tenth is once the pauses are left out, and where these were.
struct Layout {
    std::vector<std::int64_t> positions;
    std::vector<std::pair<std::int64_t, std::int64_t>> pauses; // position and length
};

Layout lay_out(std::map<std::int64_t, TimeCounts::Counts> const& tenths) {
    Layout layout;
    std::int64_t position = 0;
    std::int64_t before = 0;
    for (auto const& [tenth, counts] : tenths) {
        auto const gap = layout.positions.empty() ? 0 : tenth - before;
        if (gap > least_pause)
            layout.pauses.emplace_back(position + 1, gap);
        position += gap > least_pause ? 2 : gap;
        layout.positions.push_back(position);
        before = tenth;
    }
    return layout;
}

} // namespace

TimeCounts::Counts& TimeCounts::at_tenth(Time at) {
    return tenths_[std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count() /
                   100];
}

void TimeCounts::progress(Time at, std::uint64_t in_flight, std::uint64_t window) {
    auto& counts = at_tenth(at);
    counts.has_progress = true;
    counts.in_flight = in_flight;
    counts.window = window;
}

Timeline make_timeline(TimeCounts const& counts, std::size_t most_columns) {
    Timeline timeline;
    auto const layout = lay_out(counts.tenths());
    if (layout.positions.empty())
        return timeline;
    auto const length = layout.positions.back() + 1;
    auto const width = width_for(length, most_columns);
    timeline.length = std::chrono::milliseconds(length * 100);
    timeline.columns.resize(static_cast<std::size_t>((length + width - 1) / width));
    std::vector<bool> is_known(timeline.columns.size());
    auto const seconds = static_cast<double>(width) / 10;
    std::size_t i = 0;
    for (auto const& [tenth, each] : counts.tenths()) {
        auto const at = static_cast<std::size_t>(layout.positions[i++] / width);
        auto& column = timeline.columns[at];
        column.created += static_cast<double>(each.created) / seconds;
        column.refused += static_cast<double>(each.refused) / seconds;
        if (!each.has_progress)
            continue;
        column.in_flight = std::max(column.in_flight, static_cast<double>(each.in_flight));
        column.window = static_cast<double>(each.window);
        is_known[at] = true;
    }
    // What was not noted stays as it was.
    for (std::size_t at = 1; at < timeline.columns.size(); ++at) {
        if (is_known[at])
            continue;
        timeline.columns[at].in_flight = timeline.columns[at - 1].in_flight;
        timeline.columns[at].window = timeline.columns[at - 1].window;
    }
    auto const whole = static_cast<double>(timeline.columns.size() * static_cast<std::size_t>(width));
    for (auto const& [position, gap] : layout.pauses)
        timeline.pauses.push_back({static_cast<double>(position) / whole, std::chrono::seconds(gap / 10)});
    return timeline;
}

} // namespace e2b::cli
