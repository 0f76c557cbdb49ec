// The grammar of the subcommands around the life of a snapshot.
#include "cli/input/name_template.hpp"
#include "cli/options/groups.hpp"
#include "cli/options/makers.hpp"

#include <e2b/error.hpp>
#include <e2b/reconcile.hpp>
#include <e2b/snapshot.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace e2b::cli {
namespace {

// The name that a sandbox's snapshot would get.
void check_name(NameTemplate const& names, std::string const& sandbox_id, bool unique_tag) {
    if (auto const problem = names.find_problem(sandbox_id))
        throw std::invalid_argument("--name: " + *problem);
    if (!unique_tag)
        return;
    try {
        SnapshotRequest request(sandbox_id, names.expand(sandbox_id, RunIdentity::make()));
        static_cast<void>(with_unique_tag(std::move(request)));
    } catch (std::invalid_argument const& problem) {
        throw std::invalid_argument(std::string("--unique-tag: ") + problem.what());
    }
}

NameTemplate parse_names(std::string const& name) {
    try {
        return NameTemplate(name);
    } catch (std::invalid_argument const& problem) {
        throw std::invalid_argument(std::string("--name: ") + problem.what());
    }
}

// Of several snapshots, or of one.
void check_names(CreateOptions const& options, bool reads_stdin) {
    auto const names = parse_names(*options.name);
    bool const names_several = reads_stdin || options.sandbox_ids.size() > 1;
    if (names_several && !options.unique_tag && !names.differs_by_sandbox())
        throw std::invalid_argument(
            "--name: '" + printable(*options.name) +
            "' would be the name of several snapshots, of which only the last keeps it; put "
            "{sandbox} into it, or give --unique-tag");
    if (reads_stdin)
        check_name(names, "i", options.unique_tag);
    else
        for (auto const& id : options.sandbox_ids)
            check_name(names, id, options.unique_tag);
}

// Several ids of sandboxes, or `-`.
void check_create(CreateOptions const& options) {
    if (options.sandbox_ids.size() > 1 &&
        std::ranges::find(options.sandbox_ids, "-") != options.sandbox_ids.end())
        throw std::invalid_argument("SANDBOX_ID: '-' reads the ids from stdin, and stands alone");
    bool const reads_stdin = options.sandbox_ids.front() == "-";
    for (auto const& id : options.sandbox_ids) {
        auto const problem = reads_stdin ? std::nullopt : find_problem(SnapshotRequest(id));
        if (problem)
            throw std::invalid_argument("'" + printable(id) + "': " + *problem);
    }
    if (options.name)
        check_names(options, reads_stdin);
}

constexpr char const* reconcile_description =
    "FILE has records as create and bulk print them in JSON. Those whose outcome is unknown are found out, "
    "once the platform can no longer be at work on the request (--settle). What can be told:\n"
    "\n"
    "  a name of the request's own   created or not. The record says \"unique\":\n"
    "                                create --unique-tag makes such names, and bulk\n"
    "                                --name-template with {sandbox} and {run}\n"
    "  any other name                not created, or unknown: an earlier request\n"
    "                                may have made it\n"
    "  no name                       not created, where the sandbox has no snapshot\n"
    "                                at all, or unknown. A journal of bulk\n"
    "                                --reconcile knows which it had before: then\n"
    "                                created or not\n"
    "\n"
    "The platform may remember for 5 minutes that an alias was not there. What is unknown says from when on "
    "the answer would be sure (sureFrom); ask again then. \"said_to_run\" is a sandbox of which the platform "
    "says that it runs, which it also says of one that a hang-up has stopped.";

} // namespace

Command create_command(CreateOptions& options) {
    Command command{.name = "create", .summary = "Snapshot one sandbox, or a few", .usage = {}};
    command.usage = {"[OPTIONS] SANDBOX_ID...", "[OPTIONS] -"};
    command.description =
        "Prints a record for each sandbox. Interrupted once, it waits for what was sent; "
        "interrupted twice, it hangs up, and the platform may then stop the sandbox. For many "
        "sandboxes see bulk.";
    command.arguments = {
        {.name = "SANDBOX_ID",
         .help = "The sandbox's id; - reads ids from stdin, one a line",
         .set = [&options](std::string const& given) { options.sandbox_ids.push_back(given); },
         .repeatable = true}};
    std::vector<Option> naming{
        text_option(
            "--name", "NAME",
            "Name the snapshot: [namespace/]alias[:tag]. {sandbox}, {date}, {time} and {run} are filled in.",
            options.name),
        with_needs(
            flag_option(
                "--unique-tag",
                "Give the alias a tag that no other snapshot has, so that a lost answer can be found out.",
                options.unique_tag),
            {"--name"}),
        kind(options.kind),
    };
    command.groups = {{"Snapshot", std::move(naming)},
                      {"Sending", limits(options.send)},
                      connection_group(options.send),
                      output_group(options.send)};
    command.examples = {"E2B_API_KEY=... e2b-snapshot create i0123456789abcdefghij --name nightly:v1",
                        "e2b-snapshot create $(cat ids.txt) --name '{sandbox}-nightly'"};
    command.exit_codes = exit_codes("all were created", "some were not");
    command.check = [&options] { check_create(options); };
    return command;
}

Command list_command(ListOptions& options) {
    Command command{.name = "list", .summary = "List the team's snapshots", .usage = {"[OPTIONS]"}};
    command.description =
        "Newest first. --sandbox finds what was first made of that sandbox, not what it added to a name.";
    std::vector<Option> filters{
        text_option("--sandbox", "ID", "Only what was made from this sandbox.", options.sandbox_id),
        text_option("--name", "NAME", "Only what has this name: alias or alias:tag.", options.name),
        count_option("--limit", "List so many at most.", options.limit),
    };
    command.groups = {{"Selection", std::move(filters)},
                      {"Sending", limits(options.send)},
                      connection_group(options.send),
                      output_group(options.send)};
    command.examples = {"e2b-snapshot list", "e2b-snapshot list --sandbox i0123456789abcdefghij",
                        "e2b-snapshot list --name nightly:v1 --output json"};
    command.exit_codes = exit_codes("listed", "not");
    return command;
}

Command delete_command(DeleteOptions& options) {
    Command command{.name = "delete", .summary = "Delete snapshots", .usage = {"[OPTIONS] ID..."}};
    command.description =
        "A snapshot goes as a whole: the platform ignores the tag of an id, so that all tags and "
        "builds of its template go with it. Asks first where stdin is a terminal, and refuses to go "
        "on where it is not.";
    command.arguments = {{.name = "ID",
                          .help = "The id or the name of a snapshot",
                          .set = [&options](std::string const& given) { options.ids.push_back(given); },
                          .repeatable = true}};
    command.groups = {{"Safety", {flag_option("--yes", "Delete without asking.", options.yes)}},
                      {"Sending", limits(options.send)},
                      connection_group(options.send),
                      output_group(options.send)};
    command.examples = {"e2b-snapshot delete team/nightly:v1",
                        "e2b-snapshot delete --yes 9v2hx0k3mfa71qz8w5tc 4c1d9q2mfa71qz8w5tcx"};
    command.exit_codes = exit_codes("all were deleted", "some were not, or were not there");
    command.check = [&options] {
        for (auto const& id : options.ids) {
            if (auto const problem = find_snapshot_id_problem(id))
                throw std::invalid_argument("'" + printable(id) + "': " + *problem);
        }
    };
    return command;
}

Command sandboxes_command(SandboxesOptions& options) {
    Command command{.name = "sandboxes", .summary = "List the team's sandboxes", .usage = {"[OPTIONS]"}};
    command.description = "Newest first. A sandbox that is being snapshotted is not listed.";
    auto filters = selection(options.selection);
    filters.push_back(count_option("--limit", "List so many at most.", options.limit));
    command.groups = {{"Selection", std::move(filters)},
                      {"Sending", limits(options.send)},
                      connection_group(options.send),
                      output_group(options.send)};
    command.examples = {"e2b-snapshot sandboxes --state running",
                        "e2b-snapshot sandboxes --metadata tier=gold --output json > gold.jsonl"};
    command.exit_codes = exit_codes("listed", "not");
    return command;
}

Command reconcile_command(ReconcileOptions& options) {
    Command command{
        .name = "reconcile", .summary = "Find out what became of requests without an answer", .usage = {}};
    command.usage = {"[OPTIONS] FILE|-", "[OPTIONS] --journal FILE"};
    command.description = reconcile_description;
    command.arguments = {{.name = "FILE",
                          .help = "Records; - for stdin",
                          .set = [&options](std::string const& given) { options.file = given; },
                          .required = false}};
    std::vector<Option> input{
        text_option("--journal", "FILE", "Ask for what a journal of bulk leaves unknown.", options.journal),
        settle(options.settle),
    };
    command.groups = {{"Input", std::move(input)},
                      {"Sending", limits(options.send)},
                      connection_group(options.send),
                      output_group(options.send)};
    command.examples = {"e2b-snapshot reconcile results.jsonl", "e2b-snapshot reconcile --journal run.jsonl"};
    command.exit_codes = exit_codes("all were found out", "some remain unknown");
    command.check = [&options] {
        if (options.file.empty() == !options.journal)
            throw std::invalid_argument(options.journal
                                            ? "--journal and FILE exclude each other; give one of them"
                                            : "FILE or --journal FILE is missing");
    };
    return command;
}

Command report_command(ReportOptions& options) {
    Command command{.name = "report", .summary = "Sum up journals", .usage = {"[OPTIONS] FILE..."}};
    command.description =
        "Sums up what journals of bulk say: of one run, or of all shards of a fleet. Asks nobody.";
    command.arguments = {{.name = "FILE",
                          .help = "A journal",
                          .set = [&options](std::string const& given) { options.files.push_back(given); },
                          .repeatable = true}};
    std::vector<Option> output{
        choice_option("--only", "OUTCOME",
                      "Print the records of this outcome instead: created, rejected, not_sent or unknown.",
                      options.only,
                      Words<Outcome>{{"created", Outcome::created},
                                     {"rejected", Outcome::rejected},
                                     {"not_sent", Outcome::not_sent},
                                     {"unknown", Outcome::unknown}}),
        text_option("--html", "FILE",
                    "Write a page of HTML besides: outcomes, failures, latencies, rate and window over time.",
                    options.html),
    };
    command.groups = {{"Output", std::move(output)}};
    command.examples = {"e2b-snapshot report run.jsonl", "e2b-snapshot report shard-*.jsonl",
                        "e2b-snapshot report shard-*.jsonl --only unknown",
                        "e2b-snapshot report run.jsonl --html run.html"};
    command.exit_codes = {"0 all were created", "1 some were not", "2 an argument or a journal was refused"};
    return command;
}

} // namespace e2b::cli
