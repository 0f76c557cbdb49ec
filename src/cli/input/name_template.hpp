#pragma once

#include <e2b/reconcile.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::cli {

// What one run, resumed or not, puts into all of its names.
struct RunIdentity {
    // A new one: of this moment, with a random id.
    static RunIdentity make();

    std::chrono::system_clock::time_point began;
    std::string id; // 8 hexadecimal digits
};

// A snapshot's name with gaps: `{sandbox}`, `{date}` (2026-11-24), `{time}` (050312) and `{run}`, in UTC.
class NameTemplate {
public:
    // Throws std::invalid_argument for a gap that is not one of these.
    explicit NameTemplate(std::string_view text);

    // What is wrong with the name that a sandbox's snapshot would get.
    [[nodiscard]] std::optional<std::string> find_problem(std::string_view sandbox_id) const;
    // The same, where it is wrong whatever the sandbox.
    [[nodiscard]] std::optional<std::string> find_problem() const { return find_problem("i"); }

    [[nodiscard]] std::string expand(std::string_view sandbox_id, RunIdentity const& run) const;

    // Each sandbox's snapshot gets a name of its own.
    [[nodiscard]] bool differs_by_sandbox() const { return contains(all_, Gap::sandbox); }
    // All sandboxes' snapshots get the same alias, whose maker must be the first.
    [[nodiscard]] bool shares_alias() const { return !contains(alias_, Gap::sandbox); }
    // How much of the name belongs to one sandbox in one run.
    [[nodiscard]] NameUniqueness uniqueness() const;

private:
    enum class Gap : unsigned char { none, sandbox, date, time, run };
    struct Part {
        std::string text;
        Gap gap = Gap::none;
    };
    using Parts = std::vector<Part>;

    static Parts parse(std::string_view text);
    static bool contains(Parts const& parts, Gap gap);

    Parts all_;
    Parts alias_; // what stands before the tag
};

// The alias of a name: without namespace and tag.
std::string_view alias_of(std::string_view name);

} // namespace e2b::cli
