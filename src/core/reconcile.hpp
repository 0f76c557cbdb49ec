#pragma once

#include <e2b/reconcile.hpp>
#include <e2b/snapshot.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace e2b::core {

// The platform may be at work on a request for this long after it began; a look before that proves nothing.
inline constexpr auto server_works_for = std::chrono::seconds(75);
// An alias that was looked up in vain may be taken for missing for this long.
inline constexpr auto missing_alias_cached_for = std::chrono::minutes(5);

// What was found out, `since_start` after the request began.
struct Evidence {
    std::chrono::system_clock::duration since_start{};
    // All snapshots whose template was created from the sandbox; nothing if that could not be had.
    std::optional<std::vector<SnapshotInfo>> of_sandbox;
    // The rows for the request's name; nothing if there is no name, or if they could not be had.
    std::optional<std::vector<SnapshotInfo>> of_name;
};

// What the evidence proves, the sandbox's life left aside.
[[nodiscard]] Reconciliation conclude(ReconcileRequest const& request, Evidence const& evidence);

// `alias` without its namespace and its tag, lower-cased as the platform does.
[[nodiscard]] std::string alias_of(std::string_view name);

} // namespace e2b::core
