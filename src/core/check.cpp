#include "core/check.hpp"

#include "core/name.hpp"

namespace e2b::core {

namespace {

std::string sentence(Problem const& problem) {
    return problem.field + ": " + problem.text;
}

} // namespace

std::optional<Problem> find_problem(RetryPolicy const& policy) {
    using std::chrono::hours;
    if (policy.max_attempts < 1 || policy.max_attempts > 100)
        return Problem{"retry.max_attempts", "must be within 1 to 100"};
    if (policy.base_backoff.count() <= 0)
        return Problem{"retry.base_backoff", "must be more than 0"};
    if (policy.max_backoff < policy.base_backoff || policy.max_backoff > hours(24))
        return Problem{"retry.max_backoff", "must be at least retry.base_backoff and at most 24 h"};
    if (policy.budget_capacity > 1'000'000)
        return Problem{"retry.budget_capacity", "must be within 0 to 1000000"};
    return std::nullopt;
}

std::optional<std::string> check(SnapshotRequest const& request) {
    if (!valid_sandbox_id(request.sandbox_id))
        return "sandbox_id: must be 1 to 128 of A-Z a-z 0-9 _ -, the first a letter or digit";
    if (request.name) {
        if (auto const problem = name_problem(*request.name))
            return "name: " + *problem;
    }
    return std::nullopt;
}

std::optional<std::string> check(CallOptions const& options) {
    if (options.timeout && options.timeout->count() <= 0)
        return "timeout: must be more than 0";
    if (options.attempt_timeout && options.attempt_timeout->count() <= 0)
        return "attempt_timeout: must be more than 0";
    if (options.retry) {
        if (auto const problem = find_problem(*options.retry))
            return sentence(*problem);
    }
    return std::nullopt;
}

} // namespace e2b::core
