// Catch2 2 (Debian 12) and Catch2 3 (Debian 13) behind one include, with the names of Catch2 3.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>

#include <string>

namespace Catch::Matchers {

inline auto ContainsSubstring(std::string const& text) {
    return Contains(text);
}

} // namespace Catch::Matchers
#endif
