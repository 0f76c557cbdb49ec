#pragma once

#include <e2b/export.hpp>
#include <e2b/retry_policy.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace e2b::inline v0 {

/// What a snapshot holds.
enum class SnapshotKind : unsigned char {
    /// Disk and memory: sandboxes made of it go on where it was taken.
    full,
    /// The disk alone: small, without the secrets of the memory, and sandboxes made of it boot from cold.
    filesystem,
};

/// What to snapshot.
struct SnapshotRequest {
    /// Not explicit: `client.create_snapshot("isandbox...")` is the common call.
    SnapshotRequest(std::string sandbox) : sandbox_id(std::move(sandbox)) {}
    /// The same.
    SnapshotRequest(char const* sandbox) : sandbox_id(sandbox) {}
    /// A snapshot with a name.
    SnapshotRequest(std::string sandbox, std::optional<std::string> snapshot_name)
        : sandbox_id(std::move(sandbox)),
          name(std::move(snapshot_name)) {}

    /// `[A-Za-z0-9][A-Za-z0-9_-]{0,127}`; the platform's own look like `i` and 20 of `[a-z0-9]`.
    std::string sandbox_id;

    /// `[namespace/]alias[:tag]`, 1 to 255 bytes of UTF-8 without control characters. The platform takes
    /// `[A-Za-z0-9_-]+` for namespace and alias, `[A-Za-z0-9_.-]+` for the tag, and lower-cases them. A name
    /// that exists gets a new build. Without one, a new template is made.
    std::optional<std::string> name;

    /// `filesystem` is refused as `Errc::unsupported` where the team may not have it, or the sandbox's node
    /// is too old for it: then the same request succeeds only after the sandbox was paused and resumed.
    /// Servers that are older than it ignore it and take a full snapshot, which their response does not tell.
    SnapshotKind memory = SnapshotKind::full;
};

/// What is wrong with a request, if anything: a call with it ends at once as `Errc::invalid_argument`, and
/// this is its `detail`. Begins with the field's name.
///
/// Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API std::optional<std::string> find_problem(SnapshotRequest const& request);

/// What is wrong with a snapshot's id or name, if anything: `Client::delete_snapshot` with it ends at once as
/// `Errc::invalid_argument`, and this is its `detail`. Begins with the field's name.
///
/// Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API std::optional<std::string>
find_snapshot_id_problem(std::string const& snapshot_id);

/// A snapshot that exists.
struct SnapshotInfo {
    SnapshotInfo() = default;
    /// A snapshot of this id and these names, for tests of your own.
    SnapshotInfo(std::string id, std::vector<std::string> full_names)
        : snapshot_id(std::move(id)),
          names(std::move(full_names)) {}

    /// `<team>/<alias>:<tag>` where a name was given, `<template id>:default` otherwise. Compatible servers
    /// have ids of other forms.
    std::string snapshot_id;
    /// The template's full names, in practice without the tag; empty for a snapshot without a name.
    std::vector<std::string> names;
    /// In lists: what state the server says it is in, such as `READY` or `FAILED`. Empty where it says
    /// nothing, as the platform does, which lists only what is ready.
    std::string status;

    /// Compares everything.
    friend bool operator==(SnapshotInfo const&, SnapshotInfo const&) = default;
};

/// What one call does differently from its client. Fields without a value take the client's.
struct CallOptions {
    CallOptions() {}

    /// The whole call: waiting for a connection, every attempt and the waits between. More than 0.
    std::optional<std::chrono::nanoseconds> timeout;
    /// One attempt, from the moment it has a connection. More than 0. The platform's own limit is 80 s: a
    /// smaller value gives up on snapshots that would have succeeded.
    std::optional<std::chrono::nanoseconds> attempt_timeout;
    /// Replaces the client's policy, except for the shared budget.
    std::optional<RetryPolicy> retry;
    /// Sent with the client's `ClientConfig::headers`; one of the same name replaces that. The same rules,
    /// but at most 3 KiB in all.
    std::vector<std::pair<std::string, std::string>> headers;
    /// What becomes of a committed request (of `create_snapshot` or `create_sandbox`) whose call ends early:
    /// because it is cancelled, because its time is up, or because of `attempt_timeout`. By default its
    /// exchange goes on in the background, and the response is reported late
    /// (`ClientObserver::on_late_response`). True: the connection is closed at once. The platform may then
    /// stop the sandbox that is being snapshotted, while its row still says that it runs.
    bool hang_up_on_cancel = false;
};

} // namespace e2b::inline v0
