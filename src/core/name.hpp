#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace e2b::core {

/// `[A-Za-z0-9][A-Za-z0-9_-]{0,127}`. Anything else is refused rather than encoded.
[[nodiscard]] bool valid_sandbox_id(std::string_view id) noexcept;

inline constexpr std::size_t max_name_bytes = 255;
inline constexpr std::size_t max_template_id = 512;

/// What is wrong with a text that is sent encoded, if anything: UTF-8 without control characters is allowed.
/// What the platform makes of it is the platform's business.
[[nodiscard]] std::optional<std::string> text_problem(std::string_view text, std::size_t max_bytes);

/// The same for a snapshot's name, of 1 to 255 bytes.
[[nodiscard]] std::optional<std::string> name_problem(std::string_view name);

/// The same for an id as a server printed it, whatever its form: 1 to 512 bytes of UTF-8 without control
/// characters, and no `.` or `..` between slashes, which a proxy could take for a way up.
[[nodiscard]] std::optional<std::string> printed_id_problem(std::string_view id);

} // namespace e2b::core
