#include <e2b/detail/built_alike.hpp>

namespace e2b::inline v0::detail {

template <bool Has>
void library_was_compiled_with_glibcxx_debug<Has>::same_as_this_program() noexcept {}
template <int Major, int Minor>
void library_was_compiled_with_boost<Major, Minor>::same_as_this_program() noexcept {}
template <bool Has>
void library_was_compiled_with_rtti<Has>::same_as_this_program() noexcept {}
template <bool Has>
void library_was_compiled_with_asio_threads<Has>::same_as_this_program() noexcept {}
template <bool Has>
void library_was_compiled_with_asio_handler_tracking<Has>::same_as_this_program() noexcept {}
template <bool Has>
void library_was_compiled_with_asio_buffer_debugging<Has>::same_as_this_program() noexcept {}
template <bool Has>
void library_was_compiled_with_asio_epoll<Has>::same_as_this_program() noexcept {}
template <bool Has>
void library_was_compiled_with_asio_eventfd<Has>::same_as_this_program() noexcept {}
template <bool Has>
void library_was_compiled_with_asio_io_uring<Has>::same_as_this_program() noexcept {}
template <int Blocks>
void library_was_compiled_with_asio_recycling<Blocks>::same_as_this_program() noexcept {}

// Only as this is compiled.
template struct library_was_compiled_with_glibcxx_debug<has_glibcxx_debug>;
template struct library_was_compiled_with_boost<BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1'000>;
template struct library_was_compiled_with_rtti<has_rtti>;
template struct library_was_compiled_with_asio_threads<has_asio_threads>;
template struct library_was_compiled_with_asio_handler_tracking<has_asio_handler_tracking>;
template struct library_was_compiled_with_asio_buffer_debugging<has_asio_buffer_debugging>;
template struct library_was_compiled_with_asio_epoll<has_asio_epoll>;
template struct library_was_compiled_with_asio_eventfd<has_asio_eventfd>;
template struct library_was_compiled_with_asio_io_uring<has_asio_io_uring>;
template struct library_was_compiled_with_asio_recycling<asio_recycling>;

} // namespace e2b::inline v0::detail
