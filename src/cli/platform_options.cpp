#include "cli/option_groups.hpp"
#include "cli/record.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

// The subcommands around the life of a snapshot.
namespace e2b::cli {
namespace {

constexpr char const* list_footer =
    "Newest first. --sandbox finds what was first made of that sandbox, not what it added to a name.\n"
    "\n"
    "Examples:\n"
    "  e2b-snapshot list\n"
    "  e2b-snapshot list --sandbox i0123456789abcdefghij\n"
    "  e2b-snapshot list --name nightly:v1 --output json\n"
    "\n"
    "Exit codes: 0 listed; 1 not; 2 usage or configuration; 130 interrupted.";

constexpr char const* delete_footer =
    "A snapshot goes as a whole: the platform ignores the tag of an id, so that all tags and builds of its\n"
    "template go with it. Asks first where stdin is a terminal, and refuses to go on where it is not.\n"
    "\n"
    "Examples:\n"
    "  e2b-snapshot delete team/nightly:v1\n"
    "  e2b-snapshot delete --yes 9v2hx0k3mfa71qz8w5tc 4c1d9q2mfa71qz8w5tcx\n"
    "\n"
    "Exit codes: 0 all were deleted; 1 some were not, or were not there; 2 usage or configuration;\n"
    "130 interrupted.";

constexpr char const* sandboxes_footer =
    "Newest first. A sandbox that is being snapshotted is not listed.\n"
    "\n"
    "Examples:\n"
    "  e2b-snapshot sandboxes --state running\n"
    "  e2b-snapshot sandboxes --metadata tier=gold --metadata team=a --output json\n"
    "\n"
    "Exit codes: 0 listed; 1 not; 2 usage or configuration; 130 interrupted.";

constexpr char const* reconcile_footer =
    "FILE has records as create and bulk print them in JSON; those whose outcome is unknown are found out,\n"
    "once the platform can no longer be at work on the request (--settle). What can be told:\n"
    "  a name of the request's own   created or not. The record says \"unique\": create --unique-tag and "
    "bulk\n"
    "                                --name-template with {sandbox} and {run} make such names\n"
    "  any other name                not created, or unknown: an earlier request may have made it\n"
    "  no name                       not created, where the sandbox has no snapshot at all, or unknown. A\n"
    "                                journal of bulk --reconcile knows which it had before: created or not\n"
    "The platform may remember for 5 minutes that an alias was not there. What is unknown says from when on\n"
    "the answer would be sure (sureFrom); ask again then. \"said_to_run\" is a sandbox of which the "
    "platform\n"
    "says that it runs, which it also says of one that a hang-up has stopped.\n"
    "\n"
    "Examples:\n"
    "  e2b-snapshot reconcile results.jsonl\n"
    "  e2b-snapshot reconcile --journal run.jsonl\n"
    "  echo '{\"sandboxID\":\"i0123456789abcdefghij\",\"startedAt\":\"2026-11-24T05:03:12Z\"}' |\n"
    "    e2b-snapshot reconcile -\n"
    "\n"
    "Exit codes: 0 all were found out; 1 some remain unknown; 2 usage or configuration; 130 interrupted.";

constexpr char const* report_footer =
    "Sums up what journals of bulk say: of one run, or of all shards of a fleet. Asks nobody.\n"
    "\n"
    "Examples:\n"
    "  e2b-snapshot report run.jsonl\n"
    "  e2b-snapshot report shard-*.jsonl\n"
    "  e2b-snapshot report shard-*.jsonl --only unknown\n"
    "\n"
    "Exit codes: 0 all were created; 1 some were not; 2 usage or configuration.";

} // namespace

void add_list(CLI::App& app, ListOptions& options) {
    auto* const command = app.add_subcommand("list", "List the team's snapshots");
    command->footer(list_footer);
    command->add_option("--sandbox", options.sandbox_id, "Made from this sandbox")->type_name("ID");
    command->add_option("--name", options.name, "With this name: alias or alias:tag")->type_name("NAME");
    add_count(*command, "--limit", options.limit, "So many at most");
    add_send(*command, options.send);
}

void add_delete(CLI::App& app, DeleteOptions& options) {
    auto* const command = app.add_subcommand("delete", "Delete snapshots");
    command->footer(delete_footer);
    command->add_option("ID", options.ids, "Ids or names of snapshots")->required()->type_name("");
    command->add_flag("--yes", options.yes, "Do not ask");
    add_send(*command, options.send);
}

void add_sandboxes(CLI::App& app, SandboxesOptions& options) {
    auto* const command = app.add_subcommand("sandboxes", "List the team's sandboxes");
    command->footer(sandboxes_footer);
    add_selection(*command, options.selection);
    add_count(*command, "--limit", options.limit, "So many at most");
    add_send(*command, options.send);
}

void add_reconcile(CLI::App& app, ReconcileOptions& options) {
    auto* const command =
        app.add_subcommand("reconcile", "Find out what became of requests without an answer");
    command->footer(reconcile_footer);
    auto* const file = command->add_option("FILE", options.file, "Records; - for stdin")->type_name("");
    auto* const journal = command->add_option("--journal", options.journal, "A journal of bulk, instead")
                              ->excludes(file)
                              ->type_name("FILE");
    command->final_callback([file, journal] {
        if (file->empty() && journal->empty())
            throw CLI::RequiredError("FILE or --journal");
    });
    add_settle(*command, options.settle);
    add_send(*command, options.send);
}

void add_report(CLI::App& app, ReportOptions& options) {
    auto* const command = app.add_subcommand("report", "Sum up journals");
    command->footer(report_footer);
    command->add_option("FILE", options.files, "Journals")->required()->type_name("");
    auto const set = [&options](std::string const& text) { options.only = parse_outcome(text); };
    command
        ->add_option_function<std::string>(
            "--only", set,
            "Print the records of this outcome instead: created, rejected, not_sent or unknown")
        ->check(CLI::IsMember({"created", "rejected", "not_sent", "unknown"}).description(""))
        ->type_name("OUTCOME");
}

} // namespace e2b::cli
