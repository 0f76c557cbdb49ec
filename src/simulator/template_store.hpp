#pragma once

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

using BuildIndex = std::uint32_t;
using TagIndex = std::uint32_t;

/// One snapshot that was made. Templates have one or more.
struct Build {
    TemplateIndex template_index;
    SandboxIndex sandbox;
    TagIndex tag;
    Instant started_at;
    Instant finished_at;
};

/// Which templates a list of snapshots shows; newest first.
struct SnapshotFilter {
    std::optional<SandboxIndex> creator;
    /// With a name: the one template that has it, if a build carries its tag.
    std::optional<TemplateName> name;
    /// Only those before this one, which ended the page before.
    TemplateIndex before = no_index;
    std::size_t limit = 100;
};

struct SnapshotRow {
    TemplateIndex template_index;
    TagIndex tag;
};

/// Templates with their names, tags and builds.
///
/// Built to hold millions of unnamed snapshots: about 50 bytes each, found without a table.
class TemplateStore {
public:
    /// `team` is the namespace of all names.
    TemplateStore(std::uint64_t seed, std::string team);

    /// An ordinary template, whose tag `default` is ready. Precondition: the alias is free.
    TemplateIndex add_ordinary(std::string alias);
    /// A template for a sandbox's snapshot, without builds. Precondition: the alias, if any, is free.
    TemplateIndex add_snapshot(SandboxIndex creator, std::optional<std::string> alias);
    /// One build more, which takes the tag over.
    BuildIndex add_build(TemplateIndex index, SandboxIndex sandbox, std::string_view tag, Instant started_at,
                         Instant finished_at);
    void erase(TemplateIndex index);

    [[nodiscard]] std::optional<TemplateIndex> find_alias(std::string_view alias) const;
    /// By raw id or alias, and a namespace that is the team's, if any. Does not look at the tag.
    [[nodiscard]] std::optional<TemplateIndex> find(TemplateName const& name) const;
    /// The tag's index if a ready build of the template carries it.
    [[nodiscard]] std::optional<TagIndex> find_tag(TemplateIndex index, std::string_view tag) const;

    /// Up to `limit` rows, and one more if there are more.
    [[nodiscard]] std::vector<SnapshotRow> list(SnapshotFilter const& filter) const;

    [[nodiscard]] std::string id(TemplateIndex index) const;
    /// Without the namespace; empty if it has none.
    [[nodiscard]] std::string_view alias(TemplateIndex index) const;
    [[nodiscard]] std::string const& team() const noexcept { return team_; }
    /// `<id>:<tag>` or `<team>/<alias>:<tag>`.
    void append_snapshot_id(std::string& out, TemplateIndex index, TagIndex tag) const;

    [[nodiscard]] Build const& build(BuildIndex index) const { return builds_[index]; }
    [[nodiscard]] std::size_t builds() const noexcept { return builds_.size(); }

private:
    struct Template {
        SandboxIndex creator = no_index;
        TemplateIndex previous_of_creator = no_index;
        std::uint32_t named = no_index;
        TagIndex last_tag = 0;
        bool deleted = false;
    };
    struct Named {
        std::string alias;
        std::vector<TagIndex> tags;
    };

    TemplateIndex add(Template value, std::optional<std::string> alias);
    TagIndex intern(std::string_view tag);
    [[nodiscard]] bool listed(TemplateIndex index) const;

    std::string team_;
    IdCodec codec_;
    std::deque<Template> templates_;
    std::deque<Named> named_;
    std::deque<Build> builds_;
    std::unordered_map<std::string, TemplateIndex> by_alias_;
    std::deque<std::string> tags_;
    std::unordered_map<std::string_view, TagIndex> tag_indexes_;
    std::vector<TemplateIndex> last_of_creator_;
};

} // namespace e2b::sim
