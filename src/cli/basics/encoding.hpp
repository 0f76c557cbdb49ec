#pragma once

#include <string>
#include <string_view>

namespace e2b::cli {

// How editors and other systems begin a file of text.

// The text without the byte order mark that UTF-8 files of Windows begin with.
[[nodiscard]] std::string_view without_bom(std::string_view beginning) noexcept;

// Throws UsageError where the file begins as UTF-16 does. `name` says which file it is.
void require_utf8(std::string const& name, std::string_view beginning);

} // namespace e2b::cli
