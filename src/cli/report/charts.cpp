#include "cli/report/charts.hpp"

#include "cli/basics/values.hpp"

#include <e2b/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace e2b::cli {
namespace {

std::string number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f", value);
    return text.data();
}

std::string percent(double part) {
    return number(part * 100) + '%';
}

// The least round number that is not less.
double rounded_up(double value) {
    if (value <= 0)
        return 1;
    auto const power = std::pow(10.0, std::floor(std::log10(value)));
    for (double const factor : {1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0}) {
        if (value <= factor * power * 1.0000001)
            return factor * power;
    }
    return 10 * power;
}

std::string label_of(double value) {
    return value >= 10 || value == std::floor(value) ? std::to_string(std::llround(value)) : number(value);
}

// The frame of a chart: its drawing, the values at the left and what stands below.
std::string framed(std::string const& drawing, double top, std::string const& below) {
    return "<div class=\"chart\"><div class=\"scale\"><span>" + label_of(top) + "</span><span>" +
           label_of(top / 2) + "</span><span>0</span></div><div class=\"plot\">" + drawing + "</div>" +
           "<div class=\"below\">" + below + "</div></div>\n";
}

std::string time_labels(Timeline const& timeline) {
    std::string text;
    for (int quarter = 0; quarter <= 4; ++quarter)
        text += "<span>" + (quarter == 0 ? "0" : format_duration(timeline.length * quarter / 4)) + "</span>";
    return text;
}

std::string pauses_of(Timeline const& timeline) {
    std::string text;
    for (auto const& pause : timeline.pauses)
        text += "<i class=\"pause\" style=\"left:" + percent(pause.at) + "\" title=\"nothing ran for " +
                format_duration(pause.length) + "\"></i>";
    return text;
}

std::string legend(std::vector<std::pair<std::string, std::string>> const& entries) {
    std::string text = "<p class=\"legend\">";
    for (auto const& [style, name] : entries)
        text += "<span><i class=\"" + style + "\"></i>" + name + "</span> ";
    return text + "</p>\n";
}

double greatest(Timeline const& timeline, double Timeline::Column::* one, double Timeline::Column::* other) {
    double result = 0;
    for (auto const& column : timeline.columns)
        result = std::max({result, column.*one, column.*other});
    return result;
}

// Steps, as what was noted stays until something else was.
std::string steps(Timeline const& timeline, double Timeline::Column::* value, double top,
                  std::string const& style) {
    std::string points;
    auto const width = 1000.0 / static_cast<double>(timeline.columns.size());
    for (std::size_t i = 0; i < timeline.columns.size(); ++i) {
        auto const y = number(100 - timeline.columns[i].*value / top * 100);
        points += number(static_cast<double>(i) * width) + ',' + y + ' ' +
                  number(static_cast<double>(i + 1) * width) + ',' + y + ' ';
    }
    return "<polyline class=\"" + style + "\" points=\"" + points + "\"/>";
}

} // namespace

std::string html_escaped(std::string_view text) {
    std::string result;
    for (char const c : printable(text)) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

std::string outcome_bar(Tally const& tally) {
    std::string text = "<div class=\"whole\">";
    for (auto const outcome : all_outcomes) {
        auto const count = tally.count(outcome);
        if (count == 0)
            continue;
        auto const part = static_cast<double>(count) / static_cast<double>(tally.done());
        auto const name = std::string(to_string(outcome));
        text += "<i class=\"" + name + "\" style=\"flex-grow:" + number(part * 1000) + "\" title=\"" +
                std::to_string(count) + ' ' + name + "\"></i>";
    }
    return text + "</div>\n";
}

std::string latency_chart(std::vector<LatencyBars::Bar> const& bars) {
    std::uint64_t most = 0;
    for (auto const& bar : bars)
        most = std::max(most, bar.count);
    auto const top = rounded_up(static_cast<double>(most));
    std::string drawing = "<div class=\"bars\">";
    for (auto const& bar : bars) {
        auto const what = format_duration(bar.from) + " to " + format_duration(bar.to) + ": " +
                          std::to_string(bar.count) + (bar.count == 1 ? " snapshot" : " snapshots");
        drawing += "<div title=\"" + what +
                   "\"><i class=\"created\" style=\"height:" + percent(static_cast<double>(bar.count) / top) +
                   "\"></i></div>";
    }
    drawing += "</div>";
    std::string below;
    auto const last = bars.size();
    auto const labels = std::min<std::size_t>(last, 4);
    for (std::size_t i = 0; i <= labels; ++i) {
        auto const at = last * i / labels;
        below += "<span>" + format_duration(at < last ? bars[at].from : bars[last - 1].to) + "</span>";
    }
    return framed(drawing, top, below);
}

std::string rate_chart(Timeline const& timeline) {
    double most = 0;
    for (auto const& column : timeline.columns)
        most = std::max(most, column.created + column.refused);
    auto const top = rounded_up(most);
    std::string drawing = "<div class=\"bars tight\">";
    for (auto const& column : timeline.columns) {
        drawing += "<div title=\"" + format_rate(column.created) + " made, " + format_rate(column.refused) +
                   " refused a second\">";
        if (column.refused > 0)
            drawing += "<i class=\"refused\" style=\"height:" + percent(column.refused / top) + "\"></i>";
        drawing += "<i class=\"created\" style=\"height:" + percent(column.created / top) + "\"></i></div>";
    }
    drawing += "</div>" + pauses_of(timeline);
    return legend({{"created", "made a second"}, {"refused", "refused a second (busy, rate limit)"}}) +
           framed(drawing, top, time_labels(timeline));
}

std::string window_chart(Timeline const& timeline) {
    using Column = Timeline::Column;
    auto const top = rounded_up(greatest(timeline, &Column::window, &Column::in_flight));
    auto const drawing =
        "<svg viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"window and "
        "snapshots in flight over time\">" +
        steps(timeline, &Column::in_flight, top, "flight") + steps(timeline, &Column::window, top, "limit") +
        "</svg>" + pauses_of(timeline);
    return legend({{"limit", "window: may be in flight"}, {"flight", "in flight"}}) +
           framed(drawing, top, time_labels(timeline));
}

} // namespace e2b::cli
