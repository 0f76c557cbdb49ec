#pragma once

#include <e2b/export.hpp>
#include <e2b/snapshot.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace e2b {

/// How much of a snapshot's name belonged to one request alone.
enum class Uniqueness : unsigned char {
    none,  ///< the name may have been used before, or by somebody else
    tag,   ///< `alias:tag` was used for this request only; the alias may be older
    alias, ///< the alias itself was used for this request only
};

/// Gives the request's alias a tag of its own, `u` and 16 random hexadecimal digits, so that a lost answer
/// can be found out for certain: reconcile it with `Uniqueness::tag`. The snapshot is a build of the alias,
/// which may be new or exist already.
///
/// Errors: throws `std::invalid_argument` for a request that has no name, or one with a tag already, or one
/// too long to take it (237 bytes at most). Thread safety: any thread.
///
/// Example: `auto const request = e2b::with_unique_tag({"i0123456789abcdefghij", "nightly"});`
[[nodiscard]] E2B_SNAPSHOT_API SnapshotRequest with_unique_tag(SnapshotRequest request);

/// A request whose outcome is `unknown`, and what the caller knows besides.
struct ReconcileRequest {
    ReconcileRequest(SnapshotRequest unanswered, std::chrono::system_clock::time_point began)
        : request(std::move(unanswered)),
          started_at(began) {}

    SnapshotRequest request;
    /// When the last attempt began. A later moment is safe, an earlier one is not. From 1970 to a day from
    /// now.
    std::chrono::system_clock::time_point started_at;
    /// For a request without a name: the ids of all snapshots that the sandbox had before
    /// (`SnapshotQuery::sandbox_id`). Without it, an unnamed snapshot can be disproved but not proved. What
    /// is there more than before is taken for this request's: give no baseline where somebody else may have
    /// snapshotted the sandbox since.
    std::optional<std::vector<std::string>> baseline;
    /// `none` for a request without a name.
    Uniqueness uniqueness = Uniqueness::none;
};

/// What became of a request that was not answered. Claims only what the platform's answers prove.
struct Reconciliation {
    enum class Finding : unsigned char {
        created,     ///< the snapshot exists: `snapshot`
        not_created, ///< the request made no snapshot and no longer will
        unknown,     ///< the platform's answers do not tell; `reason` says why
    };
    enum class Sandbox : unsigned char { running, paused, gone, unknown };

    Reconciliation() = default;

    Finding finding = Finding::unknown;
    std::optional<SnapshotInfo> snapshot;
    Sandbox sandbox = Sandbox::unknown;
    /// A sentence for a person.
    std::string reason;
};

} // namespace e2b
