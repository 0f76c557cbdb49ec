#pragma once

#include "cli/journal/durable_log.hpp"
#include "cli/journal/journal_state.hpp"
#include "cli/output/record.hpp"

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
        Settings settings = {}; // noted, for reports
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
    boost::asio::awaitable<void> begin_try(TryLine const& line);
    void add(RefusedLine const& line) { log_.append(to_text(line)); }
    void add(EndLine const& line) { log_.append(to_text(line)); }
    void add(ProgressLine const& line) { log_.append(to_text(line)); }
    // Completes when all is on the disk.
    boost::asio::awaitable<void> flush() { return log_.flush(); }

private:
    static base::Descriptor open(Options const& options, JournalState& before);

    JournalState before_;
    RunIdentity run_;
    DurableLog log_;
};

} // namespace e2b::cli
