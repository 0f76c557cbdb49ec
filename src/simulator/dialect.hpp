#pragma once

#include <e2b/simulator.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace e2b::sim {

/// How a server that speaks the platform's API differs from it. The members' defaults are the platform
/// itself.
struct Dialect {
    enum class Names {
        templates, ///< A name is a template's; a second snapshot of it is one build more.
        none,      ///< Names are ignored, and said to be null.
        labels,    ///< Each snapshot is its own, and a name is written on it.
    };
    enum class Ids {
        plain, ///< 20 characters.
        brief, ///< 13 characters; those of sandboxes `default--` and 13.
        snap,  ///< `snap-` and 20 characters; those of sandboxes are plain.
    };
    /// What is said where there is no such endpoint.
    enum class Missing { error, text, text_or_405, empty_or_405 };

    /// What all paths begin with.
    std::string_view prefix = {};
    Names names = Names::templates;
    Ids ids = Ids::plain;
    Missing missing = Missing::error;
    bool has_snapshots = true;        ///< The endpoints of snapshots.
    bool has_tags = true;             ///< The endpoints of a template's tags, alias and builds.
    bool has_aliases = true;          ///< `GET /templates/aliases/{alias}`
    bool creates_by_v2 = true;        ///< `POST /v2/sandboxes`
    bool filters_by_name = true;      ///< `GET /snapshots?name=`
    bool knows_memory = true;         ///< The field `memory` of a request.
    bool has_alias_cache = true;      ///< Names that were looked up in vain are believed missing for a while.
    bool failure_kills = false;       ///< A checkpoint that fails, for whatever reason, kills the sandbox.
    bool hang_up_cancels = true;      ///< Otherwise the snapshot goes on, and the sandbox runs again.
    bool paused_is_400 = false;       ///< A sandbox that does not run is 400 instead of 404.
    bool busy_says_when = false;      ///< 503 has `Retry-After`; 429 has none.
    bool deletes_with_200 = false;    ///< And says more in a body.
    bool deletes_what_is_not = false; ///< A template that is not there counts as deleted.
    bool rows_have_state = false;     ///< Lists show what was not made as well, each with its state.
    /// In place of the options' limits on a request: what takes longer is told 408, and goes on.
    std::optional<std::chrono::nanoseconds> works_for = {};
    /// The field of an answer by which the server's logs know the request; empty for none.
    std::string_view trace_field = "X-E2B-Trace-ID";

    [[nodiscard]] static Dialect of(SimulatorOptions::Profile profile);
};

} // namespace e2b::sim
