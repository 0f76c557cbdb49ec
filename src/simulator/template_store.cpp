#include "simulator/template_store.hpp"

#include "simulator/codec_kinds.hpp"

#include <algorithm>

namespace e2b::sim {
namespace {

constexpr std::string_view default_tag = "default";

} // namespace

TemplateStore::TemplateStore(std::uint64_t seed, std::string team)
    : team_(std::move(team)),
      codec_(seed, CodecKind::template_id) {
    intern(default_tag);
}

TemplateIndex TemplateStore::add(Template value, std::optional<std::string> alias) {
    auto const index = static_cast<TemplateIndex>(templates_.size());
    if (alias) {
        value.named = static_cast<std::uint32_t>(named_.size());
        by_alias_.emplace(*alias, index);
        named_.push_back({std::move(*alias), {}});
    }
    templates_.push_back(value);
    return index;
}

TemplateIndex TemplateStore::add_ordinary(std::string alias) {
    TemplateIndex const index = add({}, std::move(alias));
    named_.back().tags.push_back(intern(default_tag));
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

BuildIndex TemplateStore::add_build(TemplateIndex index, SandboxIndex sandbox, std::string_view tag,
                                    Instant started_at, Instant finished_at) {
    TagIndex const tag_index = intern(tag);
    Template& target = templates_[index];
    if (target.named != no_index) {
        auto& tags = named_[target.named].tags;
        if (std::ranges::find(tags, tag_index) == tags.end())
            tags.push_back(tag_index);
    }
    target.last_tag = tag_index;
    builds_.push_back({index, sandbox, tag_index, started_at, finished_at});
    return static_cast<BuildIndex>(builds_.size() - 1);
}

void TemplateStore::erase(TemplateIndex index) {
    Template& target = templates_[index];
    target.deleted = true;
    if (target.named != no_index)
        by_alias_.erase(named_[target.named].alias);
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
    auto const number = codec_.decode(name.alias);
    if (!number || name.team || *number >= templates_.size() || templates_[*number].deleted)
        return std::nullopt;
    return static_cast<TemplateIndex>(*number);
}

std::optional<TagIndex> TemplateStore::find_tag(TemplateIndex index, std::string_view tag) const {
    auto const found = tag_indexes_.find(tag);
    if (found == tag_indexes_.end())
        return std::nullopt;
    Template const& target = templates_[index];
    if (target.named == no_index)
        return found->second == target.last_tag ? std::optional(found->second) : std::nullopt;
    auto const& tags = named_[target.named].tags;
    return std::ranges::find(tags, found->second) != tags.end() ? std::optional(found->second) : std::nullopt;
}

bool TemplateStore::listed(TemplateIndex index) const {
    return !templates_[index].deleted && templates_[index].creator != no_index;
}

std::vector<SnapshotRow> TemplateStore::list(SnapshotFilter const& filter) const {
    std::vector<SnapshotRow> rows;
    auto const add_row = [&](TemplateIndex index, TagIndex tag) {
        if (listed(index) && index < filter.before)
            rows.push_back({index, tag});
        return rows.size() <= filter.limit;
    };
    if (filter.name) {
        auto const index = find(*filter.name);
        auto const tag = index ? find_tag(*index, filter.name->tag) : std::nullopt;
        if (tag && (!filter.creator || templates_[*index].creator == *filter.creator))
            add_row(*index, *tag);
    } else if (filter.creator) {
        TemplateIndex index =
            *filter.creator < last_of_creator_.size() ? last_of_creator_[*filter.creator] : no_index;
        while (index != no_index && add_row(index, templates_[index].last_tag))
            index = templates_[index].previous_of_creator;
    } else {
        auto index = std::min(static_cast<TemplateIndex>(templates_.size()), filter.before);
        while (index-- > 0 && add_row(index, templates_[index].last_tag)) {
        }
    }
    return rows;
}

std::string TemplateStore::id(TemplateIndex index) const {
    std::string text;
    codec_.append(text, index);
    return text;
}

std::string_view TemplateStore::alias(TemplateIndex index) const {
    std::uint32_t const named = templates_[index].named;
    return named == no_index ? std::string_view() : named_[named].alias;
}

void TemplateStore::append_snapshot_id(std::string& out, TemplateIndex index, TagIndex tag) const {
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
