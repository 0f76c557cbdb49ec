#include "cli/options.hpp"

#include "cli/name_template.hpp"
#include "cli/shard_choice.hpp"
#include "cli/values.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
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

constexpr char const* bulk_footer =
    "A line of FILE is a sandbox id; or an id, white space and a name; or a JSON object\n"
    "{\"sandboxID\": \"...\", \"name\": \"...\"}. A line is started as soon as it was read, results are "
    "written as\n"
    "they come, and every line that was started has its record. A line that cannot be understood becomes a\n"
    "record as well, and the run goes on.\n"
    "\n"
    "Interrupted once (Ctrl-C, SIGTERM), nothing further is started and what is in flight is waited for;\n"
    "interrupted twice, it is cut.\n"
    "\n"
    "With --journal the run survives its process: after kill -9, a crash or an interrupt, the same command\n"
    "with --resume sends what is left, and nothing twice. What was in flight then is unknown; --reconcile\n"
    "asks the platform for it.\n"
    "\n"
    "Examples:\n"
    "  e2b-snapshot bulk ids.txt --concurrency 100 > results.jsonl\n"
    "  e2b-snapshot bulk ids.txt --journal run.jsonl --reconcile --name-template '{sandbox}:{run}'\n"
    "  e2b-snapshot bulk ids.txt --journal run.jsonl --resume\n"
    "  e2b-snapshot bulk ids.txt --shard 0/4 --journal shard-0.jsonl\n"
    "  producer | e2b-snapshot bulk - --output json | consumer\n"
    "\n"
    "Exit codes: 0 all were created; 1 some were not; 2 usage or configuration; 130 interrupted.";

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
    "\n"
    "Exit codes: 0 interrupted; 2 usage or configuration.";

// The most that max_connections and friends may be; the library's own limit.
constexpr std::size_t most = 1'000'000;

template <class Target>
CLI::Option* add_duration(CLI::App& app, std::string const& name, Target& target, std::string const& help) {
    auto const set = [&target, name](std::string const& text) {
        try {
            target = parse_duration(text);
        } catch (std::invalid_argument const& problem) {
            throw CLI::ValidationError(name, problem.what());
        }
    };
    return app.add_option_function<std::string>(name, set, help)->type_name("DURATION");
}

std::size_t parse_concurrency(std::string const& text) {
    std::size_t number = 0;
    auto const [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || rest != text.data() + text.size() || number < 1 || number > most)
        throw std::invalid_argument("'" + text + "' is neither auto nor a number from 1 to " +
                                    std::to_string(most));
    return number;
}

// Names the option where `set` refuses its value.
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

CLI::Option* add_count(CLI::App& app, std::string const& name, std::size_t& target, std::string const& help) {
    return app.add_option(name, target, help)
        ->check(CLI::Range(std::size_t{1}, most).description(""))
        ->type_name("N");
}

void add_output(CLI::App& app, SendOptions& options) {
    static std::map<std::string, OutputFormat> const formats{{"json", OutputFormat::json},
                                                             {"text", OutputFormat::text}};
    auto const set = [&options](std::string const& text) { options.output = formats.at(text); };
    app.add_option_function<std::string>(
           "--output", set, "json (a line for each sandbox) or text; default: text on a terminal, else json")
        ->check(CLI::IsMember({"json", "text"}))
        ->type_name("FORMAT");
    app.add_flag("--verbose", options.verbose, "Tell of each attempt on stderr");
}

void add_limits(CLI::App& app, SendOptions& options) {
    add_duration(app, "--timeout", options.timeout, "For a whole call, its retries included (300s)");
    add_duration(app, "--attempt-timeout", options.attempt_timeout,
                 "For one attempt, once it has a connection (90s)");
    add_duration(app, "--connect-timeout", options.connect_timeout, "To open a connection (10s)");
    app.add_option("--max-attempts", options.max_attempts, "Attempts in all, where it is safe to repeat (4)")
        ->check(CLI::Range(1U, 100U).description(""))
        ->type_name("N");
    app.add_option("--max-connections", options.max_connections,
                   "Connections open at once (256, or the concurrency where that is more)")
        ->check(CLI::Range(std::size_t{1}, most).description(""))
        ->type_name("N");
}

void add_endpoint(CLI::App& app, SendOptions& options) {
    app.add_option("--api-url", options.api_url, "The API's URL (E2B_API_URL, or https://api.e2b.app)")
        ->type_name("URL");
    app.add_option("--api-key-file", options.api_key_file,
                   "A file whose content is the API key (E2B_API_KEY)")
        ->type_name("FILE");
    app.add_option("--ca-file", options.ca_file,
                   "Trust the certificates in this PEM file instead of the system's (SSL_CERT_FILE)")
        ->type_name("FILE");
}

void add_create(CLI::App& app, CreateOptions& options) {
    auto* const command = app.add_subcommand("create", "Snapshot one sandbox");
    command->footer(create_footer);
    command->add_option("SANDBOX_ID", options.sandbox_id, "The sandbox's id")->required()->type_name("");
    command->add_option("--name", options.name, "Name the snapshot: [namespace/]alias[:tag]")
        ->type_name("NAME");
    add_endpoint(*command, options.send);
    add_limits(*command, options.send);
    add_output(*command, options.send);
}

// How much at a time, and when to stop.
void add_pace(CLI::App& app, BulkOptions& options) {
    auto const set = [&options](std::string const& text) {
        options.concurrency = text == "auto" ? std::nullopt : std::optional(parse_concurrency(text));
    };
    app.add_option_function<std::string>(
           "--concurrency", explained("--concurrency", set),
           "Snapshots in flight at most; auto: up to 1000. Below it, as many as the platform takes (auto)")
        ->type_name("N");
    app.add_option("--rate", options.rate, "Requests started in a second at most (600)")
        ->check(CLI::Range(0.001, 1e6).description(""))
        ->type_name("R");
    auto* const limit = app.add_option("--max-failures", options.max_failures, "Stop after so many failures")
                            ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{most}).description(""))
                            ->type_name("N");
    app.add_flag_callback(
           "--fail-fast", [&options] { options.max_failures = 1; }, "--max-failures 1")
        ->excludes(limit);
}

// Which of the sandboxes, and what their snapshots are called.
void add_names(CLI::App& app, BulkOptions& options) {
    auto const set_shard = [&options](std::string const& text) { options.shard = parse_shard(text); };
    app.add_option_function<std::string>(
           "--shard", explained("--shard", set_shard),
           "Only part I, from 0, of N (what the array job of Kubernetes or Slurm says)")
        ->type_name("I/N");
    auto const set_names = [&options](std::string const& text) {
        NameTemplate const checked(text);
        options.name_template = text;
    };
    app.add_option_function<std::string>(
           "--name-template", explained("--name-template", set_names),
           "Name what has no name in the list; {sandbox}, {date}, {time} and {run} are filled in")
        ->type_name("TEXT");
}

// What survives the end of the process, and lost answers.
void add_journal(CLI::App& app, BulkOptions& options) {
    auto* const journal = app.add_option("--journal", options.journal,
                                         "Keep account in this file of what is sent and what became of it")
                              ->type_name("FILE");
    auto* const resume =
        app.add_flag("--resume", options.resume, "Go on with the journal: send what it does not show as done")
            ->needs(journal);
    auto* const retry = app.add_flag("--retry-unknown", options.retry_unknown,
                                     "Send again what the journal leaves unknown, at the risk of a second "
                                     "snapshot")
                            ->needs(resume);
    auto* const reconcile = app.add_flag("--reconcile", options.reconcile,
                                         "Ask the platform what became of requests without an answer, and "
                                         "send again what did nothing")
                                ->excludes(retry);
    add_duration(app, "--settle", options.settle,
                 "How long after it began the platform may be at work on a request (75s)")
        ->needs(reconcile);
}

void add_bulk(CLI::App& app, BulkOptions& options) {
    auto* const command = app.add_subcommand("bulk", "Snapshot every sandbox that a file lists");
    command->footer(bulk_footer);
    command->add_option("FILE", options.file, "The list of sandboxes; - for stdin")
        ->required()
        ->type_name("");
    add_pace(*command, options);
    add_names(*command, options);
    add_journal(*command, options);
    command->add_flag("--quiet", options.quiet, "Show no progress and no summary");
    add_endpoint(*command, options.send);
    add_limits(*command, options.send);
    add_output(*command, options.send);
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

void add_simulate(CLI::App& app, SimulateOptions& options) {
    auto* const command = app.add_subcommand("simulate", "Run a simulator of the platform as a server");
    command->footer(simulate_footer);
    command->add_option("--port", options.port, "Listen here on 127.0.0.1 (any free port)")
        ->type_name("PORT");
    add_count(*command, "--sandboxes", options.sandboxes, "How many sandboxes there are (1000)");
    add_count(*command, "--nodes", options.nodes, "How many nodes they are spread over (1)");
    command
        ->add_option("--slots", options.slots, "Snapshots at once on each node (as many as never to be busy)")
        ->check(CLI::Range(std::size_t{1}, most).description(""))
        ->type_name("N");
    add_duration(*command, "--latency", options.latency, "How long a snapshot takes (0ms)");
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
    app.set_version_flag("--version", "e2b-snapshot " E2B_SNAPSHOT_VERSION);
    app.require_subcommand(0, 1); // not 1: it would hide which argument was not understood
    app.get_formatter()->column_width(36);

    CreateOptions create;
    BulkOptions bulk;
    DemoOptions demo;
    SimulateOptions simulate;
    add_create(app, create);
    add_bulk(app, bulk);
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
    if (app.got_subcommand("demo"))
        return Options(std::move(demo));
    return Options(std::move(simulate));
}

} // namespace e2b::cli
