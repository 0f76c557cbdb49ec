#include "cli/options/program.hpp"
#include "support/catch.hpp"

#include <set>
#include <string>
#include <variant>
#include <vector>

using namespace e2b::cli;
using namespace std::chrono_literals;

namespace {

struct Parsed {
    std::variant<Options, Text, Refused> result;
    std::string out; // of a text
    std::string err; // why it was refused
};

Parsed parse(std::vector<char const*> const& arguments) {
    Parsed parsed{parse_options({arguments.begin(), arguments.end()}), "", ""};
    if (auto const* const text = std::get_if<Text>(&parsed.result))
        parsed.out = text->text;
    if (auto const* const refused = std::get_if<Refused>(&parsed.result))
        parsed.err = refused->problem;
    return parsed;
}

template <class T>
T options_of(std::vector<char const*> arguments) {
    auto const parsed = parse(std::move(arguments));
    INFO(parsed.err);
    REQUIRE(std::holds_alternative<Options>(parsed.result));
    REQUIRE(std::holds_alternative<T>(std::get<Options>(parsed.result)));
    return std::get<T>(std::get<Options>(parsed.result));
}

} // namespace

TEST_CASE("create takes an id, a name and how to send", "[cli][options]") {
    auto const options = options_of<CreateOptions>({"create",
                                                    "iabc",
                                                    "--name",
                                                    "nightly",
                                                    "--api-url",
                                                    "https://127.0.0.1:1",
                                                    "--ca-file",
                                                    "ca.pem",
                                                    "--api-key-file",
                                                    "key",
                                                    "--timeout",
                                                    "3s",
                                                    "--attempt-timeout",
                                                    "500ms",
                                                    "--connect-timeout",
                                                    "1m",
                                                    "--max-attempts",
                                                    "2",
                                                    "--max-connections",
                                                    "9",
                                                    "--output",
                                                    "json",
                                                    "--platform-time-limit",
                                                    "4m",
                                                    "--header",
                                                    "X-A: b: c ",
                                                    "--header",
                                                    "X-D:",
                                                    "--filesystem-only",
                                                    "--verbose"});
    CHECK(options.sandbox_ids == std::vector<std::string>{"iabc"});
    CHECK(options.name == "nightly");
    CHECK(options.send.api_url == "https://127.0.0.1:1");
    CHECK(options.send.ca_file == "ca.pem");
    CHECK(options.send.api_key_file == "key");
    CHECK(options.send.timeout == 3s);
    CHECK(options.send.attempt_timeout == 500ms);
    CHECK(options.send.connect_timeout == 1min);
    CHECK(options.send.max_attempts == 2U);
    CHECK(options.send.max_connections == std::size_t{9});
    CHECK(options.send.output == OutputFormat::json);
    CHECK(options.send.platform_time_limit == 4min);
    CHECK(options.send.headers ==
          std::vector<std::pair<std::string, std::string>>{{"X-A", "b: c"}, {"X-D", ""}});
    CHECK(options.kind == e2b::SnapshotKind::filesystem);
    CHECK(options.send.verbose);
}

TEST_CASE("what is not given stays open", "[cli][options]") {
    auto const options = options_of<BulkOptions>({"bulk", "-"});
    CHECK(options.file == "-");
    CHECK_FALSE(options.concurrency);
    CHECK_FALSE(options.rate);
    CHECK(options.max_failures == 0);
    CHECK_FALSE(options.shard);
    CHECK_FALSE(options.journal);
    CHECK_FALSE(options.send.timeout);
    CHECK_FALSE(options.send.output);
    CHECK_FALSE(options.send.max_connections);
    CHECK_FALSE(options.send.verbose);
    CHECK(options.send.headers.empty());
    CHECK(options.kind == e2b::SnapshotKind::full);
    CHECK(options_of<BulkOptions>({"bulk", "-", "--filesystem-only"}).kind == e2b::SnapshotKind::filesystem);
}

TEST_CASE("bulk's pace, part, names and journal", "[cli][options]") {
    auto const options = options_of<BulkOptions>({"bulk",
                                                  "ids.txt",
                                                  "--concurrency",
                                                  "40",
                                                  "--rate",
                                                  "2.5",
                                                  "--max-failures",
                                                  "7",
                                                  "--shard",
                                                  "1/4",
                                                  "--name-template",
                                                  "{sandbox}:{run}",
                                                  "--journal",
                                                  "run.jsonl",
                                                  "--resume",
                                                  "--reconcile",
                                                  "--settle",
                                                  "3s",
                                                  "--quiet",
                                                  "--busy-timeout",
                                                  "1h",
                                                  "--outage-timeout",
                                                  "0s"});
    CHECK(options.busy_timeout == 1h);
    CHECK(options.outage_timeout == 0s);
    CHECK(options.concurrency == std::size_t{40});
    CHECK(options.rate == 2.5);
    CHECK(options.max_failures == 7);
    REQUIRE(options.shard);
    CHECK(options.shard->index == 1);
    CHECK(options.shard->count == 4);
    CHECK(options.name_template == "{sandbox}:{run}");
    CHECK(options.journal == "run.jsonl");
    CHECK(options.resume);
    CHECK(options.reconcile);
    CHECK(options.settle == 3s);
    CHECK(options.quiet);
    CHECK_FALSE(options_of<BulkOptions>({"bulk", "-", "--concurrency", "auto"}).concurrency);
    CHECK(options_of<BulkOptions>({"bulk", "-", "--fail-fast"}).max_failures == 1);
}

TEST_CASE("the simulator's options", "[cli][options]") {
    auto const options =
        options_of<SimulateOptions>({"simulate", "--port", "8443", "--sandboxes", "7", "--nodes", "2",
                                     "--slots", "3", "--latency", "2s", "--ids", "i", "--ledger", "l"});
    CHECK(options.port == 8443);
    CHECK(options.sandboxes == 7);
    CHECK(options.nodes == 2);
    CHECK(options.slots == std::size_t{3});
    CHECK(options.latency == 2s);
    CHECK(options.ids_file == "i");
    CHECK(options.ledger_file == "l");
    CHECK(options.profile == e2b::SimulatorOptions::Profile::e2b);
    CHECK_FALSE(options.in_place_checkpoint);
    auto const other =
        options_of<SimulateOptions>({"simulate", "--profile", "kruise", "--in-place-checkpoint"});
    CHECK(other.profile == e2b::SimulatorOptions::Profile::kruise);
    CHECK(other.in_place_checkpoint);
}

TEST_CASE("the options around the life of a snapshot", "[cli][options]") {
    auto const list = options_of<ListOptions>({"list", "--sandbox", "iabc", "--name", "n", "--limit", "5"});
    CHECK(list.sandbox_id == "iabc");
    CHECK(list.name == "n");
    CHECK(list.limit == std::size_t{5});
    auto const remove = options_of<DeleteOptions>({"delete", "one", "two", "--yes"});
    CHECK(remove.ids == std::vector<std::string>{"one", "two"});
    CHECK(remove.yes);
    auto const sandboxes =
        options_of<SandboxesOptions>({"sandboxes", "--metadata", "a=b=c", "--metadata", "d=", "--state",
                                      "running,paused", "--template", "t"});
    CHECK(sandboxes.selection.metadata ==
          std::vector<std::pair<std::string, std::string>>{{"a", "b=c"}, {"d", ""}});
    CHECK(sandboxes.selection.states == std::vector<std::string>{"running", "paused"});
    CHECK(sandboxes.selection.template_id == "t");
    auto const bulk = options_of<BulkOptions>({"bulk", "--select", "--metadata", "a=b", "--dry-run"});
    CHECK(bulk.select);
    CHECK(bulk.dry_run);
    CHECK(bulk.selection.metadata.size() == 1);
    CHECK(options_of<ReconcileOptions>({"reconcile", "--journal", "j", "--settle", "2s"}).journal == "j");
    CHECK(options_of<ReconcileOptions>({"reconcile", "-", "--settle", "24h"}).settle == 24h);
    auto const report = options_of<ReportOptions>({"report", "a", "b", "--only", "unknown"});
    CHECK(report.files.size() == 2);
    CHECK(report.only == e2b::Outcome::unknown);
    auto const simulate =
        options_of<SimulateOptions>({"simulate", "--fault", "lose=0.05", "--fault", "cut=1", "--seed", "3"});
    CHECK(simulate.faults == std::vector<std::pair<std::string, double>>{{"lose", 0.05}, {"cut", 1}});
    CHECK(simulate.seed == 3);
    auto const slow = options_of<SimulateOptions>(
        {"simulate", "--latency-spread", "500ms", "--queue-timeout", "1s", "--rate-limit", "600"});
    CHECK(slow.latency_spread == 500ms);
    CHECK(slow.queue_timeout == 1s);
    CHECK(slow.rate_limit == 600);
    auto const uneven = options_of<SimulateOptions>({"simulate", "--node-weights", "8,1,0.5", "--drain",
                                                     "0:10s:1m", "--drain", "2:0s:5s", "--slow", "0.025=5s"});
    CHECK(uneven.node_weights == std::vector<double>{8, 1, 0.5});
    REQUIRE(uneven.drains.size() == 2);
    CHECK(uneven.drains[0].node == 0);
    CHECK(uneven.drains[0].from == 10s);
    CHECK(uneven.drains[0].length == 1min);
    CHECK(uneven.drains[1].node == 2);
    CHECK(uneven.slow_share == 0.025);
    CHECK(uneven.slow_latency == 5s);
}

TEST_CASE("what cannot be is refused, naming the option", "[cli][options]") {
    std::vector<std::pair<std::vector<char const*>, std::string>> const cases{
        {{}, "a subcommand is missing"},
        {{"create", "a b"}, "'a b': sandbox_id"},
        {{"create", "../etc", "iabc"}, "'../etc': sandbox_id"},
        {{"create", "iabc", "--name", "bad\nname"}, "name: "},
        {{"create", "iabc", "-"}, "'-' reads the ids from stdin"},
        {{"create", "iabc", "idef", "--name", "x"}, "{sandbox}"},
        {{"create", "iabc", "--name", "{nobody}"}, "{nobody}"},
        {{"list", "extra"}, "'extra' is not expected here"},
        {{"bulk", "one", "two"}, "'two' is not expected here"},
        {{"bulk", "-", "--rate", "nan"}, "--rate: 'nan' is not a number from 0.001 to 1000000"},
        {{"bulk", "-", "--rate", "inf"}, "--rate"},
        {{"bulk", "-", "--rate", "1e400"}, "--rate"},
        {{"bulk", "-", "--rate"}, "--rate: needs a value, R"},
        {{"bulk", "-", "--rate", "1", "--rate", "2"}, "--rate: is given twice"},
        {{"bulk", "-", "--journal", "--resume"}, "--journal: needs a value, FILE"},
        {{"bulk", "-", "--quiet=yes"}, "--quiet: takes no value"},
        {{"completion"}, "SHELL is missing"},
        {{"completion", "ksh"}, "'ksh' is not known; there are bash, zsh and fish"},
        {{"frobnicate"}, "frobnicate"},
        {{"create"}, "SANDBOX_ID"},
        {{"create", "iabc", "--nmae", "x"}, "--nmae"},
        {{"create", "iabc", "--timeout", "5"}, "--timeout"},
        {{"create", "iabc", "--max-attempts", "0"}, "--max-attempts"},
        {{"create", "iabc", "--output", "xml"}, "--output"},
        {{"create", "iabc", "--api-key", "secret"}, "--api-key: an API key does not belong"},
        {{"create", "iabc", "--unique-tag"}, "--name"},
        {{"create", "iabc", "--header", "nothing"}, "--header: must be 'NAME: VALUE'"},
        {{"create", "iabc", "--header", ": value"}, "--header: must be 'NAME: VALUE'"},
        {{"bulk"}, "FILE"},
        {{"bulk", "-", "--concurrency", "0"}, "--concurrency"},
        {{"bulk", "-", "--concurrency", "-3"}, "--concurrency"},
        {{"bulk", "-", "--concurrency", "many"}, "--concurrency"},
        {{"bulk", "-", "--rate", "0"}, "--rate"},
        {{"bulk", "-", "--max-failures", "0"}, "--max-failures"},
        {{"bulk", "-", "--fail-fast", "--max-failures", "2"}, "--max-failures"},
        {{"bulk", "-", "--shard", "4/4"}, "--shard"},
        {{"bulk", "-", "--shard", "1"}, "--shard"},
        {{"bulk", "-", "--name-template", "{nobody}"}, "--name-template"},
        {{"bulk", "-", "--name-template", "x-{sandbox"}, "--name-template: '{sandbox' has no closing brace"},
        {{"bulk", "-", "--resume"}, "--journal"},
        {{"bulk", "-", "--journal", "j", "--retry-unknown"}, "--resume"},
        {{"bulk", "-", "--journal", "j", "--resume", "--retry-unknown", "--reconcile"}, "--retry-unknown"},
        {{"bulk", "-", "--settle", "1s"}, "--reconcile"},
        {{"bulk", "-", "--reconcile", "--settle", "86400001ms"}, "--settle: '86400001ms' is longer than 24h"},
        {{"bulk", "--bogus"}, "--bogus"},
        {{"bulk", "-", "--select"}, "--select"},
        {{"bulk", "-", "--metadata", "a=b"}, "--select"},
        {{"bulk", "--select", "--metadata", "a"}, "--metadata"},
        {{"bulk", "--select", "--state", "running,"}, "--state"},
        {{"list", "--limit", "0"}, "--limit"},
        {{"delete"}, "ID"},
        {{"delete", "--yes"}, "ID"},
        {{"sandboxes", "--metadata", "=b"}, "--metadata"},
        {{"reconcile"}, "FILE"},
        {{"reconcile", "-", "--journal", "j"}, "--journal"},
        {{"reconcile", "-", "--settle", "25h"}, "--settle: '25h' is longer than 24h"},
        {{"reconcile", "--bogus"}, "--bogus"},
        {{"report"}, "FILE"},
        {{"report", "j", "--only", "lost"}, "--only"},
        {{"simulate", "--fault", "lose"}, "--fault"},
        {{"simulate", "--fault", "lose=2"}, "--fault"},
        {{"simulate", "--fault", "storm=0.1"}, "storm"},
        {{"simulate", "--port", "70000"}, "--port"},
        {{"simulate", "--profile", "azure"}, "--profile"},
        {{"simulate", "--rate-limit", "0"}, "--rate-limit"},
        {{"simulate", "--queue-timeout", "soon"}, "--queue-timeout"},
        {{"simulate", "--latency-spread", "1"}, "--latency-spread"},
        {{"simulate", "--node-weights", "8,x"}, "--node-weights"},
        {{"simulate", "--node-weights", "8,1", "--nodes", "2"}, "--node"},
        {{"simulate", "--drain", "0:10s"}, "--drain"},
        {{"simulate", "--drain", "0:10s:soon"}, "--drain"},
        {{"simulate", "--slow", "2=5s"}, "--slow"},
    };
    for (auto const& [arguments, named] : cases) {
        auto const parsed = parse(arguments);
        CAPTURE(named, parsed.err);
        REQUIRE(std::holds_alternative<Refused>(parsed.result));
        CHECK(parsed.err.find(named) != std::string::npos);
    }
}

TEST_CASE("a key on the command line is never repeated, and the message says where it belongs",
          "[cli][options]") {
    std::string const key = "e2b_0123456789abcdef0123456789abcdef01234567";
    for (auto const& arguments : std::vector<std::vector<std::string>>{
             {"create", "iabc", "--api-key", key},
             {"create", "iabc", "--api-key=" + key},
             {"create", "iabc", "--api_key", key},
             {"create", "iabc", "--key", key},
             {"create", "iabc", "--token=" + key},
             {"bulk", "-", "--apikey", key},
             {"--api-key", key, "bulk", "-"},
             {"--api-key=" + key},
             {key},
             {"list", key},
             {"bulk", "-", "--" + key},
             {"bulk", "-", "--journal", "--" + key},
         }) {
        auto const parsed = parse_options(arguments);
        REQUIRE(std::holds_alternative<Refused>(parsed));
        auto const& problem = std::get<Refused>(parsed).problem;
        INFO(problem);
        CHECK(problem.find(key.substr(4, 12)) == std::string::npos);
    }
    CHECK(parse({"create", "iabc", "--api-key", "x"}).err.find("E2B_API_KEY") != std::string::npos);
    CHECK(parse({"create", "iabc", "--api-key", "x"}).err.find("--api-key-file FILE") != std::string::npos);
}

TEST_CASE("who mistypes is asked what was meant", "[cli][options]") {
    CHECK_THAT(parse({"bulk", "-", "--concurency", "3"}).err,
               Catch::Matchers::EndsWith("did you mean --concurrency?"));
    CHECK_THAT(parse({"bulk", "-", "--dry-rum"}).err, Catch::Matchers::EndsWith("did you mean --dry-run?"));
    CHECK_THAT(parse({"blk", "-"}).err, Catch::Matchers::EndsWith("did you mean bulk?"));
    CHECK_THAT(parse({"snadboxes"}).err, Catch::Matchers::EndsWith("did you mean sandboxes?"));
    CHECK_THAT(parse({"--verison"}).err, Catch::Matchers::EndsWith("did you mean --version?"));
    CHECK_THAT(parse({"version"}).err, Catch::Matchers::EndsWith("did you mean --version?"));
    CHECK_THAT(parse({"--hepl"}).err, Catch::Matchers::EndsWith("did you mean --help?"));
    CHECK_THAT(parse({"hepl"}).err, Catch::Matchers::EndsWith("did you mean help?"));
    CHECK_THAT(parse({"help", "bluk"}).err, Catch::Matchers::EndsWith("did you mean bulk?"));
    CHECK_THAT(parse({"bulk", "-", "--name", "x"}).err,
               Catch::Matchers::EndsWith("did you mean --name-template?"));
    CHECK_THAT(parse({"--hepl"}).err, Catch::Matchers::StartsWith("there is no option '--hepl'"));
    CHECK(parse({"frobnicate"}).err.find("did you mean") == std::string::npos);
}

TEST_CASE("a value may follow its option or stand behind an equals sign", "[cli][options]") {
    CHECK(options_of<BulkOptions>({"bulk", "--rate=2", "-"}).rate == 2);
    CHECK(options_of<BulkOptions>({"bulk", "--journal=--odd", "-"}).journal == "--odd");
    CHECK(options_of<BulkOptions>({"bulk", "--", "--ids.txt"}).file == "--ids.txt");
    CHECK(options_of<BulkOptions>({"bulk", "--name-template", "a={sandbox}", "-"}).name_template ==
          "a={sandbox}");
}

TEST_CASE("create takes several ids, or - for stdin", "[cli][options]") {
    auto const several = options_of<CreateOptions>({"create", "ione", "itwo", "--name", "{sandbox}-x"});
    CHECK(several.sandbox_ids == std::vector<std::string>{"ione", "itwo"});
    CHECK(options_of<CreateOptions>({"create", "-"}).sandbox_ids == std::vector<std::string>{"-"});
    CHECK(options_of<CreateOptions>({"create", "ione", "itwo", "--name", "x", "--unique-tag"}).unique_tag);
}

TEST_CASE("help shows examples, exit codes and every option, in lines of at most 80 columns",
          "[cli][options]") {
    AllOptions all;
    auto const program = make_program(all);
    auto const check = [](std::string const& text) {
        for (std::size_t begin = 0; begin < text.size();) {
            auto const end = text.find('\n', begin);
            INFO(text.substr(begin, end - begin));
            CHECK(end - begin <= 80);
            begin = end + 1;
        }
        CHECK(text.find("Needs:") == std::string::npos);
    };
    check(parse({"--help"}).out);
    CHECK(parse({"help"}).out == parse({"--help"}).out);
    CHECK(parse({"help", "--help"}).out == parse({"--help"}).out);
    CHECK(parse({"help", "-h"}).out == parse({"--help"}).out);
    for (auto const& command : program.commands) {
        CAPTURE(command.name);
        auto const text = parse({command.name.c_str(), "--help"}).out;
        check(text);
        CHECK(parse({"help", command.name.c_str()}).out == text);
        CHECK(parse({command.name.c_str(), "-h"}).out == text);
        CHECK_THAT(text, Catch::Matchers::StartsWith("Usage: e2b-snapshot " + command.name));
        CHECK(text.find("\nExample") != std::string::npos);
        CHECK(text.find("\nExit codes:\n  0    ") != std::string::npos);
        for_each_option(command, [&](Option const& option) {
            CHECK(text.find("\n  " + option.name) != std::string::npos);
        });
    }
}

TEST_CASE("every option has help in sentences, and a value where it takes one", "[cli][options]") {
    AllOptions all;
    for (auto const& command : make_program(all).commands) {
        std::set<std::string> names;
        for_each_option(command, [&](Option const& option) {
            CAPTURE(command.name, option.name);
            CHECK(option.name.starts_with("--"));
            CHECK(names.insert(option.name).second);
            CHECK(option.help.ends_with('.'));
            CHECK(option.set);
            for (auto const& other : option.needs)
                CHECK(other.starts_with("--"));
        });
    }
}

TEST_CASE("the version names the libraries as well", "[cli][options]") {
    auto const text = parse({"--version"}).out;
    CHECK_THAT(text, Catch::Matchers::StartsWith("e2b-snapshot "));
    for (auto const* const name : {"\nBoost 1.", "\nOpenSSL 3", "\ncompiled by "})
        CHECK(text.find(name) != std::string::npos);
}

TEST_CASE("the man page and the completions have every option", "[cli][options]") {
    AllOptions all;
    auto const program = make_program(all);
    auto const man = parse({"man-page"}).out;
    for (auto const* const shell : {"bash", "zsh", "fish"}) {
        auto const script = parse({"completion", shell}).out;
        for (auto const& command : program.commands)
            for_each_option(command, [&](Option const& option) {
                CAPTURE(shell, command.name, option.name);
                bool const is_fish = std::string(shell) == "fish";
                CHECK(script.find(is_fish ? "-l " + option.name.substr(2) : option.name) !=
                      std::string::npos);
                std::string escaped;
                for (char const c : option.name)
                    escaped += c == '-' ? "\\-" : std::string(1, c);
                CHECK(man.find(escaped) != std::string::npos);
            });
    }
}
