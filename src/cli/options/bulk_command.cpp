// The grammar of bulk.
#include "cli/input/name_template.hpp"
#include "cli/input/shard_choice.hpp"
#include "cli/options/groups.hpp"
#include "cli/options/makers.hpp"

#include <e2b/error.hpp>

#include <iterator>
#include <stdexcept>
#include <utility>

namespace e2b::cli {
namespace {

constexpr char const* bulk_description =
    "A line of FILE is a sandbox id; or an id, blanks or tabs, and a name; or a JSON object {\"sandboxID\": "
    "\"...\", "
    "\"name\": \"...\", \"memory\": false}, such as this command's own output. A line is started as soon as "
    "it was read, "
    "results are "
    "written as they come, and every line that was started has its record. A line that cannot be understood "
    "becomes a "
    "record as well, and the run goes on.\n"
    "\n"
    "Interrupted once (Ctrl-C, SIGTERM, SIGHUP), nothing further is started, and what is in flight is waited "
    "for. "
    "Interrupted twice, it is hung up on, and the platform may then stop those sandboxes.\n"
    "\n"
    "With --journal the run survives its process: after kill -9, a crash or an interrupt, the same command "
    "with "
    "--resume sends what is left, and nothing twice. What was in flight then is unknown; --reconcile asks "
    "the platform "
    "for it.";

void check_names(std::string const& given) {
    NameTemplate const names(given);
    if (!names.differs_by_sandbox())
        throw std::invalid_argument(
            "'" + printable(given) +
            "' would be the name of every snapshot, of which only the last keeps it; put {sandbox} into it");
    if (auto const problem = names.find_problem())
        throw std::invalid_argument(*problem);
}

std::vector<Option> input(BulkOptions& options) {
    std::vector<Option> all{flag_option(
        "--select", "The sandboxes that the platform lists, instead of a FILE's.", options.select)};
    for (auto& filter : selection(options.selection))
        all.push_back(with_needs(std::move(filter), {"--select"}));
    all.push_back(
        text_option("--name-template", "TEXT",
                    "Name what has no name in the list. {sandbox}, which must be in it, {date}, {time} and "
                    "{run} are filled in.",
                    options.name_template));
    all.back().set = [&options](std::string const& given) {
        check_names(given);
        options.name_template = given;
    };
    all.push_back(kind(options.kind));
    all.push_back(
        flag_option("--unique", "Snapshot each sandbox once, however often it is listed.", options.unique));
    all.push_back(
        flag_option("--allow-id-as-name",
                    "Take the second word of a line for a name even where it looks like a sandbox id.",
                    options.allow_id_as_name));
    all.push_back({.name = "--shard",
                   .value = "I/N",
                   .help = "Only part I, from 0, of N.",
                   .standard = "what the array job of Kubernetes or Slurm says, else all",
                   .set = [&options](std::string const& given) { options.shard = parse_shard(given); }});
    return all;
}

std::vector<Option> sending(BulkOptions& options) {
    auto const set_concurrency = [&options](std::string const& given) {
        if (given == "auto") {
            options.concurrency = std::nullopt;
            return;
        }
        try {
            options.concurrency = parse_count(given, 1, most);
        } catch (std::invalid_argument const& problem) {
            throw std::invalid_argument(std::string(problem.what()) + ", nor is it auto");
        }
    };
    auto busy_timeout = duration_option(
        "--busy-timeout", "Give up a sandbox that was refused as busy, or by a rate limit, for so long.",
        options.busy_timeout, "30m");
    busy_timeout.set = [&options, set = busy_timeout.set](std::string const& given) {
        set(given);
        if (options.busy_timeout->count() == 0)
            throw std::invalid_argument("must be more than 0s");
    };
    std::vector<Option> all{
        {.name = "--concurrency",
         .value = "N",
         .help = "How many snapshots may be in flight; below it, as many as the platform takes. auto: up to "
                 "1000.",
         .standard = "auto",
         .set = set_concurrency},
        {.name = "--rate",
         .value = "R",
         .help = "How many requests may be started in a second.",
         .standard = "600",
         .set = [&options](std::string const& given) { options.rate = parse_number(given, 0.001, 1e6); }},
        std::move(busy_timeout),
        duration_option("--outage-timeout", "Stop when nothing got through for so long; 0s: wait for ever.",
                        options.outage_timeout, "5m"),
        count_option("--max-failures",
                     "Stop after so many failures; a lost answer is one, whatever is found out later.",
                     options.max_failures),
        {.name = "--fail-fast",
         .help = "The same as --max-failures 1.",
         .set = [&options](std::string const&) { options.max_failures = 1; },
         .excludes = {"--max-failures"}},
    };
    auto general = limits(options.send);
    std::move(general.begin(), general.end(), std::back_inserter(all));
    all.push_back(flag_option("--dry-run", "Show what would be sent, and send nothing.", options.dry_run));
    return all;
}

std::vector<Option> journal(BulkOptions& options) {
    return {
        text_option("--journal", "FILE", "Keep account in this file of what is sent and what became of it.",
                    options.journal),
        with_needs(flag_option("--resume", "Go on with the journal: send what it does not show as done.",
                               options.resume),
                   {"--journal"}),
        with_needs(
            flag_option("--retry-unknown",
                        "Send again what the journal leaves unknown, at the risk of a second snapshot.",
                        options.retry_unknown),
            {"--resume"}),
        with_excludes(
            flag_option("--reconcile",
                        "Ask the platform what became of requests without an answer, and send again what did "
                        "nothing.",
                        options.reconcile),
            {"--retry-unknown"}),
        with_needs(settle(options.settle), {"--reconcile"}),
    };
}

void check_bulk(BulkOptions const& options) {
    if (options.file.empty() && !options.select)
        throw std::invalid_argument(
            "FILE or --select is missing: give a list of sandboxes, - for stdin, or let the "
            "platform list them");
    if (!options.file.empty() && options.select)
        throw std::invalid_argument("--select and FILE exclude each other; give one of them");
}

} // namespace

Command bulk_command(BulkOptions& options) {
    Command command{
        .name = "bulk", .summary = "Snapshot every sandbox that a file, or the platform, lists", .usage = {}};
    command.usage = {"[OPTIONS] FILE|-", "[OPTIONS] --select"};
    command.description = bulk_description;
    command.arguments = {{.name = "FILE",
                          .help = "The list of sandboxes; - for stdin",
                          .set = [&options](std::string const& given) { options.file = given; },
                          .required = false}};
    auto output = output_group(options.send);
    output.options.push_back(text_option(
        "--report", "FILE",
        "Write a page of HTML at the end: outcomes, failures, latencies, rate and window over time. With a "
        "journal it tells of all runs of that.",
        options.report));
    output.options.push_back(flag_option("--quiet", "Show no progress and no summary.", options.quiet));
    command.groups = {{"Input", input(options)},
                      {"Sending", sending(options)},
                      {"Journal", journal(options)},
                      connection_group(options.send),
                      std::move(output)};
    command.examples = {"e2b-snapshot bulk ids.txt --concurrency 100 > results.jsonl",
                        "e2b-snapshot bulk ids.txt --journal run.jsonl --reconcile",
                        "e2b-snapshot bulk ids.txt --journal run.jsonl --reconcile --resume",
                        "e2b-snapshot bulk --select --metadata tier=gold --state running --dry-run",
                        "e2b-snapshot bulk ids.txt --shard 0/4 --journal shard-0.jsonl",
                        "producer | e2b-snapshot bulk - --output json | consumer"};
    command.exit_codes = exit_codes("all were created", "some were not");
    command.check = [&options] { check_bulk(options); };
    return command;
}

} // namespace e2b::cli
