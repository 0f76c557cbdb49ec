#include "simulator/sandbox_filter.hpp"

#include "simulator/query.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace e2b::sim {
namespace {

// The query has decoded the value once. It is decoded as a whole, and then each key and value in it once
// more; of a key that is there twice, the last value counts.
std::optional<Metadata> parse_metadata(std::string_view text) {
    auto const pairs = percent_decode(text, true);
    if (!pairs)
        return std::nullopt;
    std::map<std::string, std::string> metadata;
    for (auto const pair : split(*pairs, '&')) {
        auto const equals = pair.find('=');
        if (equals == pair.npos || equals != pair.rfind('='))
            return std::nullopt;
        auto key = percent_decode(pair.substr(0, equals), true);
        auto value = percent_decode(pair.substr(equals + 1), true);
        if (!key || !value)
            return std::nullopt;
        metadata[std::move(*key)] = std::move(*value);
    }
    return Metadata(metadata.begin(), metadata.end());
}

} // namespace

std::optional<std::string_view> SandboxFilter::read(Query const& query) {
    auto const states = query.list("state");
    if (!states.empty()) {
        running = std::ranges::find(states, "running") != states.end();
        paused = std::ranges::find(states, "paused") != states.end();
        auto const known = std::ranges::count(states, "running") + std::ranges::count(states, "paused");
        if (known != std::ssize(states))
            return "The state must be running or paused";
    }
    if (auto const order = query.find("order")) {
        ascending = *order == "asc";
        if (!ascending && *order != "desc")
            return "The order must be asc or desc";
    }
    if (auto const text = query.find("metadata")) {
        auto wanted = parse_metadata(*text);
        if (!wanted)
            return "The metadata is not well-formed";
        metadata = std::move(*wanted);
    }
    return std::nullopt;
}

bool SandboxFilter::matches(Sandbox const& sandbox) const {
    bool const state = (running && sandbox.state == SandboxState::running) ||
                       (paused && sandbox.state == SandboxState::paused);
    return state && (!started_after || sandbox.started_at >= *started_after) &&
           (!template_index || sandbox.template_index == *template_index) &&
           std::ranges::all_of(metadata, [&sandbox](auto const& wanted) {
               return std::ranges::find(sandbox.metadata, wanted) != sandbox.metadata.end();
           });
}

SandboxPage list_sandboxes_page(SandboxStore const& sandboxes, SandboxFilter const& filter,
                                std::optional<SandboxIndex> last, std::size_t limit) {
    SandboxPage page;
    SandboxIndex const size = sandboxes.size();
    for (SandboxIndex i = 0; i < size; ++i) {
        SandboxIndex const index = filter.ascending ? i : size - 1 - i;
        if (!filter.matches(sandboxes[index]))
            continue;
        if (sandboxes[index].state == SandboxState::running)
            ++page.total_running;
        bool const before = last && (filter.ascending ? index <= *last : index >= *last);
        if (before)
            continue;
        if (page.rows.size() < limit)
            page.rows.push_back(index);
        else
            page.more = true;
    }
    return page;
}

} // namespace e2b::sim
