#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace e2b::sim {

/// A template as requests name it: `[namespace/]alias[:tag]`, where the alias may as well be a raw id.
struct TemplateName {
    std::optional<std::string> team; ///< The namespace.
    std::string alias;
    std::string tag;      ///< Never empty: `default` unless the name had one.
    bool has_tag = false; ///< It had one.

    /// Trims and lower-cases. Empty if the text is no name.
    [[nodiscard]] static std::optional<TemplateName> parse(std::string_view text);
};

} // namespace e2b::sim
