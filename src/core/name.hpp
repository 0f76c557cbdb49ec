#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace e2b::core {

/// `[A-Za-z0-9][A-Za-z0-9_-]{0,127}`. Anything else is refused rather than encoded.
[[nodiscard]] bool valid_sandbox_id(std::string_view id) noexcept;

inline constexpr std::size_t max_name_bytes = 255;

/// What is wrong with a snapshot's name, if anything. Allowed: `[namespace/]alias[:tag]`, at most 255 bytes.
[[nodiscard]] std::optional<std::string> name_problem(std::string_view name);

/// The same for a template that exists, by its name or raw id: at most 512 bytes, as the platform puts the
/// namespace before a name.
[[nodiscard]] std::optional<std::string> template_problem(std::string_view id);

/// The same for an id as a server printed it, whatever its form: 1 to 512 bytes of UTF-8 without control
/// characters, and no `.` or `..` between slashes, which a proxy could take for a way up.
[[nodiscard]] std::optional<std::string> printed_id_problem(std::string_view id);

} // namespace e2b::core
