#pragma once

#include <e2b/export.hpp>

#include <boost/asio/detail/config.hpp>
#include <boost/version.hpp>

namespace e2b::inline v0::detail {

// What the library and its user must have been compiled with alike: Asio's classes differ otherwise, and a
// program that mixes them crashes. Each has a function that only a library defines which was compiled in the
// same way, so that another one fails to link, and the linker's message says why.
template <int Major, int Minor>
struct library_was_compiled_with_boost {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};
template <bool Has>
struct library_was_compiled_with_asio_threads {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};
template <bool Has>
struct library_was_compiled_with_rtti {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};
template <bool Has>
struct library_was_compiled_with_asio_handler_tracking {
    E2B_SNAPSHOT_API static void same_as_this_program() noexcept;
};

#if defined(BOOST_ASIO_HAS_THREADS) && !defined(BOOST_ASIO_DISABLE_THREADS)
inline constexpr bool has_asio_threads = true;
#else
inline constexpr bool has_asio_threads = false;
#endif
#if defined(BOOST_ASIO_NO_TYPEID)
inline constexpr bool has_rtti = false;
#else
inline constexpr bool has_rtti = true;
#endif
#if defined(BOOST_ASIO_ENABLE_HANDLER_TRACKING)
inline constexpr bool has_asio_handler_tracking = true;
#else
inline constexpr bool has_asio_handler_tracking = false;
#endif

using BoostMark = library_was_compiled_with_boost<BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1'000>;
using ThreadsMark = library_was_compiled_with_asio_threads<has_asio_threads>;
using RttiMark = library_was_compiled_with_rtti<has_rtti>;
using TrackingMark = library_was_compiled_with_asio_handler_tracking<has_asio_handler_tracking>;

// Refers to all of them.
struct BuiltAlike {
    using Mark = void (*)() noexcept;
    Mark boost = &BoostMark::same_as_this_program;
    Mark threads = &ThreadsMark::same_as_this_program;
    Mark rtti = &RttiMark::same_as_this_program;
    Mark tracking = &TrackingMark::same_as_this_program;
};

} // namespace e2b::inline v0::detail
