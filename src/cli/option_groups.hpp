#pragma once

#include "cli/options.hpp"
#include "cli/values.hpp"

#include <CLI/App.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace e2b::cli {

// Options that several subcommands have. Each names itself where it refuses its value.

// The most that max_connections and friends may be; the library's own limit.
inline constexpr std::size_t most = 1'000'000;
// What the library takes.
inline constexpr std::chrono::hours longest_settle(24);

// Names the option where `set` refuses its value by std::invalid_argument.
template <class Set>
std::function<void(std::string const&)> explained(std::string name, Set set) {
    return [name = std::move(name), set = std::move(set)](std::string const& text) {
        try {
            set(text);
        } catch (std::invalid_argument const& problem) {
            throw CLI::ValidationError(name, problem.what());
        }
    };
}

template <class Target>
CLI::Option* add_duration(CLI::App& app, std::string const& name, Target& target, std::string const& help) {
    auto const set = [&target](std::string const& text) { target = parse_duration(text); };
    return app.add_option_function<std::string>(name, explained(name, set), help)->type_name("DURATION");
}

// From 1 to `most`.
template <class Target>
CLI::Option* add_count(CLI::App& app, std::string const& name, Target& target, std::string const& help) {
    return app.add_option(name, target, help)
        ->check(CLI::Range(std::size_t{1}, most).description(""))
        ->type_name("N");
}

// Up to `longest_settle`.
CLI::Option* add_settle(CLI::App& app, std::optional<std::chrono::nanoseconds>& settle);

// `--filesystem-only`
void add_kind(CLI::App& app, SnapshotKind& kind);

// An option that may be given again; `each` takes one value of it.
CLI::Option* add_repeatable(CLI::App& app, std::string const& name,
                            std::function<void(std::string const&)> each, std::string const& help);

void add_output(CLI::App& app, SendOptions& options);
void add_limits(CLI::App& app, SendOptions& options);
// Where the API is, and both of the above.
void add_send(CLI::App& app, SendOptions& options);
// Yields its options.
std::vector<CLI::Option*> add_selection(CLI::App& app, Selection& selection);

// The subcommands that are too large for options.cpp.
void add_bulk(CLI::App& app, BulkOptions& options);
void add_list(CLI::App& app, ListOptions& options);
void add_delete(CLI::App& app, DeleteOptions& options);
void add_sandboxes(CLI::App& app, SandboxesOptions& options);
void add_reconcile(CLI::App& app, ReconcileOptions& options);
void add_report(CLI::App& app, ReportOptions& options);

} // namespace e2b::cli
