// The grammar of what works without the platform.
#include "cli/commands/simulated_fault.hpp"
#include "cli/options/groups.hpp"
#include "cli/options/makers.hpp"
#include "cli/options/uneven.hpp"

#include <stdexcept>
#include <tuple>

namespace e2b::cli {
namespace {

std::pair<std::string, double> parse_fault(std::string const& given) {
    auto const middle = given.find('=');
    if (middle == std::string::npos)
        throw std::invalid_argument("'" + given + "' is not FAULT=PROBABILITY, such as lose=0.05");
    auto name = given.substr(0, middle);
    if (!simulated_fault(name))
        throw std::invalid_argument("'" + name + "' is no fault; there are " + simulated_fault_names());
    return {std::move(name), parse_number(given.substr(middle + 1), 0, 1)};
}

std::vector<Option> faults(SimulateOptions& options) {
    return {
        {.name = "--fault",
         .value = "FAULT=P",
         .help = "How often requests for a snapshot meet a fault, such as lose=0.05. Faults: " +
                 simulated_fault_names() + '.',
         .set = [&options](std::string const& given) { options.faults.push_back(parse_fault(given)); },
         .repeatable = true},
        count_option("--seed", "Which requests meet them.", options.seed, "1", 0,
                     std::numeric_limits<std::uint32_t>::max()),
    };
}

// What is not the same for all nodes and sandboxes.
std::vector<Option> unevenness(SimulateOptions& options) {
    return {
        with_excludes(
            {.name = "--node-weights",
             .value = "W,W...",
             .help = "How many sandboxes each node has, in proportion, such as 8,1,1.",
             .set =
                 [&options](std::string const& given) { options.node_weights = parse_node_weights(given); }},
            {"--nodes"}),
        {.name = "--drain",
         .value = "NODE:FROM:LENGTH",
         .help = "A node, from 0, that refuses with 503 for a while, such as 0:10s:60s.",
         .set = [&options](std::string const& given) { options.drains.push_back(parse_drain(given)); },
         .repeatable = true},
        {.name = "--slow",
         .value = "SHARE=DURATION",
         .help = "A share of the sandboxes whose snapshots take longer, such as 0.025=5s.",
         .set =
             [&options](std::string const& given) {
                 std::tie(options.slow_share, options.slow_latency) = parse_slow(given);
             }},
    };
}

std::vector<Option> platform(SimulateOptions& options) {
    using Profile = SimulatorOptions::Profile;
    return {
        choice_option(
            "--profile", "PROFILE",
            "Which server to be: e2b, the platform; older, self-hosted until July 2026; kruise; cube; or "
            "none, one "
            "without snapshots.",
            options.profile,
            Words<Profile>{{"e2b", Profile::e2b},
                           {"older", Profile::older},
                           {"kruise", Profile::kruise},
                           {"cube", Profile::cube},
                           {"none", Profile::none}},
            "e2b"),
        count_option("--sandboxes", "How many sandboxes there are.", options.sandboxes, "1000"),
        count_option("--nodes", "How many nodes they are spread over.", options.nodes, "1"),
        count_option("--slots", "How many snapshots each node takes at once.", options.slots,
                     "as many as never to be busy"),
        duration_option("--queue-timeout",
                        "How long a snapshot waits for a slot before it is refused with 503.",
                        options.queue_timeout, "15s"),
        duration_option("--latency", "How long a snapshot takes.", options.latency, "0ms"),
        duration_option("--latency-spread", "How much longer it may take, at random.", options.latency_spread,
                        "0ms"),
        count_option("--rate-limit",
                     "How many requests a second are taken; what is more is refused with 429.",
                     options.rate_limit, "as many as come"),
        flag_option("--in-place-checkpoint",
                    "Let a sandbox live on whose snapshot is hung up on, or takes too long.",
                    options.in_place_checkpoint),
    };
}

} // namespace

Command demo_command(DemoOptions& options) {
    Command command{
        .name = "demo", .summary = "Snapshot simulated sandboxes, to see it work", .usage = {"[OPTIONS]"}};
    command.description =
        "Starts the simulator inside the process and snapshots its sandboxes through the public API "
        "over TLS on the loopback address. Needs no key and no network. Records are printed only "
        "where --output asks for them.";
    std::vector<Option> simulation{
        count_option("--sandboxes", "How many sandboxes there are.", options.sandboxes, "1000"),
        count_option("--concurrency", "How many snapshots may be in flight.", options.concurrency, "256"),
        duration_option("--latency", "How long the simulator takes for a snapshot.", options.latency,
                        "200ms"),
    };
    command.groups = {{"Simulation", std::move(simulation)},
                      {"Sending", limits(options.send)},
                      output_group(options.send, "none")};
    command.examples = {"e2b-snapshot demo --sandboxes 50"};
    command.exit_codes = exit_codes("all were created", "some were not");
    return command;
}

Command simulate_command(SimulateOptions& options) {
    Command command{
        .name = "simulate", .summary = "Run a simulator of the platform as a server", .usage = {"[OPTIONS]"}};
    command.description =
        "Prints its URL, the file with its CA's certificate and, unless E2B_API_KEY is set, the key "
        "that it made for itself to stdout once it accepts connections. Runs until it is "
        "interrupted.";
    std::vector<Option> server{
        count_option("--port", "Listen on this port of 127.0.0.1.", options.port, "any free port", 0, 65535),
        text_option("--ids", "FILE", "Write the sandboxes' ids to this file, one a line.", options.ids_file),
        text_option("--ledger", "FILE", "Append a line of JSON to this file for each snapshot made.",
                    options.ledger_file),
    };
    command.groups = {{"Server", std::move(server)},
                      {"Platform", platform(options)},
                      {"Unevenness", unevenness(options)},
                      {"Faults", faults(options)}};
    command.examples = {"E2B_API_KEY=e2b_secret e2b-snapshot simulate --port 8443 --ids ids.txt",
                        "e2b-snapshot simulate --nodes 40 --slots 3 --latency 2s --rate-limit 600",
                        "e2b-snapshot simulate --node-weights 8,1,1 --slots 3 --drain 1:5s:10s"};
    command.exit_codes = {"0 interrupted", "1 stdout could not be written",
                          "2 an argument or the configuration was refused"};
    command.takes_key = true;
    return command;
}

} // namespace e2b::cli
