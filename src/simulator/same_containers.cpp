#include <e2b/detail/same_containers.hpp>

namespace e2b::inline v0::detail {

template <bool Has>
void library_was_compiled_with_glibcxx_debug<Has>::same_as_this_program() noexcept {}

// Only as this is compiled. The library has it as well, as a program may link only one of the two.
template struct library_was_compiled_with_glibcxx_debug<has_glibcxx_debug>;

} // namespace e2b::inline v0::detail
