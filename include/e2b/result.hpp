#pragma once

#include <e2b/error.hpp>

#include <chrono>
#include <utility>
#include <variant>

namespace e2b {

/// What a call that does not throw yields: a value, or the `Failure` that says all that is known.
///
/// Thread safety: as a plain value. Lifetime: owns everything in it.
template <class T>
class Result {
public:
    /// A failure of which nothing is known: what stands beside the exception where a coroutine started with
    /// `co_spawn` ends with one.
    Result() : Result(Failure()) {}

    /// A success after `attempts` requests and `elapsed` time.
    Result(T value, unsigned attempts, std::chrono::nanoseconds elapsed)
        : state_(std::in_place_index<0>, std::move(value)),
          attempts_(attempts),
          elapsed_(elapsed) {}

    Result(Failure failure)
        : state_(std::in_place_index<1>, std::move(failure)),
          attempts_(std::get<1>(state_).attempts),
          elapsed_(std::get<1>(state_).elapsed) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    /// `Outcome::created` with a value, the failure's outcome without.
    [[nodiscard]] Outcome outcome() const noexcept {
        return has_value() ? Outcome::created : std::get<1>(state_).outcome;
    }

    /// The value. Errors: throws `SnapshotError` where there is none.
    [[nodiscard]] T& value() & {
        require_value();
        return std::get<0>(state_);
    }
    [[nodiscard]] T const& value() const& {
        require_value();
        return std::get<0>(state_);
    }
    [[nodiscard]] T&& value() && {
        require_value();
        return std::get<0>(std::move(state_));
    }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] T const* operator->() const { return &value(); }
    [[nodiscard]] T& operator*() { return value(); }
    [[nodiscard]] T const& operator*() const { return value(); }

    /// The failure. Precondition: `!has_value()`; throws `std::bad_variant_access` otherwise.
    [[nodiscard]] Failure const& failure() const { return std::get<1>(state_); }

    /// How many times the request was given to a connection.
    [[nodiscard]] unsigned attempts() const noexcept { return attempts_; }
    /// From the start of the call to its end.
    [[nodiscard]] std::chrono::nanoseconds elapsed() const noexcept { return elapsed_; }

private:
    void require_value() const {
        if (!has_value())
            throw SnapshotError(std::get<1>(state_));
    }

    std::variant<T, Failure> state_;
    unsigned attempts_;
    std::chrono::nanoseconds elapsed_;
};

} // namespace e2b
