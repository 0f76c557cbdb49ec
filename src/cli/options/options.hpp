#pragma once

#include <e2b/error.hpp>
#include <e2b/shard.hpp>
#include <e2b/simulator.hpp>
#include <e2b/snapshot.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace e2b::cli {

enum ExitCode : int {
    exit_all_created = 0,
    exit_some_failed = 1,
    exit_usage = 2,
    exit_interrupted = 130,
};

enum class OutputFormat { json, text };

// What every subcommand that sends has; without a value the environment's or the library's default holds.
struct SendOptions {
    std::optional<std::string> api_url;
    std::optional<std::string> api_key_file;
    std::optional<std::string> ca_file;
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<std::chrono::nanoseconds> timeout;
    std::optional<std::chrono::nanoseconds> attempt_timeout;
    std::optional<std::chrono::nanoseconds> connect_timeout;
    std::optional<std::chrono::nanoseconds> platform_time_limit;
    std::optional<unsigned> max_attempts;
    std::optional<std::size_t> max_connections;
    std::optional<OutputFormat> output;
    bool verbose = false;
};

struct CreateOptions {
    SendOptions send;
    std::vector<std::string> sandbox_ids; // `-` alone reads them from the standard input
    std::optional<std::string> name;      // with gaps, as a name template
    bool unique_tag = false;              // the name gets one
    SnapshotKind kind = SnapshotKind::full;
};

// Which of the team's sandboxes; what is empty does not matter.
struct Selection {
    std::vector<std::pair<std::string, std::string>> metadata;
    std::vector<std::string> states;
    std::string template_id;
};

struct BulkOptions {
    SendOptions send;
    std::string file; // `-` is the standard input
    bool allow_id_as_name = false;
    bool unique = false; // each sandbox once
    bool select = false; // what the platform lists, instead of a file
    Selection selection;
    std::optional<std::size_t> concurrency; // nothing: as the platform takes it
    std::optional<double> rate;
    std::optional<std::chrono::nanoseconds> busy_timeout;
    std::optional<std::chrono::nanoseconds> outage_timeout;
    std::uint64_t max_failures = 0; // 0: any number
    std::optional<FleetShard> shard;
    std::optional<std::string> name_template;
    SnapshotKind kind = SnapshotKind::full; // of what does not say it
    std::optional<std::string> journal;
    bool resume = false;
    bool retry_unknown = false;
    bool reconcile = false;
    std::optional<std::chrono::nanoseconds> settle;
    bool quiet = false;
    std::optional<std::string> report; // a page of HTML
    bool dry_run = false;
};

struct ListOptions {
    SendOptions send;
    std::string sandbox_id;
    std::string name;
    std::optional<std::size_t> limit;
};

struct DeleteOptions {
    SendOptions send;
    std::vector<std::string> ids;
    bool yes = false;
};

struct SandboxesOptions {
    SendOptions send;
    Selection selection;
    std::optional<std::size_t> limit;
};

struct ReconcileOptions {
    SendOptions send;
    std::string file;                   // of records; `-` is the standard input
    std::optional<std::string> journal; // instead
    std::optional<std::chrono::nanoseconds> settle;
};

struct ReportOptions {
    std::vector<std::string> files;
    std::optional<Outcome> only;
    std::optional<std::string> html; // a page of it
};

struct DemoOptions {
    SendOptions send;
    std::size_t sandboxes = 1000;
    std::size_t concurrency = 256;
    std::chrono::milliseconds latency{200};
};

struct SimulateOptions {
    SimulatorOptions::Profile profile = SimulatorOptions::Profile::e2b;
    std::uint16_t port = 0; // 0: any that is free
    std::size_t sandboxes = 1000;
    std::size_t nodes = 1;
    std::vector<double> node_weights; // one for each node; none: all alike
    std::vector<SimulatorDrain> drains;
    double slow_share = 0; // of the sandboxes
    std::chrono::milliseconds slow_latency{0};
    std::optional<std::size_t> slots; // of each node; without a value, as many as it has sandboxes
    std::chrono::milliseconds latency{0};
    std::chrono::milliseconds latency_spread{0};
    std::chrono::milliseconds queue_timeout{15'000};
    std::size_t rate_limit = 0;                         // requests in a second; 0: none
    std::vector<std::pair<std::string, double>> faults; // by name, and how probable each is
    bool in_place_checkpoint = false;
    std::uint64_t seed = 1;
    std::optional<std::string> ids_file;
    std::optional<std::string> ledger_file;
};

using Options = std::variant<CreateOptions, BulkOptions, ListOptions, DeleteOptions, SandboxesOptions,
                             ReconcileOptions, ReportOptions, DemoOptions, SimulateOptions>;

} // namespace e2b::cli
