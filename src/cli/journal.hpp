#pragma once

#include "cli/durable_log.hpp"
#include "cli/journal_state.hpp"
#include "cli/record.hpp"

#include <e2b/bulk.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <optional>
#include <string>
#include <vector>

namespace e2b::cli {

// The file that a run can be resumed from: what may have been sent, written down before it is, and what
// became of it.
class Journal {
public:
    struct Options {
        std::string path;
        bool resume = false;
        // A journal is of one template, of one shard and of one kind.
        std::string name_template;
        std::optional<FleetShard> shard;
        SnapshotKind kind = SnapshotKind::full;
    };

    // Throws UsageError, saying what differs, where the journal was made with other options.
    static void require_same_plan(Options const& options, JournalState const& before);

    // Opens the file, reads what it says if the run is resumed, and writes that a run begins. Throws
    // UsageError where there is a journal and it is not to be resumed, where another process writes it, or
    // where it cannot be read or written.
    Journal(boost::asio::any_io_executor executor, Options options);

    // What was in it before.
    [[nodiscard]] JournalState const& before() const noexcept { return before_; }
    // This run's, or that of the run that is resumed.
    [[nodiscard]] RunIdentity const& run() const noexcept { return run_; }

    // Completes when it is on the disk; then the request may be sent.
    boost::asio::awaitable<void> begin_try(SnapshotRequest const& request,
                                           std::optional<std::vector<std::string>> const& baseline);
    void add_refused(RefusedLine const& line);
    void add_end(Record const& record);

    [[nodiscard]] DurableLog& log() noexcept { return log_; }

private:
    static FileDescriptor open(Options const& options, JournalState& before);

    JournalState before_;
    RunIdentity run_;
    DurableLog log_;
};

} // namespace e2b::cli
