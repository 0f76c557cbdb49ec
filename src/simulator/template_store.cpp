#include "simulator/template_store.hpp"

#include "simulator/codec_kinds.hpp"

#include <algorithm>

namespace e2b::sim {
namespace {

constexpr std::string_view snap_prefix = "snap-";

} // namespace

TemplateStore::TemplateStore(std::uint64_t seed, std::string team, Dialect::Ids ids)
    : team_(std::move(team)),
      ids_(ids),
      codec_(seed, CodecKind::template_id),
      build_codec_(seed, CodecKind::build) {
    intern(default_tag);
}

TemplateIndex TemplateStore::add(Template value, std::optional<std::string> alias) {
    auto const index = static_cast<TemplateIndex>(templates_.size());
    templates_.push_back(value);
    if (alias) {
        by_alias_.emplace(*alias, index);
        details_of(index).alias = std::move(*alias);
    }
    return index;
}

TemplateStore::Details& TemplateStore::details_of(TemplateIndex index) {
    Template& of = templates_[index];
    if (of.details == no_index) {
        of.details = static_cast<std::uint32_t>(details_.size());
        details_.emplace_back();
        if (of.last_build != no_index)
            details_.back().assignments.push_back(only_assignment(of));
    }
    return details_[of.details];
}

Assignment TemplateStore::only_assignment(Template const& of) const {
    Build const& build = builds_[of.last_build];
    return {build.tag, of.last_build, build.created_at};
}

TemplateIndex TemplateStore::add_ordinary(std::string alias, Instant now) {
    TemplateIndex const index = add({}, std::move(alias));
    BuildIndex const build = begin_build(index, no_index, default_tag, true, now);
    builds_[build].status = BuildStatus::ready;
    builds_[build].started_at = builds_[build].finished_at = now;
    return index;
}

TemplateIndex TemplateStore::add_snapshot(SandboxIndex creator, std::optional<std::string> alias) {
    if (creator >= last_of_creator_.size())
        last_of_creator_.resize(creator + std::size_t{1}, no_index);
    Template value;
    value.creator = creator;
    value.previous_of_creator = last_of_creator_[creator];
    return last_of_creator_[creator] = add(value, std::move(alias));
}

TemplateIndex TemplateStore::add_labelled(SandboxIndex creator, std::string label) {
    TemplateIndex const index = add_snapshot(creator, std::nullopt);
    details_of(index).alias = std::move(label);
    return index;
}

BuildIndex TemplateStore::begin_build(TemplateIndex index, SandboxIndex sandbox, std::string_view tag,
                                      bool memory, Instant now) {
    auto const build = static_cast<BuildIndex>(builds_.size());
    TagIndex const tag_index = intern(tag);
    builds_.push_back({index, sandbox, tag_index, BuildStatus::building, memory, now});
    // Before it is noted as the last one: the earlier one may have no assignment on paper yet.
    bool const needs_details = templates_[index].last_build != no_index;
    if (needs_details || templates_[index].details != no_index)
        details_of(index).assignments.push_back({tag_index, build, now});
    templates_[index].last_build = build;
    return build;
}

void TemplateStore::fail_build(BuildIndex index, Instant now) noexcept {
    builds_[index].status = BuildStatus::failed;
    builds_[index].finished_at = now;
}

bool TemplateStore::finish_build(BuildIndex index, Instant started_at, Instant now) {
    Build& build = builds_[index];
    bool const has_template = !templates_[build.template_index].deleted;
    build.status = has_template ? BuildStatus::ready : BuildStatus::failed;
    build.started_at = started_at;
    build.finished_at = now;
    if (has_template)
        made_.push_back(index);
    return has_template;
}

void TemplateStore::erase(TemplateIndex index) {
    Template& target = templates_[index];
    target.deleted = true;
    if (auto const found = by_alias_.find(std::string(alias(index)));
        found != by_alias_.end() && found->second == index)
        by_alias_.erase(found);
}

void TemplateStore::assign(TemplateIndex index, BuildIndex build, std::string_view tag, Instant now) {
    details_of(index).assignments.push_back({intern(tag), build, now});
}

void TemplateStore::unassign(TemplateIndex index, std::string_view tag) {
    auto const found = tag_indexes_.find(tag);
    if (found != tag_indexes_.end())
        std::erase_if(details_of(index).assignments,
                      [&found](Assignment const& each) { return each.tag == found->second; });
}

std::optional<TemplateIndex> TemplateStore::find_alias(std::string_view alias) const {
    auto const found = by_alias_.find(std::string(alias));
    return found == by_alias_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<TemplateIndex> TemplateStore::find(TemplateName const& name) const {
    if (name.team && *name.team != team_)
        return std::nullopt;
    if (auto const found = find_alias(name.alias))
        return found;
    return name.team ? std::nullopt : find_id(name.alias);
}

std::optional<TemplateIndex> TemplateStore::find_id(std::string_view id) const {
    if (ids_ == Dialect::Ids::snap) {
        if (!id.starts_with(snap_prefix))
            return std::nullopt;
        id.remove_prefix(snap_prefix.size());
    }
    auto const number = ids_ == Dialect::Ids::brief ? codec_.decode_brief(id) : codec_.decode(id);
    if (!number || *number >= templates_.size() || templates_[*number].deleted)
        return std::nullopt;
    return static_cast<TemplateIndex>(*number);
}

std::vector<Assignment> TemplateStore::assignments(TemplateIndex index) const {
    Template const& of = templates_[index];
    if (of.details != no_index)
        return details_[of.details].assignments;
    if (of.last_build == no_index)
        return {};
    return {only_assignment(of)};
}

std::optional<Assignment> TemplateStore::find_ready(TemplateIndex index,
                                                    std::optional<std::string_view> tag) const {
    auto const matches = [&](Assignment const& each) {
        return builds_[each.build].status == BuildStatus::ready && (!tag || tags_[each.tag] == *tag);
    };
    Template const& of = templates_[index];
    if (of.details == no_index) {
        if (of.last_build == no_index)
            return std::nullopt;
        auto const only = only_assignment(of);
        return matches(only) ? std::optional(only) : std::nullopt;
    }
    auto const& all = details_[of.details].assignments;
    auto const found = std::find_if(all.rbegin(), all.rend(), matches);
    return found == all.rend() ? std::nullopt : std::optional(*found);
}

std::optional<TagIndex> TemplateStore::find_tag(TemplateIndex index, std::string_view tag) const {
    auto const found = find_ready(index, tag);
    return found ? std::optional(found->tag) : std::nullopt;
}

bool TemplateStore::listed(TemplateIndex index) const {
    return !templates_[index].deleted && templates_[index].creator != no_index;
}

std::optional<SnapshotRow> TemplateStore::row(TemplateIndex index, SnapshotFilter const& filter) const {
    if (!listed(index) || index >= filter.before)
        return std::nullopt;
    bool const has_tag = filter.name && filter.name->has_tag;
    if (auto const ready =
            find_ready(index, has_tag ? std::optional<std::string_view>(filter.name->tag) : std::nullopt))
        return SnapshotRow{index, ready->tag, ready->build};
    BuildIndex const last = templates_[index].last_build;
    if (!filter.unready || last == no_index)
        return std::nullopt;
    return SnapshotRow{index, builds_[last].tag, last};
}

std::vector<SnapshotRow> TemplateStore::list(SnapshotFilter const& filter) const {
    std::vector<SnapshotRow> rows;
    auto const add_row = [&](TemplateIndex index) {
        if (auto const found = row(index, filter))
            rows.push_back(*found);
        return rows.size() <= filter.limit;
    };
    if (filter.name) {
        auto const index = find(*filter.name);
        if (index && (!filter.creator || templates_[*index].creator == *filter.creator))
            add_row(*index);
    } else if (filter.creator) {
        TemplateIndex index =
            *filter.creator < last_of_creator_.size() ? last_of_creator_[*filter.creator] : no_index;
        while (index != no_index && add_row(index))
            index = templates_[index].previous_of_creator;
    } else {
        auto index = std::min(static_cast<TemplateIndex>(templates_.size()), filter.before);
        while (index-- > 0 && add_row(index)) {
        }
    }
    return rows;
}

std::string TemplateStore::id(TemplateIndex index) const {
    std::string text;
    if (ids_ == Dialect::Ids::snap)
        text = snap_prefix;
    if (ids_ == Dialect::Ids::brief)
        codec_.append_brief(text, index);
    else
        codec_.append(text, index);
    return text;
}

std::string_view TemplateStore::alias(TemplateIndex index) const {
    std::uint32_t const details = templates_[index].details;
    return details == no_index ? std::string_view() : details_[details].alias;
}

void TemplateStore::append_snapshot_id(std::string& out, TemplateIndex index, TagIndex tag) const {
    if (ids_ != Dialect::Ids::plain) {
        out.append(id(index));
        return;
    }
    if (auto const name = alias(index); name.empty())
        codec_.append(out, index);
    else
        out.append(team_).append("/").append(name);
    out.append(":").append(tags_[tag]);
}

TagIndex TemplateStore::intern(std::string_view tag) {
    if (tag == default_tag && !tags_.empty())
        return 0;
    if (auto const found = tag_indexes_.find(tag); found != tag_indexes_.end())
        return found->second;
    auto const index = static_cast<TagIndex>(tags_.size());
    tags_.emplace_back(tag);
    tag_indexes_.emplace(tags_.back(), index);
    return index;
}

} // namespace e2b::sim
