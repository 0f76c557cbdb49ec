#pragma once

#include <e2b/sandbox.hpp>
#include <e2b/snapshot.hpp>
#include <e2b/template.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace e2b::core {

// Read the bodies of the neighbouring endpoints: nothing where they are not what the platform describes.
// Unknown members are ignored. The size of what is built is bounded by the body's, which is at most 1 MiB.
[[nodiscard]] std::optional<std::vector<SnapshotInfo>> parse_snapshots(std::string_view body);
[[nodiscard]] std::optional<std::vector<SandboxInfo>> parse_sandboxes(std::string_view body);
[[nodiscard]] std::optional<SandboxInfo> parse_sandbox(std::string_view body);

// `[{tag, buildID, createdAt}]`, `{templateID}`, and a template with its builds but not its `next_token`.
[[nodiscard]] std::optional<std::vector<TemplateTag>> parse_tags(std::string_view body);
[[nodiscard]] std::optional<std::string> parse_template_id(std::string_view body);
[[nodiscard]] std::optional<TemplateInfo> parse_template(std::string_view body);

// Whether the body is one JSON document.
[[nodiscard]] bool is_json(std::string_view body);

} // namespace e2b::core
