#include "cli/journal/journal_copies.hpp"

#include <functional>

namespace e2b::cli {

void JournalCopies::begin_file() {
    copied_ = 0;
    alike_.clear();
    for (std::size_t earlier = 0; earlier < files_.size(); ++earlier)
        alike_.push_back(earlier);
    files_.emplace_back();
}

bool JournalCopies::is_copied(std::string_view line) {
    auto& lines = files_.back();
    auto const number = lines.size();
    auto const hash = static_cast<std::uint64_t>(std::hash<std::string_view>()(line));
    lines.push_back(hash);
    std::erase_if(alike_, [&](std::size_t earlier) {
        return number >= files_[earlier].size() || files_[earlier][number] != hash;
    });
    copied_ += alike_.empty() ? 0 : 1;
    return !alike_.empty();
}

} // namespace e2b::cli
