#pragma once

#include "simulator/dialect.hpp"
#include "simulator/id_codec.hpp"
#include "simulator/instant.hpp"
#include "simulator/sandbox_store.hpp"
#include "simulator/template_name.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace e2b::sim {

// The tag of what names none.
inline constexpr std::string_view default_tag = "default";

using BuildIndex = std::uint32_t;
using TagIndex = std::uint32_t;

enum class BuildStatus : std::uint8_t { building, ready, failed };

/// One snapshot, from when it was begun, or one build of an ordinary template. Templates have one or more.
struct Build {
    TemplateIndex template_index;
    SandboxIndex sandbox; ///< `no_index` for what is no snapshot.
    TagIndex tag;         ///< The one that it was asked for with.
    BuildStatus status = BuildStatus::building;
    bool memory = true;
    Instant created_at{0};
    Instant started_at{0};
    Instant finished_at{0};
};

/// From some moment on, a template's tag stands for this build.
struct Assignment {
    TagIndex tag;
    BuildIndex build;
    Instant at;
};

/// Which templates a list of snapshots shows; newest first.
struct SnapshotFilter {
    std::optional<SandboxIndex> creator;
    /// With a name: the one template that has it, if a ready build carries its tag, or any tag if it says
    /// none.
    std::optional<TemplateName> name;
    /// Only those before this one, which ended the page before.
    TemplateIndex before = no_index;
    std::size_t limit = 100;
    /// Also those without a ready build.
    bool unready = false;
};

struct SnapshotRow {
    TemplateIndex template_index;
    TagIndex tag;
    BuildIndex build;
};

/// Templates with their names, tags and builds.
///
/// Built to hold millions of unnamed snapshots: about 80 bytes each, found without a table.
class TemplateStore {
public:
    /// `team` is the namespace of all names.
    TemplateStore(std::uint64_t seed, std::string team, Dialect::Ids ids = Dialect::Ids::plain);

    /// An ordinary template, whose tag `default` is ready. Precondition: the alias is free.
    TemplateIndex add_ordinary(std::string alias, Instant now = Instant(0));
    /// A template for a sandbox's snapshot, without builds. Precondition: the alias, if any, is free.
    TemplateIndex add_snapshot(SandboxIndex creator, std::optional<std::string> alias);
    /// The same with a label, which is no name that it could be found by.
    TemplateIndex add_labelled(SandboxIndex creator, std::string label);
    /// One build more, which takes the tag over.
    BuildIndex begin_build(TemplateIndex index, SandboxIndex sandbox, std::string_view tag, bool memory,
                           Instant now);
    void fail_build(BuildIndex index, Instant now) noexcept;
    /// False, and it has failed, if its template is gone.
    bool finish_build(BuildIndex index, Instant started_at, Instant now);
    void erase(TemplateIndex index);

    /// The build takes one tag more over.
    void assign(TemplateIndex index, BuildIndex build, std::string_view tag, Instant now);
    /// The tag stands for nothing any more.
    void unassign(TemplateIndex index, std::string_view tag);

    [[nodiscard]] std::optional<TemplateIndex> find_alias(std::string_view alias) const;
    /// By raw id or alias, and a namespace that is the team's, if any. Does not look at the tag.
    [[nodiscard]] std::optional<TemplateIndex> find(TemplateName const& name) const;
    /// By raw id alone.
    [[nodiscard]] std::optional<TemplateIndex> find_id(std::string_view id) const;
    /// The newest ready build that carries the tag; whatever its tag, if none is given.
    [[nodiscard]] std::optional<Assignment> find_ready(TemplateIndex index,
                                                       std::optional<std::string_view> tag) const;
    /// The tag's index if a ready build of the template carries it.
    [[nodiscard]] std::optional<TagIndex> find_tag(TemplateIndex index, std::string_view tag) const;
    /// In the order in which they were made; later ones of the same tag replace earlier ones.
    [[nodiscard]] std::vector<Assignment> assignments(TemplateIndex index) const;

    /// Up to `limit` rows, and one more if there are more.
    [[nodiscard]] std::vector<SnapshotRow> list(SnapshotFilter const& filter) const;

    [[nodiscard]] std::string id(TemplateIndex index) const;
    /// Without the namespace; empty if it has none.
    [[nodiscard]] std::string_view alias(TemplateIndex index) const;
    [[nodiscard]] std::string_view tag(TagIndex index) const { return tags_[index]; }
    [[nodiscard]] SandboxIndex creator(TemplateIndex index) const { return templates_[index].creator; }
    [[nodiscard]] std::string const& team() const noexcept { return team_; }
    /// `<id>:<tag>` or `<team>/<alias>:<tag>`; the id alone for ids that are not plain.
    void append_snapshot_id(std::string& out, TemplateIndex index, TagIndex tag) const;
    /// A UUID.
    void append_build_id(std::string& out, BuildIndex index) const { build_codec_.append_uuid(out, index); }

    [[nodiscard]] Build const& build(BuildIndex index) const { return builds_[index]; }
    /// The snapshots that were made, in the order in which they were finished.
    [[nodiscard]] std::vector<BuildIndex> const& made() const noexcept { return made_; }

private:
    struct Template {
        SandboxIndex creator = no_index;
        TemplateIndex previous_of_creator = no_index;
        std::uint32_t details = no_index;
        BuildIndex last_build = no_index;
        bool deleted = false;
    };
    // What a template has that is more than one build of one tag.
    struct Details {
        std::string alias;
        std::vector<Assignment> assignments;
    };

    TemplateIndex add(Template value, std::optional<std::string> alias);
    Details& details_of(TemplateIndex index);
    TagIndex intern(std::string_view tag);
    [[nodiscard]] bool listed(TemplateIndex index) const;
    [[nodiscard]] std::optional<SnapshotRow> row(TemplateIndex index, SnapshotFilter const& filter) const;
    [[nodiscard]] Assignment only_assignment(Template const& of) const;

    std::string team_;
    Dialect::Ids ids_;
    IdCodec codec_;
    IdCodec build_codec_;
    std::deque<Template> templates_;
    std::deque<Details> details_;
    std::deque<Build> builds_;
    std::vector<BuildIndex> made_;
    std::unordered_map<std::string, TemplateIndex> by_alias_;
    std::deque<std::string> tags_;
    std::unordered_map<std::string_view, TagIndex> tag_indexes_;
    std::vector<TemplateIndex> last_of_creator_;
};

} // namespace e2b::sim
