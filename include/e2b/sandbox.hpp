#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace e2b::inline v0 {

/// A sandbox as the platform describes it.
struct SandboxInfo {
    SandboxInfo() = default;

    /// The id.
    std::string sandbox_id;
    /// The raw id of its template.
    std::string template_id;
    /// The template's alias; empty if it has none.
    std::string alias;
    /// `running` or `paused`; an open set.
    std::string state;
    /// When it was started: RFC 3339, as the platform wrote it.
    std::string started_at;
    /// When it is to be killed or paused; as `started_at`.
    std::string end_at;
    /// Virtual CPUs.
    std::int64_t cpu_count = 0;
    /// Memory, in MiB.
    std::int64_t memory_mb = 0;
    /// Disk, in MiB.
    std::int64_t disk_size_mb = 0;
    /// The version of the daemon inside.
    std::string envd_version;
    /// Pairs that its maker gave it.
    std::vector<std::pair<std::string, std::string>> metadata;
};

/// Which snapshots to list. All filters must match.
struct SnapshotQuery {
    SnapshotQuery() {}

    /// Snapshots whose template was created from this sandbox (not the builds that it added to another's
    /// name).
    std::string sandbox_id;
    /// `[namespace/]alias[:tag]` or a raw template id, at most 512 bytes: at most one row, if a ready build
    /// carries the tag; without a tag, the newest build of any. Templates that a template build made are not
    /// listed, nor are the snapshots of them. The platform may remember for up to 5 minutes that an alias was
    /// not found. Some compatible servers ignore this, and list everything.
    std::string name;
    /// Rows in a page. Range 1 to 100.
    unsigned limit = 100;
    /// `ListPage::next_token` of the page before; empty for the first. At most 4096 bytes.
    std::string next_token;
};

/// Which sandboxes to list. All filters must match. A sandbox that is being snapshotted is absent meanwhile.
struct SandboxQuery {
    SandboxQuery() {}

    /// Pairs that the sandbox's metadata must have, exactly: UTF-8, at most 1024 bytes in all.
    std::vector<std::pair<std::string, std::string>> metadata;
    /// `running`, `paused`, and whatever else the platform knows; empty for all. UTF-8 without control
    /// characters, at most 256 bytes in all.
    std::vector<std::string> states;
    /// A template's id or `[namespace/]alias`, at most 512 bytes of UTF-8 without control characters; the
    /// platform takes no tag here.
    std::string template_id;
    /// Oldest first instead of newest first.
    bool ascending = false;
    /// RFC 3339, such as `2026-01-31T12:34:56Z` or `SandboxInfo::started_at`, at most 64 bytes; only those
    /// started then or later.
    std::string started_after;
    /// Rows in a page. Range 1 to 100.
    unsigned limit = 100;
    /// As in `SnapshotQuery`, of a query that is the same otherwise.
    std::string next_token;
};

/// A sandbox to start from a template.
struct SandboxRequest {
    /// A sandbox from this template, with the default lifetime.
    SandboxRequest(std::string snapshot) : template_id(std::move(snapshot)) {}
    /// The same.
    SandboxRequest(char const* snapshot) : template_id(snapshot) {}

    /// A snapshot's id or name, or any other template's: as a server printed it, 1 to 512 bytes of UTF-8
    /// without control characters. None of its parts between slashes may be `.` or `..`.
    std::string template_id;
    /// How long it lives, in whole seconds: a part of one counts as one. Range more than 0, at most
    /// 2147483647 s; the platform refuses what is more than the team may have. Default 300 s.
    std::chrono::nanoseconds timeout = std::chrono::seconds(300);
};

} // namespace e2b::inline v0
