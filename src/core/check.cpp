#include "core/check.hpp"

#include "base/ascii.hpp"
#include "core/header_check.hpp"
#include "core/name.hpp"
#include "core/utf8.hpp"

#include <e2b/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace e2b::core {

using namespace base;

namespace {

constexpr std::size_t max_token = 4096;
// Each byte can become seven, `%2525XX`, and the whole query stays within one TLS record.
constexpr std::size_t max_metadata = 1024;
constexpr std::size_t max_states = 256;
constexpr std::size_t max_time = 64;

std::string sentence(Problem const& problem) {
    return problem.field + ": " + problem.text;
}

std::optional<std::string> of_field(std::string_view field, std::optional<std::string> const& problem) {
    return problem ? std::optional(std::string(field) + ": " + *problem) : std::nullopt;
}

std::optional<std::string> check_page(unsigned limit, std::string const& token) {
    if (limit < 1 || limit > 100)
        return "limit: " + std::to_string(limit) + " is not within 1 to 100";
    return check_next_token(token);
}

std::optional<std::string> check_metadata(std::vector<std::pair<std::string, std::string>> const& metadata) {
    std::size_t total = 0;
    for (auto const& [key, value] : metadata) {
        if (!is_utf8(key) || !is_utf8(value))
            return "metadata: has a key or value that is not UTF-8";
        total += key.size() + value.size();
    }
    if (total > max_metadata)
        return "metadata: has " + std::to_string(total) +
               " bytes of keys and values; must be at most 1024 in all";
    return std::nullopt;
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
    if (auto problem = check_sandbox_id(request.sandbox_id))
        return problem;
    return request.name ? of_field("name", name_problem(*request.name)) : std::nullopt;
}

std::optional<std::string> check(SnapshotQuery const& query) {
    if (!query.sandbox_id.empty()) {
        if (auto problem = check_sandbox_id(query.sandbox_id))
            return problem;
    }
    if (auto problem = of_field("name", text_problem(query.name, max_template_id)))
        return problem;
    return check_page(query.limit, query.next_token);
}

std::optional<std::string> check(SandboxQuery const& query) {
    if (auto problem = check_metadata(query.metadata))
        return problem;
    std::size_t of_states = 0;
    for (auto const& state : query.states) {
        if (auto problem = of_field("states", text_problem(state, max_states)))
            return problem;
        of_states += state.size();
    }
    if (of_states > max_states)
        return "states: have " + std::to_string(of_states) + " bytes; must be at most 256 in all";
    if (auto problem = of_field("template_id", text_problem(query.template_id, max_template_id)))
        return problem;
    if (auto problem = of_field("started_after", text_problem(query.started_after, max_time)))
        return problem;
    return check_page(query.limit, query.next_token);
}

std::optional<std::string> check(SandboxRequest const& request) {
    if (auto problem = of_field("template_id", printed_id_problem(request.template_id)))
        return problem;
    if (request.timeout.count() <= 0)
        return "timeout: must be more than 0";
    if (request.timeout > std::chrono::seconds(std::numeric_limits<std::int32_t>::max()))
        return "timeout: must be at most 2147483647 s";
    return std::nullopt;
}

std::optional<std::string> check(ReconcileRequest const& request, std::chrono::system_clock::time_point now) {
    if (auto problem = check(request.request))
        return problem;
    if (request.started_at < std::chrono::system_clock::time_point() ||
        request.started_at > now + std::chrono::hours(24))
        return "started_at: must be within 1970 and a day from now";
    if (request.uniqueness != NameUniqueness::none && !request.request.name)
        return "uniqueness: must be none for a request without a name";
    if (request.settle_time &&
        (request.settle_time->count() < 0 || *request.settle_time > std::chrono::hours(24)))
        return "settle_time: must be within 0 and 24 h";
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
    return of_field("headers", header_problem(options.headers, 3));
}

std::optional<std::string> check_sandbox_id(std::string_view id) {
    if (!valid_sandbox_id(id))
        return "sandbox_id: must be 1 to 128 of A-Z a-z 0-9 _ -, the first a letter or digit";
    return std::nullopt;
}

std::optional<std::string> check_template(std::string_view name_or_id) {
    return of_field("template", printed_id_problem(name_or_id));
}

std::optional<std::string> check_next_token(std::string_view token) {
    bool const is_plain = std::ranges::all_of(token, [](char c) { return is_printable(c) && c != ' '; });
    if (token.size() > max_token || !is_plain)
        return "next_token: must be as the platform gave it, at most 4096 printable ASCII characters without "
               "a space";
    return std::nullopt;
}

std::optional<std::string> check_snapshot_id(std::string_view id) {
    return of_field("snapshot_id", printed_id_problem(id));
}

} // namespace e2b::core

std::optional<std::string> e2b::v0::find_problem(SnapshotRequest const& request) {
    return core::check(request);
}

std::optional<std::string> e2b::find_snapshot_id_problem(std::string const& snapshot_id) {
    return core::check_snapshot_id(snapshot_id);
}
