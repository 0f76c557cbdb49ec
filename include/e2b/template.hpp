#pragma once

#include <string>
#include <vector>

namespace e2b::inline v0 {

/// A tag of a template, and the build that it stands for.
struct TemplateTag {
    TemplateTag() = default;

    /// The tag, without the colon.
    std::string tag;
    /// The build that it stands for.
    std::string build_id;
    /// RFC 3339, as the platform wrote it. A tag is given to a build when that is begun, so that it says
    /// nothing of the build's end.
    std::string created_at;
};

/// One build of a template: a snapshot, or what a template build made.
struct TemplateBuild {
    TemplateBuild() = default;

    /// The id of the build.
    std::string build_id;
    /// `ready`, `error`, `building` or `waiting`; an open set.
    std::string status;
    /// RFC 3339, as the platform wrote it.
    std::string created_at;
};

/// A template, and a page of its builds.
struct TemplateInfo {
    TemplateInfo() = default;

    /// The raw id.
    std::string template_id;
    /// Its full names, `<team>/<alias>`; empty if it has none.
    std::vector<std::string> names;
    /// Newest first.
    std::vector<TemplateBuild> builds;
    /// Where the next page of builds begins; empty on the last one.
    std::string next_token;

    /// Whether more pages of builds follow.
    [[nodiscard]] bool has_next() const noexcept { return !next_token.empty(); }
};

} // namespace e2b::inline v0
