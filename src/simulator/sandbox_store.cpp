#include "simulator/sandbox_store.hpp"

#include "simulator/codec_kinds.hpp"

#include <algorithm>
#include <stdexcept>

namespace e2b::sim {
namespace {

constexpr char prefix = 'i';
constexpr std::string_view brief_prefix = "default--";
constexpr std::size_t max_chosen_length = 32;

bool is_id_char(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

} // namespace

SandboxStore::SandboxStore(std::uint64_t seed, Dialect::Ids ids)
    : ids_(ids),
      codec_(seed, CodecKind::sandbox) {}

std::string_view SandboxStore::without_client(std::string_view id) noexcept {
    auto const dash = id.find('-');
    return dash == id.rfind('-') ? id.substr(0, dash) : id;
}

bool SandboxStore::valid_id(std::string_view id) const noexcept {
    if (ids_ == Dialect::Ids::brief)
        return !id.empty() && std::ranges::all_of(id, [](char c) { return is_id_char(c) || c == '-'; });
    auto const own = without_client(id);
    return !own.empty() && std::ranges::all_of(own, is_id_char);
}

SandboxIndex SandboxStore::add(Sandbox sandbox, std::string_view id) {
    SandboxIndex const index = size();
    if (!id.empty()) {
        if (id.size() > max_chosen_length || !std::ranges::all_of(id, is_id_char))
            throw std::invalid_argument("a sandbox id must be 1 to 32 characters [a-z0-9]");
        if (find(id))
            throw std::invalid_argument("this sandbox id is taken");
        by_chosen_id_.emplace(id, index);
        chosen_ids_.emplace(index, id);
    }
    sandboxes_.push_back(std::move(sandbox));
    return index;
}

std::optional<SandboxIndex> SandboxStore::find(std::string_view id) const {
    id = without_client(id);
    auto const number = decode(id);
    if (number && *number < sandboxes_.size() && !chosen_ids_.contains(static_cast<SandboxIndex>(*number)))
        return static_cast<SandboxIndex>(*number);
    if (auto const found = by_chosen_id_.find(id); found != by_chosen_id_.end())
        return found->second;
    return std::nullopt;
}

std::optional<std::uint64_t> SandboxStore::decode(std::string_view id) const noexcept {
    if (ids_ == Dialect::Ids::brief)
        return id.starts_with(brief_prefix) ? codec_.decode_brief(id.substr(brief_prefix.size()))
                                            : std::nullopt;
    return id.starts_with(prefix) ? codec_.decode(id.substr(1)) : std::nullopt;
}

std::string SandboxStore::id(SandboxIndex index) const {
    if (auto const found = chosen_ids_.find(index); found != chosen_ids_.end())
        return found->second;
    if (ids_ == Dialect::Ids::brief) {
        std::string text(brief_prefix);
        codec_.append_brief(text, index);
        return text;
    }
    std::string text(1, prefix);
    codec_.append(text, index);
    return text;
}

} // namespace e2b::sim
