#pragma once

#include <e2b/error.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cassert>
#include <chrono>
#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

namespace e2b::inline v0 {

struct SandboxInfo;
struct SnapshotInfo;

template <class T>
class Result;

namespace detail {

// What a success with a `T` is taken for where nobody says.
template <class T>
inline constexpr Outcome success_outcome = Outcome::succeeded;
template <>
inline constexpr Outcome success_outcome<SnapshotInfo> = Outcome::created;
template <>
inline constexpr Outcome success_outcome<SandboxInfo> = Outcome::created;

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<Result<T>> = true;

// g++ before 14 destroys a lambda with captures twice that stands in one expression with co_await, as in
// `(co_await call).transform([name](auto const& value) { ... })`.
template <class Function>
constexpr void require_not_destroyed_twice() {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
    static_assert(std::is_lvalue_reference_v<Function> || std::is_trivially_destructible_v<Function>,
                  "name the e2b::Result first, or the function: this compiler would destroy the function "
                  "twice beside co_await");
#endif
}

// The same of a value of an aggregate class.
template <class Value>
constexpr void require_no_temporary_aggregate() {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
    static_assert(std::is_lvalue_reference_v<Value> || !std::is_aggregate_v<Value> ||
                      std::is_trivially_destructible_v<Value>,
                  "name the e2b::Result first, or the other value: this compiler would destroy the value "
                  "twice beside co_await");
#endif
}

// Takes what is thrown out of every user of a result.
[[noreturn]] E2B_SNAPSHOT_API void throw_failure(Failure const& failure);

} // namespace detail

/// What a call that does not throw yields: a value, or the `Failure` that says all that is known. Used as
/// C++23's `std::expected<T, Failure>`, with the attempts and the time besides.
///
/// Thread safety: as a plain value. Lifetime: owns everything in it.
///
/// Example:
/// ```
/// auto const id = (co_await client.try_create_snapshot(sandbox)).transform(&e2b::SnapshotInfo::snapshot_id);
/// if (id)
///     use(*id);
/// else if (id.error() == e2b::Condition::transient)
///     later(id.error().retry_after);
/// ```
template <class T>
class [[nodiscard]] Result {
public:
    /// What a success holds.
    using value_type = T;
    /// What anything else holds.
    using error_type = Failure;
    /// A result of the same kind with another value.
    template <class U>
    using rebind = Result<U>;

    /// A failure of which nothing is known: what stands beside the exception where a coroutine started with
    /// `co_spawn` ends with one.
    Result() : Result(Failure()) {}

    /// A success, after `attempts` requests and `elapsed` time. Its outcome is `created` or `succeeded`; by
    /// default `created` for a `SnapshotInfo` or a `SandboxInfo`, and `succeeded` for all else.
    Result(T&& value, unsigned attempts = 1, std::chrono::nanoseconds elapsed = {},
           Outcome outcome = detail::success_outcome<T>)
        : state_(std::in_place_index<0>, std::move(value)),
          attempts_(attempts),
          outcome_(outcome),
          elapsed_(elapsed) {
        assert(is_success(outcome));
    }
    /// The same with a copy.
    Result(T const& value, unsigned attempts = 1, std::chrono::nanoseconds elapsed = {},
           Outcome outcome = detail::success_outcome<T>)
        requires std::is_copy_constructible_v<T>
        : Result(T(value), attempts, elapsed, outcome) {}

    /// A failure; attempts and time are its own.
    Result(Failure failure)
        : state_(std::in_place_index<1>, std::move(failure)),
          attempts_(std::get_if<1>(&state_)->attempts),
          outcome_(std::get_if<1>(&state_)->outcome),
          elapsed_(std::get_if<1>(&state_)->elapsed) {}

    /// Whether there is a value.
    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    /// Whether there is a value.
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    /// How the call ended: with a value `created`, if it created something (a snapshot, a sandbox), or else
    /// `succeeded`; the failure's outcome without one.
    [[nodiscard]] Outcome outcome() const noexcept { return has_value() ? outcome_ : error().outcome; }

    /// The value. Errors: throws `SnapshotError` where there is none.
    [[nodiscard]] T& value() & {
        require_value();
        return **this;
    }
    /// The same.
    [[nodiscard]] T const& value() const& {
        require_value();
        return **this;
    }
    /// The same.
    [[nodiscard]] T&& value() && {
        require_value();
        return *std::move(*this);
    }

    /// The value. Precondition: there is one; not checked.
    [[nodiscard]] T& operator*() & noexcept {
        assert(has_value());
        return *std::get_if<0>(&state_);
    }
    /// The same.
    [[nodiscard]] T const& operator*() const& noexcept {
        assert(has_value());
        return *std::get_if<0>(&state_);
    }
    /// The same.
    [[nodiscard]] T&& operator*() && noexcept {
        assert(has_value());
        return std::move(*std::get_if<0>(&state_));
    }
    /// A member of the value. Precondition: there is one; not checked.
    [[nodiscard]] T* operator->() noexcept { return &**this; }
    /// The same.
    [[nodiscard]] T const* operator->() const noexcept { return &**this; }

    /// All that is known of the failure. Precondition: there is no value; not checked.
    [[nodiscard]] Failure& error() & noexcept {
        assert(!has_value());
        return *std::get_if<1>(&state_);
    }
    /// The same.
    [[nodiscard]] Failure const& error() const& noexcept {
        assert(!has_value());
        return *std::get_if<1>(&state_);
    }
    /// The same.
    [[nodiscard]] Failure&& error() && noexcept {
        assert(!has_value());
        return std::move(*std::get_if<1>(&state_));
    }

    /// The value, or `other` where there is none. Of a result without a name, g++ before 14 takes no `other`
    /// that is a temporary of an aggregate class with something to destroy: name one of the two first.
    template <class U>
    [[nodiscard]] T value_or(U&& other) const& {
        return has_value() ? **this : static_cast<T>(std::forward<U>(other));
    }
    /// The same.
    template <class U>
    [[nodiscard]] T value_or(U&& other) && {
        detail::require_no_temporary_aggregate<U>();
        return has_value() ? std::move(**this) : static_cast<T>(std::forward<U>(other));
    }

    /// A result of `function(value)`, or of the same failure. Outcome, attempts and time stay. Of a result
    /// without a name, as in one expression with `co_await`, g++ before 14 takes no function with captures
    /// that need to be destroyed: name the result first, or the function.
    template <class Function>
    [[nodiscard]] auto transform(Function&& function) const& {
        return transform_of(*this, std::forward<Function>(function));
    }
    /// The same.
    template <class Function>
    [[nodiscard]] auto transform(Function&& function) && {
        detail::require_not_destroyed_twice<Function>();
        return transform_of(std::move(*this), std::forward<Function>(function));
    }

    /// What `function(value)` yields, which must be a `Result` and keeps its own outcome, attempts and time;
    /// or the same failure.
    template <class Function>
    [[nodiscard]] auto and_then(Function&& function) const& {
        return and_then_of(*this, std::forward<Function>(function));
    }
    /// The same.
    template <class Function>
    [[nodiscard]] auto and_then(Function&& function) && {
        detail::require_not_destroyed_twice<Function>();
        return and_then_of(std::move(*this), std::forward<Function>(function));
    }

    /// This, or where there is no value what `function(failure)` yields, which must be a `Result<T>`.
    template <class Function>
        requires std::same_as<std::remove_cvref_t<std::invoke_result_t<Function, Failure const&>>, Result>
    [[nodiscard]] Result or_else(Function&& function) const& {
        return has_value() ? *this : std::invoke(std::forward<Function>(function), error());
    }
    /// The same.
    template <class Function>
        requires std::same_as<std::remove_cvref_t<std::invoke_result_t<Function, Failure const&>>, Result>
    [[nodiscard]] Result or_else(Function&& function) && {
        detail::require_not_destroyed_twice<Function>();
        return has_value() ? std::move(*this) : std::invoke(std::forward<Function>(function), error());
    }

    /// The same as a `boost::system::result`, whose error is a `Failure` or only its code.
    template <class E>
        requires std::same_as<E, Failure> || std::same_as<E, boost::system::error_code>
    [[nodiscard]] operator boost::system::result<T, E>() const {
        using Other = boost::system::result<T, E>;
        if (has_value())
            return Other(boost::system::in_place_value, **this);
        if constexpr (std::same_as<E, Failure>)
            return Other(boost::system::in_place_error, error());
        else
            return Other(boost::system::in_place_error, error().code());
    }

    /// How many times the request was given to a connection.
    [[nodiscard]] unsigned attempts() const noexcept { return attempts_; }
    /// From the start of the call to its end.
    [[nodiscard]] std::chrono::nanoseconds elapsed() const noexcept { return elapsed_; }

    /// Whether both have a value, and the same one.
    [[nodiscard]] friend bool operator==(Result const& left, Result const& right)
        requires std::equality_comparable<T>
    {
        return left.has_value() && right.has_value() && *left == *right;
    }
    /// Whether there is a value, and it is this one.
    [[nodiscard]] friend bool operator==(Result const& result, T const& value)
        requires std::equality_comparable<T>
    {
        return result.has_value() && *result == value;
    }

private:
    template <class Self, class Function>
    static auto transform_of(Self&& self, Function&& function) {
        using Value = decltype(*std::forward<Self>(self));
        using Other = Result<std::remove_cvref_t<std::invoke_result_t<Function, Value>>>;
        if (self.has_value())
            return Other(std::invoke(std::forward<Function>(function), *std::forward<Self>(self)),
                         self.attempts(), self.elapsed(), self.outcome());
        return Other(std::forward<Self>(self).error());
    }
    template <class Self, class Function>
    static auto and_then_of(Self&& self, Function&& function) {
        using Value = decltype(*std::forward<Self>(self));
        using Other = std::remove_cvref_t<std::invoke_result_t<Function, Value>>;
        static_assert(detail::is_result<Other>, "and_then: the function must yield an e2b::Result");
        if (self.has_value())
            return Other(std::invoke(std::forward<Function>(function), *std::forward<Self>(self)));
        return Other(std::forward<Self>(self).error());
    }

    void require_value() const {
        if (!has_value())
            detail::throw_failure(error());
    }

    std::variant<T, Failure> state_;
    unsigned attempts_;
    Outcome outcome_; // with a value
    std::chrono::nanoseconds elapsed_;
};

/// What `boost::system::result<T, Failure>::value()` throws without a value: a `SnapshotError`.
[[noreturn]] inline void throw_exception_from_error(Failure const& failure,
                                                    boost::source_location const& /*where*/) {
    detail::throw_failure(failure);
}

} // namespace e2b::inline v0
