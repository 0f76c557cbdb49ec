#include "core/key_set.hpp"

#include <algorithm>

namespace e2b::core {

bool KeySet::append(std::string_view part) noexcept {
    if (part.size() > max_bytes - size_)
        return false;
    std::ranges::copy(part, text_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += part.size();
    return true;
}

bool KeySet::close() noexcept {
    if (keys_ == max_keys)
        return false;
    ends_[keys_++] = static_cast<std::uint16_t>(size_);
    for (std::size_t i = 0; i + 1 != keys_; ++i) {
        if (key(i) == last())
            return false;
    }
    return true;
}

} // namespace e2b::core
