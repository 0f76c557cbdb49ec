#pragma once

#include <e2b/sandbox.hpp>

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
[[nodiscard]] std::string list_tags_target(std::string_view name);
[[nodiscard]] std::string find_template_target(std::string_view alias);
[[nodiscard]] std::string get_template_target(std::string_view id, std::string_view next_token);

// The body of `POST /sandboxes`.
[[nodiscard]] std::string create_sandbox_body(SandboxRequest const& request);

} // namespace e2b::core
