#pragma once

#include <e2b/error.hpp>
#include <e2b/export.hpp>
#include <e2b/snapshot.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace e2b::inline v0 {

class Client;

/// How much of a snapshot's name belonged to one request alone.
enum class NameUniqueness : unsigned char {
    none,  ///< the name may have been used before, or by somebody else
    tag,   ///< `alias:tag` was used for this request only; the alias may be older
    alias, ///< the alias itself was used for this request only
};

/// Gives the request's alias a tag of its own, `u` and 16 random hexadecimal digits, so that a lost response
/// can be found out for certain: reconcile it with `NameUniqueness::tag`. The snapshot is a build of the
/// alias, which may be new or exist already, as a snapshot or as an ordinary template.
///
/// Errors: throws `std::invalid_argument` for a request that has no name, or one with a tag already, or one
/// too long to take it (237 bytes at most). Thread safety: any thread.
///
/// Example: `auto const request = e2b::with_unique_tag({"i0123456789abcdefghij", "nightly"});`
[[nodiscard]] E2B_SNAPSHOT_API SnapshotRequest with_unique_tag(SnapshotRequest request);

/// A request whose outcome is `unknown`, and what the caller knows besides.
struct ReconcileRequest {
    /// The request, and when its last attempt began.
    ReconcileRequest(SnapshotRequest unanswered, std::chrono::system_clock::time_point began)
        : request(std::move(unanswered)),
          started_at(began) {}

    /// The request that got no response.
    SnapshotRequest request;
    /// When the last attempt began. A later moment is safe, its end for instance; an earlier one is not. From
    /// 1970 to a day from now.
    std::chrono::system_clock::time_point started_at;
    /// The ids of all snapshots that the sandbox had before (`SnapshotQuery::sandbox_id`). Without it, an
    /// unnamed snapshot can be disproved but not proved. What is there more than before is taken for this
    /// request's: give no baseline where somebody else may have snapshotted the sandbox since. It helps a
    /// request with a name only on servers whose lists show no names.
    std::optional<std::vector<std::string>> baseline;
    /// `none` for a request without a name.
    NameUniqueness uniqueness = NameUniqueness::none;
    /// How long after `started_at` the platform can still be at work on the request. Range 0 to 24 h; nothing
    /// is `ClientConfig::platform_time_limit`.
    std::optional<std::chrono::nanoseconds> settle_time;
};

/// What became of a request that got no response. Claims only what the platform's responses prove.
struct Reconciliation {
    /// What became of the request.
    enum class Finding : unsigned char {
        created,     ///< the snapshot exists: `snapshot`
        not_created, ///< no snapshot of the request exists or will: it made none, or that was deleted since
        unknown,     ///< the platform's responses do not tell; `reason` says why
    };
    /// What is known of the sandbox.
    enum class Sandbox : unsigned char {
        running,     ///< and the request's snapshot was made, after which the platform had it run again
        said_to_run, ///< by the platform, which says so of a sandbox that a hang-up has stopped as well
        paused,      ///< it does not run, and can be resumed
        gone,        ///< the platform says that there is none of this id
        unknown,     ///< the platform did not tell, or it is in another state
    };

    Reconciliation() = default;

    /// What is proved.
    Finding finding = Finding::unknown;
    /// The snapshot, where it is known to exist.
    std::optional<SnapshotInfo> snapshot;
    /// Whether the sandbox lives.
    Sandbox sandbox = Sandbox::unknown;
    /// A sentence for a person.
    std::string reason;
    /// For `unknown`: from when on asking again can bring a sure finding. A moment in the past: at once, when
    /// what failed works again. Nothing: never, as what is asked for cannot be told from others.
    std::optional<std::chrono::system_clock::time_point> sure_from;
};

/// The value's name, such as `not_created`. Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API std::string_view to_string(Reconciliation::Finding value) noexcept;
/// The value's name, such as `said_to_run`. Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API std::string_view to_string(Reconciliation::Sandbox value) noexcept;
/// Prints what `to_string` says. `e2b/format.hpp` has the same for `std::format`.
E2B_SNAPSHOT_API std::ostream& operator<<(std::ostream& out, Reconciliation::Finding value);
/// As for `Reconciliation::Finding`.
E2B_SNAPSHOT_API std::ostream& operator<<(std::ostream& out, Reconciliation::Sandbox value);

/// Finds out whether a request whose outcome is `unknown` made a snapshot.
///
/// Waits until the platform can no longer be at work on it (`ReconcileRequest::settle_time`). Then asks, as
/// far as needed, for the sandbox's snapshots, for the tags of the name's template, its builds and the
/// snapshots of the name; and for the sandbox. With compatible servers that lack some of that, or that do not
/// filter by name, more remains unknown, but nothing is claimed that the responses do not prove.
///
/// Completes when the responses to all that was asked are there.
///
/// Result: what can be proved and why, and whether the sandbox lives. Failures to ask show as
/// `Finding::unknown` with the failure as the reason.
///
/// Errors: throws `SnapshotError` for arguments that are not allowed, `std::logic_error` for a client that
/// was moved from.
///
/// Cancellation: `terminal`, at any time; throws `boost::system::system_error` with `operation_aborted`.
///
/// Server effect: none.
///
/// Thread safety: any thread.
///
/// Lifetime: the client may be moved meanwhile, and destroyed: what is still to be asked then fails with
/// `client_closed`.
E2B_SNAPSHOT_API boost::asio::awaitable<Reconciliation> reconcile(Client& client, ReconcileRequest request,
                                                                  CallOptions options = CallOptions());

} // namespace e2b::inline v0
