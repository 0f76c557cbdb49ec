#pragma once

#include <e2b/sandbox.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace e2b::core {

// Everything but RFC 3986's unreserved characters becomes %XX.
[[nodiscard]] std::string percent_encode(std::string_view text);

// The targets of the endpoints beside the snapshot's own.
[[nodiscard]] std::string list_snapshots_target(SnapshotQuery const& query);
[[nodiscard]] std::string list_sandboxes_target(SandboxQuery const& query);
[[nodiscard]] std::string delete_template_target(std::string_view snapshot_id);
[[nodiscard]] std::string get_sandbox_target(std::string_view sandbox_id);

// The body of `POST /sandboxes`.
[[nodiscard]] std::string create_sandbox_body(SandboxRequest const& request);

// What is wrong with the arguments, if anything: a message that begins with the field's name.
[[nodiscard]] std::optional<std::string> check(SnapshotQuery const& query);
[[nodiscard]] std::optional<std::string> check(SandboxQuery const& query);
[[nodiscard]] std::optional<std::string> check(SandboxRequest const& request);
[[nodiscard]] std::optional<std::string> check_snapshot_id(std::string_view id);

} // namespace e2b::core
