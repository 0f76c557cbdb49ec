#include "cli/options.hpp"

#include "cli/option_groups.hpp"
#include "cli/simulated_fault.hpp"
#include "cli/uneven.hpp"

#include <e2b/version.hpp>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace e2b::cli {
namespace {

constexpr char const* description =
    "Takes persistent snapshots of E2B sandboxes, one or a whole fleet.\n"
    "\n"
    "The API key is read from the environment variable E2B_API_KEY or from --api-key-file, never from an\n"
    "argument. Results go to stdout, all else to stderr.";

constexpr char const* footer =
    "Examples:\n"
    "  e2b-snapshot demo\n"
    "  e2b-snapshot create i0123456789abcdefghij --name nightly:v1\n"
    "  e2b-snapshot bulk ids.txt --concurrency 100 > results.jsonl\n"
    "  e2b-snapshot list --name nightly\n"
    "  e2b-snapshot simulate --sandboxes 100 --latency 2s\n"
    "\n"
    "Environment: E2B_API_KEY, E2B_API_URL, E2B_DOMAIN, E2B_DEBUG, SSL_CERT_FILE, SSL_CERT_DIR, "
    "HTTPS_PROXY,\n"
    "NO_PROXY.\n"
    "\n"
    "Exit codes: 0 all were created; 1 some were not; 2 usage or configuration; 130 interrupted.\n"
    "'e2b-snapshot SUBCOMMAND --help' says more.";

constexpr char const* create_footer =
    "Example:\n"
    "  E2B_API_KEY=... e2b-snapshot create i0123456789abcdefghij --name nightly:v1\n"
    "\n"
    "Exit codes: 0 created; 1 not; 2 usage or configuration; 130 interrupted.";

constexpr char const* demo_footer =
    "Starts the simulator inside the process and snapshots its sandboxes through the public API over TLS on "
    "the\n"
    "loopback address. Needs no key and no network. Records are printed only where --output asks for them.\n"
    "\n"
    "Example:\n"
    "  e2b-snapshot demo --sandboxes 50\n"
    "\n"
    "Exit codes: 0 all were created; 1 some were not; 2 usage or configuration; 130 interrupted.";

constexpr char const* simulate_footer =
    "Prints its URL, the file with its CA's certificate and, unless E2B_API_KEY is set, the key that it made "
    "for\n"
    "itself to stdout once it accepts connections. Runs until it is interrupted.\n"
    "\n"
    "Example:\n"
    "  E2B_API_KEY=e2b_secret e2b-snapshot simulate --port 8443 --ids ids.txt --ledger made.jsonl\n"
    "  E2B_API_KEY=e2b_secret e2b-snapshot bulk ids.txt --api-url https://127.0.0.1:8443 --ca-file CA_FILE\n"
    "  e2b-snapshot simulate --nodes 40 --slots 3 --latency 2s --latency-spread 500ms --rate-limit 600\n"
    "  e2b-snapshot simulate --node-weights 8,1,1,1 --slots 3 --latency 500ms --drain 1:5s:10s "
    "--fault busy=0.05\n"
    "\n"
    "Exit codes: 0 interrupted; 2 usage or configuration.";

void add_create(CLI::App& app, CreateOptions& options) {
    auto* const command = app.add_subcommand("create", "Snapshot one sandbox");
    command->footer(create_footer);
    command->add_option("SANDBOX_ID", options.sandbox_id, "The sandbox's id")->required()->type_name("");
    command->add_option("--name", options.name, "Name the snapshot: [namespace/]alias[:tag]")
        ->type_name("NAME");
    command
        ->add_flag("--unique-tag", options.unique_tag,
                   "Give the alias a tag that no other snapshot has, so that a lost answer can be found out")
        ->needs("--name");
    add_kind(*command, options.kind);
    add_send(*command, options.send);
}

void add_demo(CLI::App& app, DemoOptions& options) {
    auto* const command = app.add_subcommand("demo", "Snapshot simulated sandboxes, to see it work");
    command->footer(demo_footer);
    add_count(*command, "--sandboxes", options.sandboxes, "How many (1000)");
    add_count(*command, "--concurrency", options.concurrency, "Snapshots in flight at once (256)");
    add_duration(*command, "--latency", options.latency,
                 "How long the simulator takes for a snapshot (200ms)");
    add_limits(*command, options.send);
    add_output(*command, options.send);
}

std::pair<std::string, double> parse_fault(std::string const& text) {
    auto const middle = text.find('=');
    double probability = 0;
    auto const* const begin = text.data() + std::min(middle, text.size() - 1) + 1;
    auto const* const end = text.data() + text.size();
    auto const [rest, error] = std::from_chars(begin, end, probability);
    if (middle == std::string::npos || error != std::errc() || rest != end || probability < 0 ||
        probability > 1)
        throw std::invalid_argument("'" + text + "' is not FAULT=PROBABILITY, such as lose=0.05");
    auto name = text.substr(0, middle);
    if (!simulated_fault(name))
        throw std::invalid_argument("'" + name + "' is no fault; there are " + simulated_fault_names());
    return {std::move(name), probability};
}

// What goes wrong, and how often.
void add_faults(CLI::App& app, SimulateOptions& options) {
    auto const add = [&options](std::string const& text) { options.faults.push_back(parse_fault(text)); };
    add_repeatable(
        app, "--fault", add,
        "How often requests for a snapshot meet a fault, such as lose=0.05; again for more. Faults: " +
            simulated_fault_names())
        ->type_name("FAULT=P");
    app.add_option("--seed", options.seed, "Which requests these are (1)")->type_name("N");
}

// What is not the same for all nodes and sandboxes.
void add_unevenness(CLI::App& app, SimulateOptions& options) {
    auto const weigh = [&options](std::string const& text) {
        options.node_weights = parse_node_weights(text);
    };
    app.add_option_function<std::string>(
           "--node-weights", explained("--node-weights", weigh),
           "How many sandboxes each node has, in proportion, such as 8,1,1; instead of --nodes")
        ->excludes("--nodes")
        ->type_name("W,W...");
    auto const drain = [&options](std::string const& text) { options.drains.push_back(parse_drain(text)); };
    add_repeatable(app, "--drain", drain,
                   "A node, from 0, that refuses with 503 for a while, such as 0:10s:60s; again for more")
        ->type_name("NODE:FROM:LENGTH");
    auto const slow = [&options](std::string const& text) {
        std::tie(options.slow_share, options.slow_latency) = parse_slow(text);
    };
    app.add_option_function<std::string>("--slow", explained("--slow", slow),
                                         "A share of the sandboxes whose snapshots take longer, such as "
                                         "0.025=5s")
        ->type_name("SHARE=DURATION");
}

void add_profile(CLI::App& app, SimulateOptions& options) {
    using Profile = SimulatorOptions::Profile;
    static std::map<std::string, Profile> const profiles{{"e2b", Profile::e2b},
                                                         {"older", Profile::older},
                                                         {"kruise", Profile::kruise},
                                                         {"cube", Profile::cube},
                                                         {"none", Profile::none}};
    auto const set = [&options](std::string const& text) { options.profile = profiles.at(text); };
    app.add_option_function<std::string>("--profile", set,
                                         "Which server to be: e2b, the platform; older, self-hosted until "
                                         "July 2026; kruise; cube; or none, "
                                         "one without snapshots (e2b)")
        ->check(CLI::IsMember({"e2b", "older", "kruise", "cube", "none"}).description(""))
        ->type_name("PROFILE");
}

void add_simulate(CLI::App& app, SimulateOptions& options) {
    auto* const command = app.add_subcommand("simulate", "Run a simulator of the platform as a server");
    command->footer(simulate_footer);
    add_profile(*command, options);
    command->add_flag("--in-place-checkpoint", options.in_place_checkpoint,
                      "Let a sandbox live on whose snapshot is hung up on, or takes too long");
    command->add_option("--port", options.port, "Listen here on 127.0.0.1 (any free port)")
        ->type_name("PORT");
    add_count(*command, "--sandboxes", options.sandboxes, "How many sandboxes there are (1000)");
    add_count(*command, "--nodes", options.nodes, "How many nodes they are spread over (1)");
    command
        ->add_option("--slots", options.slots, "Snapshots at once on each node (as many as never to be busy)")
        ->check(CLI::Range(std::size_t{1}, most).description(""))
        ->type_name("N");
    add_duration(*command, "--queue-timeout", options.queue_timeout,
                 "How long a snapshot waits for a slot before it is refused with 503 (15s)");
    add_duration(*command, "--latency", options.latency, "How long a snapshot takes (0ms)");
    add_duration(*command, "--latency-spread", options.latency_spread,
                 "And up to this much longer, at random (0ms)");
    add_count(*command, "--rate-limit", options.rate_limit,
              "Requests in a second; what is more is refused with 429 (as many as come)");
    add_unevenness(*command, options);
    add_faults(*command, options);
    command->add_option("--ids", options.ids_file, "Write the sandboxes' ids to this file, one a line")
        ->type_name("FILE");
    command
        ->add_option("--ledger", options.ledger_file,
                     "Append a JSON line to this file for each snapshot made")
        ->type_name("FILE");
}

} // namespace

std::variant<Options, ExitCode> parse_options(int argc, char const* const* argv) {
    CLI::App app(description, "e2b-snapshot");
    app.footer(footer);
    app.set_version_flag("--version", "e2b-snapshot " E2B_SNAPSHOT_VERSION_STRING);
    app.require_subcommand(0, 1); // not 1: it would hide which argument was not understood
    app.get_formatter()->column_width(36);

    CreateOptions create;
    BulkOptions bulk;
    ListOptions list;
    DeleteOptions remove;
    SandboxesOptions sandboxes;
    ReconcileOptions reconcile;
    ReportOptions report;
    DemoOptions demo;
    SimulateOptions simulate;
    add_create(app, create);
    add_bulk(app, bulk);
    add_reconcile(app, reconcile);
    add_report(app, report);
    add_list(app, list);
    add_delete(app, remove);
    add_sandboxes(app, sandboxes);
    add_demo(app, demo);
    add_simulate(app, simulate);

    try {
        app.parse(argc, argv);
        if (app.get_subcommands().empty())
            throw CLI::RequiredError::Subcommand(1);
    } catch (CLI::ParseError const& error) {
        return app.exit(error) == 0 ? exit_all_created : exit_usage;
    }
    if (app.got_subcommand("create"))
        return Options(std::move(create));
    if (app.got_subcommand("bulk"))
        return Options(std::move(bulk));
    if (app.got_subcommand("list"))
        return Options(std::move(list));
    if (app.got_subcommand("delete"))
        return Options(std::move(remove));
    if (app.got_subcommand("sandboxes"))
        return Options(std::move(sandboxes));
    if (app.got_subcommand("reconcile"))
        return Options(std::move(reconcile));
    if (app.got_subcommand("report"))
        return Options(std::move(report));
    if (app.got_subcommand("demo"))
        return Options(std::move(demo));
    return Options(std::move(simulate));
}

} // namespace e2b::cli
