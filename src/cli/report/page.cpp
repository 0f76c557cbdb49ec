#include "cli/report/page.hpp"

#include "cli/basics/timestamp.hpp"
#include "cli/basics/values.hpp"
#include "cli/input/shard_choice.hpp"
#include "cli/options/versions.hpp"
#include "cli/report/charts.hpp"
#include "cli/report/page_style.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace e2b::cli {
namespace {

constexpr std::size_t columns_over_time = 120;
constexpr std::size_t shown_failures = 10; // without a click

constexpr char const* meaning(Outcome outcome) {
    switch (outcome) {
    case Outcome::created:
        return "the snapshot exists";
    case Outcome::succeeded:
        return "done";
    case Outcome::rejected:
        return "refused: no snapshot was made";
    case Outcome::not_sent:
        return "never reached the platform";
    case Outcome::unknown:
        break;
    }
    return "a snapshot may exist";
}

// 1234567 as 1,234,567.
std::string grouped(std::uint64_t value) {
    auto text = std::to_string(value);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
        text.insert(static_cast<std::size_t>(at), 1, ',');
    return text;
}

std::string counted(std::uint64_t count, char const* one, char const* many) {
    return grouped(count) + ' ' + (count == 1 ? one : many);
}

// `2026-11-26 13:50:21 UTC`
std::string moment(std::chrono::system_clock::time_point at) {
    auto text = format_time(at).substr(0, 19);
    text[10] = ' ';
    return text + " UTC";
}

std::string percent_of(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0)
        return "";
    std::array<char, 16> text{};
    auto const percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
    std::snprintf(text.data(), text.size(), percent < 10 && part > 0 ? "%.1f %%" : "%.0f %%", percent);
    return text.data();
}

std::string section(std::string const& heading, std::string const& content) {
    return "<section><h2>" + heading + "</h2>\n" + content + "</section>\n";
}

// A table whose cells are HTML; columns of numbers are aligned to the right.
class Table {
public:
    struct Column {
        std::string heading;
        std::string style = "";
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {
        text_ = "<div class=\"scroll\"><table><thead><tr>";
        for (auto const& column : columns_)
            text_ += "<th" + style_of(column) + '>' + column.heading + "</th>";
        text_ += "</tr></thead><tbody>\n";
    }
    void row(std::vector<std::string> const& cells) {
        text_ += "<tr>";
        for (std::size_t i = 0; i < cells.size(); ++i)
            text_ += "<td" + style_of(columns_[i]) + " data-name=\"" + columns_[i].heading + "\">" +
                     cells[i] + "</td>";
        text_ += "</tr>\n";
    }
    [[nodiscard]] std::string text() const { return text_ + "</tbody></table></div>\n"; }

private:
    static std::string style_of(Column const& column) {
        return column.style.empty() ? "" : " class=\"" + column.style + '"';
    }

    std::vector<Column> columns_;
    std::string text_;
};

std::string badge(Outcome outcome) {
    auto const name = std::string(to_string(outcome));
    return "<span class=\"badge " + name + "\">" + name + "</span>";
}

std::string code(std::string const& text) {
    return "<code>" + html_escaped(text) + "</code>";
}

// ---- The parts

std::string subtitle(History const& history, Timeline const& timeline) {
    std::vector<std::string> parts;
    if (!history.runs().empty()) {
        auto const& run = history.runs().front().run;
        parts.push_back("run " + code(run.id));
        parts.push_back("began " + moment(run.began));
    }
    auto const seconds = std::chrono::duration<double>(timeline.length).count();
    if (seconds > 0) {
        parts.push_back("took " + format_duration(timeline.length));
        parts.push_back(format_rate(static_cast<double>(history.tally().count(Outcome::created)) / seconds) +
                        " made a second");
    }
    parts.push_back(counted(history.attempts(), "attempt", "attempts"));
    if (history.refused() > 0)
        parts.push_back(counted(history.refused(), "refusal", "refusals") + " for want of room");
    std::string text;
    for (auto const& part : parts)
        text += (text.empty() ? "" : " · ") + part;
    return text;
}

std::string outcome_cards(Tally const& tally) {
    std::string text = "<div class=\"cards\">\n";
    for (auto const outcome : all_outcomes) {
        auto const count = tally.count(outcome);
        text += "<div class=\"card " + std::string(count > 0 ? to_string(outcome) : "none") + "\"><b>" +
                grouped(count) + "</b> <span class=\"name\">" + std::string(to_string(outcome)) +
                "</span> <span class=\"part\">" + percent_of(count, tally.done()) + "</span><small>" +
                meaning(outcome) + "</small></div>\n";
    }
    return text + "</div>\n" + outcome_bar(tally);
}

std::string failure_classes(History const& history) {
    Table table({{"Class"}, {"Items", "number"}, {"Part", "number"}, {"What it says", "long"}});
    std::vector<std::pair<Errc, History::Class>> sorted(history.classes().begin(), history.classes().end());
    std::ranges::sort(
        sorted, [](auto const& one, auto const& other) { return one.second.count > other.second.count; });
    for (auto const& [error, of_class] : sorted)
        table.row({code(std::string(to_string(error))), grouped(of_class.count),
                   percent_of(of_class.count, history.tally().failed()), html_escaped(of_class.example)});
    return table.text();
}

Errc class_of(Record const& record) {
    return record.error ? record.error->code : Errc();
}

// The most frequent class first, and within a class as they came.
std::vector<Record> sorted_failures(History const& history) {
    std::multimap<std::pair<std::uint64_t, Errc>, Record const*, std::greater<>> by_class;
    for (auto const& failure : history.failures()) {
        auto const error = class_of(failure);
        by_class.emplace(std::pair(history.classes().at(error).count, error), &failure);
    }
    std::vector<Record> sorted;
    for (auto const& [rank, failure] : by_class)
        sorted.push_back(*failure);
    return sorted;
}

std::string failed_sandboxes(std::span<Record const> failures) {
    Table table({{"Sandbox"},
                 {"Outcome"},
                 {"Class"},
                 {"Status", "number"},
                 {"Attempts", "number"},
                 {"Message", "long"}});
    for (auto const& record : failures) {
        auto who =
            record.sandbox_id.empty() ? "line " + std::to_string(record.line) : code(record.sandbox_id);
        if (record.name)
            who += ' ' + html_escaped(*record.name);
        auto const error = record.error.value_or(Record::Error());
        table.row({who, badge(record.outcome), code(std::string(to_string(error.code))),
                   record.http_status > 0 ? std::to_string(record.http_status) : "", grouped(record.attempts),
                   html_escaped(error.message)});
    }
    return table.text();
}

std::string failed_sandboxes(History const& history) {
    auto const failures = sorted_failures(history);
    auto const kept = failures.size();
    auto const open = std::min(kept, kept > shown_failures + 5 ? shown_failures : kept);
    auto text = failed_sandboxes({failures.data(), open});
    if (kept > open)
        text += "<details><summary>" + grouped(kept - open) + " more</summary>\n" +
                failed_sandboxes({failures.data() + open, kept - open}) + "</details>\n";
    if (history.tally().failed() > kept)
        text += "<p class=\"note\">The first " + grouped(kept) + " of " + grouped(history.tally().failed()) +
                "; e2b-snapshot report --only prints all of a journal.</p>\n";
    return text;
}

std::string latency(History const& history) {
    auto const& latency = history.tally().latency();
    std::string text = "<p class=\"figures\">";
    for (auto const& [name, percent] :
         {std::pair{"median", 50.0}, std::pair{"p90", 90.0}, std::pair{"p99", 99.0}})
        text += std::string("<span>") + name + " <b>" + format_duration(latency.percentile(percent)) +
                "</b></span> ";
    text += "<span>longest <b>" + format_duration(latency.max()) + "</b></span></p>\n";
    return text + latency_chart(history.latency().bars()) +
           "<p class=\"note\">Snapshots by how long they took, with all their attempts and the waits "
           "between them; each bar is 1.47 times as wide as the one before.</p>\n";
}

std::string over_time(Timeline const& timeline) {
    auto text = "<h3>Rate</h3>\n" + rate_chart(timeline) + "<h3>Window</h3>\n" + window_chart(timeline);
    if (!timeline.pauses.empty())
        text += "<p class=\"note\">" +
                counted(timeline.pauses.size(), "dashed line is a time", "dashed lines are times") +
                " when nothing ran.</p>\n";
    return text;
}

std::string slowest(History const& history) {
    Table table({{"Sandbox"}, {"Took", "number"}, {"Attempts", "number"}, {"Snapshot"}});
    for (auto const& record : history.slowest())
        table.row(
            {code(record.sandbox_id), format_duration(record.elapsed.value_or(std::chrono::nanoseconds(0))),
             grouped(record.attempts),
             record.snapshot_id.empty() ? html_escaped(record.name.value_or("")) : code(record.snapshot_id)});
    return table.text();
}

std::string configuration(std::vector<RunLine> const& runs) {
    std::string text;
    for (auto const& run : runs) {
        Table table({{"Setting"}, {"Value"}});
        table.row({"run", code(run.run.id)});
        if (run.shard)
            table.row({"shard", html_escaped(format_shard(*run.shard))});
        for (auto const& [name, value] : run.settings)
            table.row({html_escaped(name), html_escaped(value)});
        text += table.text();
    }
    return text;
}

} // namespace

std::string format_page(History const& history) {
    auto const& tally = history.tally();
    auto const timeline = make_timeline(history.times(), columns_over_time);
    auto const title = "Snapshots of " + counted(tally.done(), "sandbox", "sandboxes");
    std::string body =
        "<header><h1>" + title + "</h1>\n<p>" + subtitle(history, timeline) + "</p></header>\n";
    body += section("Outcomes", outcome_cards(tally));
    if (tally.failed() > 0)
        body += section("Failures by class", failure_classes(history)) +
                section("Failures by sandbox", failed_sandboxes(history));
    if (tally.latency().count() > 0)
        body += section("How long a snapshot took", latency(history));
    if (!timeline.columns.empty())
        body += section("Over time", over_time(timeline));
    if (tally.latency().count() > 0)
        body += section("Slowest", slowest(history));
    if (!history.runs().empty())
        body += section("Configuration", configuration(history.runs()));
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
           "<meta name=\"color-scheme\" content=\"light dark\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
           "'unsafe-inline'\">\n<title>" +
           title + "</title>\n<style>\n" + std::string(page_style) + "</style>\n</head>\n<body>\n<main>\n" +
           body + "<footer>e2b-snapshot " + std::string(version()) +
           "; all times are UTC.</footer>\n</main>\n</body>\n</html>\n";
}

} // namespace e2b::cli
