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
}

} // namespace

asio::awaitable<ExitCode> show_plan(Session& session, Source& source, SendPlan plan) {
    JournalState before;
    if (plan.journal)
        load(*plan.journal, before);
    std::uint64_t unanswered = 0;
    Recorder recorder(session.console(), plan.records); // of lines that cannot be understood
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
        ++count;
        session.console().out(to_line(item->request, format));
        feed.ended(Outcome::created); // so that a leader is not waited for
    }
    if (plan.summary != SendPlan::Summary::none)
        session.console().err("would send   " + std::to_string(count) + '\n' +
                              format_left_out(feed.counts(), unanswered));
    co_return recorder.tally().failed() == 0 ? exit_all_created : exit_some_failed;
}

} // namespace e2b::cli
