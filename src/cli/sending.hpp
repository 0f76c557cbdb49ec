#pragma once

#include "cli/preparation.hpp"
#include "cli/recorder.hpp"
#include "cli/send.hpp"
#include "cli/summary.hpp"
#include "cli/unanswered.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace e2b::cli {

// What `send_all` holds while it sends: the items go through it in rounds, since what turns out not to exist
// is sent again.
class Sending {
public:
    Sending(Session& session, SendPlan plan);

    // Completes when every item has its record, or the user interrupted and what was in flight has its.
    boost::asio::awaitable<void> send(Source& source);
    // Completes when the journal is on the disk.
    boost::asio::awaitable<void> finish();

    [[nodiscard]] Tally const& tally() const noexcept { return recorder_.tally(); }
    [[nodiscard]] Attempts const& attempts() const noexcept { return attempts_; }
    // What was left out, in a line with its line feed; empty for nothing.
    [[nodiscard]] std::string left_out() const;
    // Every item that was not left to other shards exists.
    [[nodiscard]] bool all_created() const;

private:
    // A request that provably did nothing, and the record that says so.
    struct Undone {
        SnapshotRequest request;
        Record record;
    };

    boost::asio::awaitable<void> send_rounds(Source& source);
    Feed::Rules rules(bool first_round);
    // The plan's, for a round: failures of the rounds before count as well.
    [[nodiscard]] e2b::BulkOptions run_options() const;
    boost::asio::awaitable<void> send_round(Source& source, bool first_round);
    // Finds out what became of `unanswered_`. What did nothing is in `undone_` then.
    boost::asio::awaitable<void> find_out();
    // Gives what did nothing its record, where it is not sent again.
    void give_up_undone();
    // Nothing further is to be sent.
    [[nodiscard]] bool stopped() const;
    void count_attempts(unsigned attempts, bool first_round);
    void ended(Feed& feed, BulkResult result);
    void record(Record const& record);

    Session& session_;
    SendPlan plan_;
    std::optional<Journal> journal_;
    RunIdentity identity_;
    Recorder recorder_;
    std::shared_ptr<Preparation> preparation_;
    std::vector<Unanswered> unanswered_;
    std::vector<Undone> undone_;
    Feed::Counts left_out_;
    Attempts attempts_;
    std::uint64_t failures_ = 0; // of all rounds so far
    bool failed_ = false;        // a failure ended the run
};

} // namespace e2b::cli
