#pragma once

/// \file
/// `std::format` of outcomes, errors, failures and findings, where the standard library has it: `{}` and the
/// options of texts. With an older one this header declares nothing.

#include <e2b/deletion.hpp>
#include <e2b/error.hpp>
#include <e2b/reconcile.hpp>

#include <string_view>
#include <version>

#if defined(__cpp_lib_format)
#include <format>

namespace e2b::inline v0::detail {

// What prints as `to_string` has it.
template <class T>
struct TextFormatter : std::formatter<std::string_view> {
    template <class Context>
    auto format(T value, Context& context) const {
        return std::formatter<std::string_view>::format(to_string(value), context);
    }
};

} // namespace e2b::inline v0::detail

/// Prints the value's name.
template <>
struct std::formatter<e2b::Outcome> : e2b::detail::TextFormatter<e2b::Outcome> {};
/// Prints the value's name.
template <>
struct std::formatter<e2b::Phase> : e2b::detail::TextFormatter<e2b::Phase> {};
/// Prints the value's name.
template <>
struct std::formatter<e2b::Errc> : e2b::detail::TextFormatter<e2b::Errc> {};
/// Prints the value's name.
template <>
struct std::formatter<e2b::Condition> : e2b::detail::TextFormatter<e2b::Condition> {};
/// Prints the value's name.
template <>
struct std::formatter<e2b::Deletion> : e2b::detail::TextFormatter<e2b::Deletion> {};
/// Prints the value's name.
template <>
struct std::formatter<e2b::Reconciliation::Finding>
    : e2b::detail::TextFormatter<e2b::Reconciliation::Finding> {};
/// Prints the value's name.
template <>
struct std::formatter<e2b::Reconciliation::Sandbox>
    : e2b::detail::TextFormatter<e2b::Reconciliation::Sandbox> {};
/// Prints `Failure::to_string()`.
template <>
struct std::formatter<e2b::Failure> : std::formatter<std::string_view> {
    /// Writes the text to the context.
    template <class Context>
    auto format(e2b::Failure const& failure, Context& context) const {
        return std::formatter<std::string_view>::format(failure.to_string(), context);
    }
};
#endif
