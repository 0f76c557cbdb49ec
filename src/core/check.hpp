#pragma once

#include <e2b/reconcile.hpp>
#include <e2b/retry_policy.hpp>
#include <e2b/sandbox.hpp>
#include <e2b/snapshot.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace e2b::core {

/// A value that is not allowed, and why.
struct Problem {
    /// As the user writes it: `retry.max_attempts`.
    std::string field;
    std::string text;
};

[[nodiscard]] std::optional<Problem> find_problem(RetryPolicy const& policy);

/// What is wrong with a call's arguments, if anything: a message that begins with the field's name, and says
/// what is allowed. Nothing of what a caller passes reaches the platform unchecked.
[[nodiscard]] std::optional<std::string> check(SnapshotRequest const& request);
[[nodiscard]] std::optional<std::string> check(SnapshotQuery const& query);
[[nodiscard]] std::optional<std::string> check(SandboxQuery const& query);
[[nodiscard]] std::optional<std::string> check(SandboxRequest const& request);
[[nodiscard]] std::optional<std::string> check(ReconcileRequest const& request,
                                               std::chrono::system_clock::time_point now);
[[nodiscard]] std::optional<std::string> check(CallOptions const& options);
[[nodiscard]] std::optional<std::string> check_sandbox_id(std::string_view id);
[[nodiscard]] std::optional<std::string> check_snapshot_id(std::string_view id);
[[nodiscard]] std::optional<std::string> check_template(std::string_view name_or_id);
[[nodiscard]] std::optional<std::string> check_next_token(std::string_view token);

} // namespace e2b::core
