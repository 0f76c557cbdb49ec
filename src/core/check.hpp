#pragma once

#include <e2b/retry_policy.hpp>
#include <e2b/snapshot.hpp>

#include <optional>
#include <string>

namespace e2b::core {

/// A value that is not allowed, and why.
struct Problem {
    /// As the user writes it: `retry.max_attempts`.
    std::string field;
    std::string text;
};

[[nodiscard]] std::optional<Problem> find_problem(RetryPolicy const& policy);

/// What is wrong with a call's arguments, if anything: a message that begins with the field's name.
[[nodiscard]] std::optional<std::string> check(SnapshotRequest const& request);
[[nodiscard]] std::optional<std::string> check(CallOptions const& options);

} // namespace e2b::core
