#pragma once

#include <e2b/detail/same_containers.hpp>
#include <e2b/export.hpp>

#include <boost/asio/detail/config.hpp>
#include <boost/version.hpp>

namespace e2b::inline v0::detail {

// What the library and its user must have been compiled with alike: Asio's classes differ otherwise, and a
// program that mixes them crashes, or waits for ever. Each has a function that only a library defines which
// was compiled in the same way, so that another one fails to link, and the linker's message says why.
template <int Major, int Minor>
struct library_was_compiled_with_boost {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};
template <bool Has>
struct library_was_compiled_with_rtti {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};
template <bool Has>
struct library_was_compiled_with_asio_threads {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};
template <bool Has>
struct library_was_compiled_with_asio_handler_tracking {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};
template <bool Has>
struct library_was_compiled_with_asio_buffer_debugging {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};
template <bool Has>
struct library_was_compiled_with_asio_epoll {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};
template <bool Has>
struct library_was_compiled_with_asio_eventfd {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};
template <bool Has>
struct library_was_compiled_with_asio_io_uring {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};
// How many blocks of memory a thread keeps of each kind; 0 for none.
template <int Blocks>
struct library_was_compiled_with_asio_recycling {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};

#if defined(BOOST_ASIO_NO_TYPEID)
inline constexpr bool has_rtti = false;
#else
inline constexpr bool has_rtti = true;
#endif
#if defined(BOOST_ASIO_HAS_THREADS) && !defined(BOOST_ASIO_DISABLE_THREADS)
inline constexpr bool has_asio_threads = true;
#else
inline constexpr bool has_asio_threads = false;
#endif
#if defined(BOOST_ASIO_ENABLE_HANDLER_TRACKING)
inline constexpr bool has_asio_handler_tracking = true;
#else
inline constexpr bool has_asio_handler_tracking = false;
#endif
// As boost/asio/buffer.hpp decides it.
#if defined(BOOST_ASIO_ENABLE_BUFFER_DEBUGGING) ||                                                           \
    (defined(_GLIBCXX_DEBUG) && !defined(BOOST_ASIO_DISABLE_BUFFER_DEBUGGING))
inline constexpr bool has_asio_buffer_debugging = true;
#else
inline constexpr bool has_asio_buffer_debugging = false;
#endif
#if defined(BOOST_ASIO_HAS_EPOLL)
inline constexpr bool has_asio_epoll = true;
#else
inline constexpr bool has_asio_epoll = false;
#endif
#if defined(BOOST_ASIO_HAS_EVENTFD)
inline constexpr bool has_asio_eventfd = true;
#else
inline constexpr bool has_asio_eventfd = false;
#endif
#if defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
inline constexpr bool has_asio_io_uring = true;
#else
inline constexpr bool has_asio_io_uring = false;
#endif
// As boost/asio/detail/thread_info_base.hpp decides it.
#if defined(BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
inline constexpr int asio_recycling = 0;
#elif defined(BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE)
inline constexpr int asio_recycling = BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE;
#else
inline constexpr int asio_recycling = 2;
#endif

// Every unit refers to all of them, whatever it uses of the library.
[[gnu::used]] static constexpr CompiledAlike compiled_alike[] = {
    &library_was_compiled_with_boost<BOOST_VERSION / 100'000,
                                     BOOST_VERSION / 100 % 1'000>::same_as_this_program,
    &library_was_compiled_with_rtti<has_rtti>::same_as_this_program,
    &library_was_compiled_with_asio_threads<has_asio_threads>::same_as_this_program,
    &library_was_compiled_with_asio_handler_tracking<has_asio_handler_tracking>::same_as_this_program,
    &library_was_compiled_with_asio_buffer_debugging<has_asio_buffer_debugging>::same_as_this_program,
    &library_was_compiled_with_asio_epoll<has_asio_epoll>::same_as_this_program,
    &library_was_compiled_with_asio_eventfd<has_asio_eventfd>::same_as_this_program,
    &library_was_compiled_with_asio_io_uring<has_asio_io_uring>::same_as_this_program,
    &library_was_compiled_with_asio_recycling<asio_recycling>::same_as_this_program,
};

} // namespace e2b::inline v0::detail
