#include "cli/basics/encoding.hpp"

#include "cli/basics/usage_error.hpp"

namespace e2b::cli {

std::string_view without_bom(std::string_view beginning) noexcept {
    constexpr std::string_view bom = "\xEF\xBB\xBF";
    if (beginning.starts_with(bom))
        beginning.remove_prefix(bom.size());
    return beginning;
}

void require_utf8(std::string const& name, std::string_view beginning) {
    if (beginning.starts_with("\xFF\xFE") || beginning.starts_with("\xFE\xFF"))
        throw UsageError(name +
                         " is in UTF-16, and must be in UTF-8: convert it, for example with 'iconv -f UTF-16 "
                         "-t UTF-8'");
}

} // namespace e2b::cli
