#include <e2b/detail/built_alike.hpp>

namespace e2b::inline v0::detail {

template <int Major, int Minor>
void library_was_compiled_with_boost<Major, Minor>::same_as_this_program() noexcept {}
template <bool Has>
void library_was_compiled_with_asio_threads<Has>::same_as_this_program() noexcept {}
template <bool Has>
void library_was_compiled_with_rtti<Has>::same_as_this_program() noexcept {}
template <bool Has>
void library_was_compiled_with_asio_handler_tracking<Has>::same_as_this_program() noexcept {}

// Only as this is compiled.
template struct library_was_compiled_with_boost<BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1'000>;
template struct library_was_compiled_with_asio_threads<has_asio_threads>;
template struct library_was_compiled_with_rtti<has_rtti>;
template struct library_was_compiled_with_asio_handler_tracking<has_asio_handler_tracking>;

} // namespace e2b::inline v0::detail
