#include "cli/name_template.hpp"
#include "cli/option_groups.hpp"
#include "cli/shard_choice.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <charconv>
#include <cstdint>

namespace e2b::cli {
namespace {

constexpr char const* bulk_footer =
    "A line of FILE is a sandbox id; or an id, blanks or tabs, and a name; or a JSON object\n"
    "{\"sandboxID\": \"...\", \"name\": \"...\"}, such as this command's own output. A line is started as "
    "soon as it was read, results are "
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
    "  e2b-snapshot bulk --select --metadata tier=gold --state running --dry-run\n"
    "  e2b-snapshot bulk ids.txt --shard 0/4 --journal shard-0.jsonl\n"
    "  producer | e2b-snapshot bulk - --output json | consumer\n"
    "\n"
    "Exit codes: 0 all were created; 1 some were not; 2 usage or configuration; 130 interrupted.";

std::size_t parse_concurrency(std::string const& text) {
    std::size_t number = 0;
    auto const [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || rest != text.data() + text.size() || number < 1 || number > most)
        throw std::invalid_argument("'" + text + "' is neither auto nor a number from 1 to " +
                                    std::to_string(most));
    return number;
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
    auto* const limit =
        app.add_option("--max-failures", options.max_failures,
                       "Stop after so many failures; a lost answer is one, whatever is found out later")
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
    add_settle(app, options.settle)->needs(reconcile);
}

// What is snapshotted: a list, or what the platform lists.
void add_source(CLI::App& app, BulkOptions& options) {
    auto* const file =
        app.add_option("FILE", options.file, "The list of sandboxes; - for stdin")->type_name("");
    app.add_flag("--allow-id-as-name", options.allow_id_as_name,
                 "Take the second word of a line for a name even where it looks like a sandbox id")
        ->needs(file);
    auto* const select =
        app.add_flag("--select", options.select, "The sandboxes that the platform lists, instead of a FILE's")
            ->excludes(file);
    for (auto* const filter : add_selection(app, options.selection))
        filter->needs(select);
    app.final_callback([file, select] {
        if (file->empty() && select->empty())
            throw CLI::RequiredError("FILE or --select");
    });
}

} // namespace

void add_bulk(CLI::App& app, BulkOptions& options) {
    auto* const command =
        app.add_subcommand("bulk", "Snapshot every sandbox that a file, or the platform, lists");
    command->footer(bulk_footer);
    add_source(*command, options);
    add_pace(*command, options);
    add_names(*command, options);
    add_journal(*command, options);
    command->add_flag("--dry-run", options.dry_run, "Show what would be sent, and send nothing");
    command->add_flag("--quiet", options.quiet, "Show no progress and no summary");
    add_send(*command, options.send);
}

} // namespace e2b::cli
