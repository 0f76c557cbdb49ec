#include "cli/dry_run.hpp"

#include "cli/json_fields.hpp"
#include "cli/summary.hpp"
#include "cli/usage_error.hpp"

#include <filesystem>
#include <string>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

std::string to_line(SnapshotRequest const& request, OutputFormat format) {
    std::string text;
    if (format == OutputFormat::json) {
        JsonObjectWriter object(text);
        write_request(object, request);
        object.end();
    } else {
        text = printable(request.sandbox_id);
        if (request.name)
            text += ' ' + printable(*request.name);
        if (request.memory == SnapshotKind::filesystem)
            text += " (filesystem only)";
    }
    return text + '\n';
}

void load(Journal::Options const& journal, JournalState& state) {
    if (!std::filesystem::exists(journal.path))
        return;
    if (!journal.resume)
        throw UsageError("--journal " + journal.path +
                         ": there is a journal already; --resume goes on with it");
    state.load(journal.path);
    Journal::require_same_plan(journal, state);
}

Record refusal(BulkItem const& item, std::string const& problem) {
    auto record = make_invalid_record(item.request.sandbox_id, problem, static_cast<std::size_t>(item.tag));
    record.name = item.request.name;
    record.memory = item.request.memory;
    return record;
}

std::string format_plan(std::uint64_t sent, std::uint64_t refused) {
    std::string text = "would send   " + std::to_string(sent) + '\n';
    return refused > 0 ? text + "would refuse " + std::to_string(refused) + '\n' : text;
}

} // namespace

asio::awaitable<ExitCode> show_plan(Session& session, Source& source, SendPlan plan) {
    JournalState before;
    if (plan.journal)
        load(*plan.journal, before);
    std::uint64_t unanswered = 0;
    Recorder recorder(session.console(), plan.records); // of what cannot be sent
    Feed::Rules rules;
    rules.shard = plan.shard;
    rules.names = plan.names;
    rules.run = before.run() ? before.run()->run : RunIdentity::make();
    rules.before = &before;
    rules.retry_unknown = plan.retry_unknown;
    rules.on_unanswered = [&unanswered](Unanswered const&) { ++unanswered; };
    Feed feed(source, session.console(), recorder, std::move(rules));

    auto const format = plan.records.value_or(OutputFormat::text);
    std::uint64_t count = 0;
    for (;;) {
        auto next = feed.next();
        auto const item = co_await std::move(next);
        if (!item)
            break;
        auto const problem = find_problem(item->request);
        // So that a leader is not waited for.
        feed.ended(problem ? Outcome::not_sent : Outcome::created);
        if (problem) {
            recorder.add(refusal(*item, *problem));
            continue;
        }
        ++count;
        session.console().out(to_line(item->request, format));
    }
    if (plan.summary != SendPlan::Summary::none)
        session.console().err(format_plan(count, recorder.tally().failed()) +
                              format_left_out(feed.counts(), unanswered));
    co_return recorder.tally().failed() == 0 ? exit_all_created : exit_some_failed;
}

} // namespace e2b::cli
