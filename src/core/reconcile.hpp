#pragma once

#include <e2b/error.hpp>
#include <e2b/reconcile.hpp>
#include <e2b/template.hpp>

#include <chrono>
#include <optional>
#include <variant>
#include <vector>

namespace e2b::core {

// An alias that was looked up in vain may be taken for missing for this long.
inline constexpr auto missing_alias_cached_for = std::chrono::minutes(5);

// What the platform can be asked.
enum class Question : unsigned char {
    snapshots_of_sandbox, // never an old answer
    tags,                 // of the name's template
    builds,               // of the name's template: the first page, or the next
    snapshots_of_name,
};

// What it said, or why that could not be had.
template <class T>
struct Answer {
    std::optional<T> value;
    std::optional<Failure> failure;
};

struct Evidence {
    using Rows = std::vector<SnapshotInfo>;
    using Tags = std::vector<TemplateTag>;

    // From when on the platform is no longer at work on the request.
    std::chrono::system_clock::time_point settled_at;
    // When the first question was asked.
    std::chrono::system_clock::time_point asked_at;

    // What was not asked yet is nothing. An inner nothing: there is no such template.
    std::optional<Answer<Rows>> of_sandbox;
    std::optional<Answer<std::optional<Tags>>> tags;
    std::optional<Answer<std::optional<TemplateInfo>>> builds;
    std::optional<Answer<Rows>> of_name;
};

// What to ask next, or what the evidence proves, the sandbox's life left aside.
[[nodiscard]] std::variant<Question, Reconciliation> next_step(ReconcileRequest const& request,
                                                               Evidence const& evidence);

} // namespace e2b::core
