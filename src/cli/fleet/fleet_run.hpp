#pragma once

#include "cli/basics/stoppable.hpp"
#include "cli/fleet/plan.hpp"
#include "cli/fleet/reconciler.hpp"
#include "cli/input/source.hpp"
#include "cli/journal/journal.hpp"
#include "cli/output/recorder.hpp"
#include "cli/output/status.hpp"
#include "cli/report/history.hpp"
#include "cli/report/report_file.hpp"
#include "cli/session/session.hpp"

#include <e2b/bulk.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace e2b::cli {

// How a subcommand sends.
struct FleetOptions {
    e2b::BulkOptions run;
    FleetPlan::Rules rules; // `run` and `before` are the journal's
    std::optional<Journal::Options> journal;
    std::shared_ptr<ReportFile> report;             // written at the end
    Settings settings;                              // noted in it
    std::optional<std::chrono::nanoseconds> settle; // with `rules.reconciles`, as ReconcileRequest has it

    RecordOutput records;
    bool shows_progress = false;
    enum class Summary : unsigned char { none, to_stderr, to_stdout } summary = Summary::to_stderr;
};

// One run over a list: carries out what the plan decides. An item goes from the list through the plan and the
// journal to the platform, and its end back through plan and journal to the results.
class FleetRun {
public:
    // Throws UsageError where the journal does not fit.
    FleetRun(Session& session, Source& source, FleetOptions options);
    FleetRun(FleetRun const&) = delete;
    FleetRun& operator=(FleetRun const&) = delete;
    ~FleetRun();

    // Completes when every item has its record, and the journal is on the disk, or the user interrupted and
    // what was sent has its record. Throws what the source throws, and what the journal throws.
    boost::asio::awaitable<void> execute();

    [[nodiscard]] Tally const& tally() const noexcept { return recorder_.tally(); }
    [[nodiscard]] FleetPlan::Counts const& counts() const noexcept { return plan_.counts(); }
    // What stdout did not take, in a line; empty for nothing. Complete once the console was flushed.
    [[nodiscard]] std::string describe_lost() { return format_lost(recorder_.lost(), journal_.has_value()); }
    // Writes the report, if there is to be one.
    void write_report();
    // Every item that was not left to other shards exists.
    [[nodiscard]] bool all_created() const;

private:
    class Feed;
    class Account;

    // For Feed and Account.
    boost::asio::awaitable<std::optional<BulkItem>> next();
    boost::asio::awaitable<void> before_try(BulkItem const& item);
    void refused(BulkItem const& item, Failure const& failure);
    void stop();
    [[nodiscard]] std::optional<Record::Error> stop_cause() const;

    boost::asio::awaitable<void> send();
    boost::asio::awaitable<void> read();
    boost::asio::awaitable<void> read_one();
    void leave_unsent();
    boost::asio::awaitable<std::optional<std::vector<std::string>>> look_up(std::string sandbox_id);
    std::optional<BulkItem> carry_out(FleetPlan::Step step);
    void carry_out(FleetPlan::Ended ended);
    void late_response(LateResponse const& response);
    void record(Record const& record);
    [[nodiscard]] bool journal_tells_of(Record const& record) const;
    void finish(Record const& record, bool journal_tells);
    [[nodiscard]] RunLine run_line() const;
    template <class Line>
    void note(Line const& line);
    void note_progress(BulkProgress const& progress);
    void interrupted(BulkRun& run);
    [[nodiscard]] std::size_t under_way(BulkRun const& run) const;
    void show(BulkProgress const& progress);
    [[nodiscard]] RunState state_of(BulkProgress const& progress) const;

    Session& session_;
    Source& source_;
    FleetOptions options_;
    std::optional<Journal> journal_;
    FleetPlan plan_;
    Reconciler reconciler_;
    Recorder recorder_;
    // For the report; where there is a journal, only of what that does not have.
    std::optional<History> history_;
    Stoppable look_ups_;
    std::optional<Source::Item> read_; // of the list, and not handed over yet
    bool reading_ = false;             // besides what else goes on
    std::exception_ptr read_error_;
    bool list_ended_ = false;
    BulkRun const* run_ = nullptr; // while it goes on
    bool stopped_ = false;
    std::chrono::steady_clock::time_point last_log_{};
    std::optional<std::chrono::steady_clock::time_point> last_note_;
    Event changed_;
};

// Sends all that the source yields, until the user interrupts, and sums up. Throws as `FleetRun`.
boost::asio::awaitable<ExitCode> send_all(Session& session, Source& source, FleetOptions options);

} // namespace e2b::cli
