#pragma once

#include "cli/console.hpp"
#include "cli/event.hpp"
#include "cli/interrupt.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/source.hpp"
#include "cli/tally.hpp"

#include <e2b/client.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <list>
#include <optional>

namespace e2b::cli {

// Snapshots what a source yields, at most `concurrency` at a time, and prints a record for each item as its
// call ends. Memory is bounded by the window and not by the source. For one thread.
class Run {
public:
    struct Settings {
        std::size_t concurrency = 1;
        std::optional<OutputFormat> records; // none are printed without
        bool progress = false;
    };

    Run(boost::asio::any_io_executor executor, Client& client, Console& console, Interrupt& interrupt,
        Settings settings);

    // Completes when every item that was started has its record. Throws what the source throws, after that.
    boost::asio::awaitable<void> execute(Source& source);

    [[nodiscard]] Tally const& tally() const noexcept { return tally_; }
    [[nodiscard]] std::chrono::nanoseconds elapsed() const;

private:
    using Calls = std::list<boost::asio::cancellation_signal>;

    [[nodiscard]] bool ended() const;
    boost::asio::awaitable<void> start_all(Source& source);
    void start_reporting(Source const& source);
    boost::asio::awaitable<void> wait_for_room();
    void start(Source::Item item);
    void stop(Source& source);
    void cut();
    boost::asio::awaitable<void> call(SnapshotRequest request, std::size_t line);
    void finish(Record const& record);
    boost::asio::awaitable<void> report_progress(Source const& source);
    [[nodiscard]] ProgressState progress_state(Source const& source) const;

    boost::asio::any_io_executor executor_;
    Client& client_;
    Console& console_;
    Interrupt& interrupt_;
    Settings settings_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();

    Calls calls_; // those in flight
    Tally tally_;
    std::exception_ptr error_;
    boost::asio::steady_timer progress_timer_;
    bool reporting_ = false;
    bool all_done_ = false;
    Event changed_; // one of the above did
};

} // namespace e2b::cli
