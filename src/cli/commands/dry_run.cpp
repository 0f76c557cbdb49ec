#include "cli/commands/dry_run.hpp"

#include "cli/basics/usage_error.hpp"
#include "cli/fleet/summary.hpp"
#include "cli/input/input_line.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <variant>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

std::string to_object(SnapshotRequest const& request) {
    std::string text;
    JsonObjectWriter object(text);
    object.number("schema", std::to_string(record_schema));
    write_request(object, request);
    object.end();
    return text + '\n';
}

std::string to_words(SnapshotRequest const& request) {
    return request.sandbox_id + (request.name ? ' ' + *request.name : "");
}

// `bulk` reads the words as the same request, without any option.
bool reads_back(SnapshotRequest const& request) {
    auto const parsed = parse_input_line(to_words(request));
    auto const* const read = std::get_if<SnapshotRequest>(&parsed);
    return read != nullptr && read->sandbox_id == request.sandbox_id && read->name == request.name &&
           read->memory == request.memory;
}

std::string to_line(SnapshotRequest const& request, OutputFormat format) {
    bool const is_text = format == OutputFormat::text && reads_back(request);
    return is_text ? to_words(request) + '\n' : to_object(request);
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

std::string format_plan(std::uint64_t sent, std::uint64_t refused) {
    std::string text = "would send   " + std::to_string(sent) + '\n';
    return refused > 0 ? text + "would refuse " + std::to_string(refused) + '\n' : text;
}

// Goes through the plan as a run would whose every request succeeds.
class DryRun {
public:
    DryRun(Session& session, FleetOptions const& options, FleetPlan::Rules rules)
        : console_(session.console()),
          plan_(std::move(rules)),
          recorder_(session.console(), options.records),
          format_(options.records.format.value_or(OutputFormat::text)) {}

    void take(Source::Item item) {
        carry_out(plan_.take(std::move(item), Moment::now()));
        while (auto step = plan_.take_waiting())
            carry_out(std::move(*step));
    }

    [[nodiscard]] std::string summary() const {
        return format_plan(sent_, recorder_.tally().failed()) + format_left_out(plan_.counts(), asked_) +
               format_repeated(plan_.counts());
    }
    [[nodiscard]] bool all_can_be_sent() const { return recorder_.tally().failed() == 0; }

private:
    void carry_out(FleetPlan::Step step) {
        if (step.warning)
            console_.err("warning: " + *step.warning + '\n');
        if (step.record)
            recorder_.add(*step.record);
        if (step.ask) {
            ++asked_;
            plan_.answered(*step.ask, Reconciliation(), Moment::now());
        }
        if (step.send)
            send(std::move(*step.send));
    }

    void send(BulkItem item) {
        if (auto const problem = find_problem(item.request)) {
            Failure failure(Outcome::not_sent, Errc::invalid_argument, Phase::argument);
            failure.detail = *problem;
            recorder_.add(
                *plan_.ended(BulkResult(std::move(item), std::move(failure)), Moment::now()).record);
            return;
        }
        ++sent_;
        console_.out(to_line(item.request, format_));
        plan_.ended(BulkResult(std::move(item), Result<SnapshotInfo>(SnapshotInfo(), 0, {})), Moment::now());
    }

    Console& console_;
    FleetPlan plan_;
    Recorder recorder_; // of what cannot be sent
    OutputFormat format_;
    std::uint64_t sent_ = 0;
    std::uint64_t asked_ = 0;
};

} // namespace

asio::awaitable<ExitCode> show_plan(Session& session, Source& source, FleetOptions options) {
    JournalState before;
    if (options.journal)
        load(*options.journal, before);
    auto rules = options.rules;
    rules.run = before.run() ? before.run()->run : RunIdentity::make();
    rules.before = &before;
    rules.reconciles = true; // what would be asked for is counted
    DryRun run(session, options, std::move(rules));
    auto& console = session.console();
    session.interrupt().on_stop([&source] { source.stop(); });
    while (auto item = co_await source.next()) {
        if (session.interrupt().stopping() || console.out_error())
            break;
        run.take(std::move(*item));
        co_await console.wait_for_room();
    }
    session.interrupt().on_stop({});
    if (options.summary != FleetOptions::Summary::none)
        console.err(run.summary());
    co_return run.all_can_be_sent() ? exit_all_created : exit_some_failed;
}

} // namespace e2b::cli
