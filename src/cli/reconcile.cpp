#include "cli/client_settings.hpp"
#include "cli/commands.hpp"
#include "cli/input_line.hpp"
#include "cli/journal_state.hpp"
#include "cli/json_fields.hpp"
#include "cli/reconciler.hpp"
#include "cli/timestamp.hpp"
#include "cli/usage_error.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <iostream>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using Finding = Reconciliation::Finding;

constexpr std::size_t at_a_time = 64; // as many as the reconciler asks

// The question of a record as the other subcommands print it; nothing where its outcome is known.
std::optional<Unanswered> parse_record(std::string const& text, std::size_t number) {
    auto const refuse = [number](std::string const& problem) {
        throw UsageError("line " + std::to_string(number) + ": " + problem);
    };
    boost::system::error_code failed;
    auto const value = json::parse(text, failed);
    if (failed || !value.is_object())
        refuse("not a JSON object");
    auto const& object = value.get_object();
    if (text_at(object, "outcome").value_or("unknown") != "unknown")
        return std::nullopt;
    auto id = text_at(object, "sandboxID");
    if (!id)
        refuse("sandboxID: missing, or not a string");
    auto const began = parse_time(text_at(object, "startedAt").value_or(""));
    if (!began)
        refuse("startedAt: must be a time such as 2026-11-24T05:03:12Z");
    if (*began > std::chrono::system_clock::now() + std::chrono::hours(24))
        refuse("startedAt: must be at most a day from now");
    auto const uniqueness = parse_uniqueness(text_at(object, "unique").value_or("none"));
    if (!uniqueness)
        refuse("unique: must be alias, tag or none");
    SnapshotRequest request(std::move(*id), text_at(object, "name"));
    request.memory = kind_in(object);
    if (*uniqueness != NameUniqueness::none && !request.name)
        refuse("unique: must be none, or left out, where there is no name");
    if (auto const problem = find_problem(request))
        refuse(*problem);
    ReconcileRequest question(std::move(request), *began);
    question.uniqueness = *uniqueness;
    return Unanswered{std::move(question), number, {}};
}

std::vector<Unanswered> read_records(std::string const& path) {
    std::ifstream file;
    if (path != "-") {
        file.open(path);
        if (!file)
            throw UsageError("cannot read " + path);
    }
    std::istream& input = path == "-" ? std::cin : file;
    std::vector<Unanswered> questions;
    std::size_t number = 0;
    for (std::string line; std::getline(input, line);) {
        ++number;
        if (is_blank(line))
            continue;
        if (auto question = parse_record(line, number))
            questions.push_back(std::move(*question));
    }
    // What was not read may be unknown.
    if (input.bad())
        throw UsageError("cannot read " + path);
    return questions;
}

std::vector<Unanswered> read_journal(std::string const& path, std::chrono::nanoseconds call_timeout) {
    JournalState state;
    state.load(path);
    std::optional<NameTemplate> names;
    if (state.run() && !state.run()->name_template.empty())
        names.emplace(state.run()->name_template);
    std::vector<Unanswered> questions;
    for (auto const& [key, item] : state.items()) {
        if (!item.is_unknown())
            continue;
        auto const request = JournalState::request_of(key);
        ReconcileRequest question(request, item.began_before(std::chrono::system_clock::now(), call_timeout));
        question.baseline = state.baseline(request);
        if (names && request.name == names->expand(request.sandbox_id, state.run()->run))
            question.uniqueness = names->uniqueness();
        questions.push_back({std::move(question), 0, {}});
    }
    return questions;
}

char const* to_text(Finding finding) {
    switch (finding) {
    case Finding::created:
        return "created";
    case Finding::not_created:
        return "not_created";
    case Finding::unknown:
        break;
    }
    return "unknown";
}

char const* to_text(Reconciliation::Sandbox sandbox) {
    using Sandbox = Reconciliation::Sandbox;
    switch (sandbox) {
    case Sandbox::running:
        return "running";
    case Sandbox::said_to_run:
        return "said_to_run";
    case Sandbox::paused:
        return "paused";
    case Sandbox::gone:
        return "gone";
    case Sandbox::unknown:
        break;
    }
    return "unknown";
}

std::string to_line(SnapshotRequest const& request, Reconciliation const& answer, OutputFormat format) {
    std::string text;
    if (format == OutputFormat::json) {
        JsonObjectWriter object(text);
        write_request(object, request);
        object.string("finding", to_text(answer.finding));
        if (answer.snapshot) {
            object.string("snapshotID", answer.snapshot->snapshot_id);
            object.strings("names", answer.snapshot->names);
        }
        object.string("sandbox", to_text(answer.sandbox));
        object.string("reason", answer.reason);
        if (answer.sure_from)
            object.string("sureFrom", format_time(*answer.sure_from));
        object.end();
    } else {
        text = to_text(answer.finding);
        text.resize(13, ' ');
        text += printable(request.sandbox_id) + "  ";
        if (answer.snapshot)
            text += printable(answer.snapshot->snapshot_id) + "  ";
        text += printable(answer.reason);
        if (answer.sure_from)
            text += "; sure from " + format_time(*answer.sure_from);
        text += std::string(" (sandbox: ") + to_text(answer.sandbox) + ')';
    }
    return text + '\n';
}

asio::awaitable<ExitCode> find_out(Session& session, OutputFormat format, std::vector<Unanswered> questions) {
    bool all = true;
    Reconciler::Sink const sink = [&](Unanswered const& item, Reconciliation const& answer) {
        session.console().out(to_line(item.question.request, answer, format));
        all = all && answer.finding != Finding::unknown;
    };
    Reconciler reconciler(session);
    auto work = reconciler.answer(std::move(questions), sink);
    co_await std::move(work);
    co_return all ? exit_all_created : exit_some_failed;
}

} // namespace

ExitCode run_command(ReconcileOptions const& options) {
    auto config = client_settings(options.send, at_a_time);
    auto questions =
        options.journal ? read_journal(*options.journal, config.timeout) : read_records(options.file);
    for (auto& each : questions)
        each.question.settle_time = options.settle;
    Session session(std::move(config), options.send.verbose);
    return session.run([&](Session& running) {
        return find_out(running, output_format(options.send), std::move(questions));
    });
}

} // namespace e2b::cli
