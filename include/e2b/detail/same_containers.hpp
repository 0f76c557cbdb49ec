#pragma once

#include <e2b/export.hpp>

#include <version>

namespace e2b::inline v0::detail {

// The containers of libstdc++'s debug mode have another layout. Works as the marks of built_alike.hpp.
template <bool Has>
struct library_was_compiled_with_glibcxx_debug {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};

#if defined(_GLIBCXX_DEBUG)
inline constexpr bool has_glibcxx_debug = true;
#else
inline constexpr bool has_glibcxx_debug = false;
#endif

using CompiledAlike = void (*)() noexcept;

// Every unit refers to it.
[[gnu::used]] static constexpr CompiledAlike same_containers =
    &library_was_compiled_with_glibcxx_debug<has_glibcxx_debug>::same_as_this_program;

} // namespace e2b::inline v0::detail
