#pragma once

#include "cli/event.hpp"
#include "cli/file_descriptor.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace e2b::cli {

// Appends lines to a file and makes them survive a crash of the machine. A thread of its own writes what has
// gathered and syncs it, again and again: one sync, which takes from 0.1 ms to 10 ms as the disk is, covers
// all lines that came while the one before ran. So the number of lines a second is not bounded by the disk,
// and a line waits for two syncs at most.
//
// Lifetime: `flush` before the executor's context ends. For one thread.
class DurableLog {
public:
    // Precondition: a regular file. Others cannot be synced, and each write would fail.
    DurableLog(boost::asio::any_io_executor executor, FileDescriptor file);

    // Whole lines. `append` only hands them over; `write` completes when they are on the disk. Throws
    // std::system_error, also for lines appended before.
    void append(std::string_view lines) { hand_over(lines); }
    boost::asio::awaitable<void> write(std::string_view lines);
    // Completes when all was written and synced. Throws as `write`.
    boost::asio::awaitable<void> flush();

    [[nodiscard]] std::uint64_t syncs() const noexcept { return syncs_; }
    // How long these took in all.
    [[nodiscard]] std::chrono::nanoseconds sync_time() const noexcept { return sync_time_; }

private:
    struct Written {
        std::error_code error;
        std::chrono::nanoseconds took{0};
    };

    void hand_over(std::string_view lines);
    boost::asio::awaitable<void> write_all();
    [[nodiscard]] boost::asio::awaitable<Written> write_batch(std::string const& batch) const;
    boost::asio::awaitable<void> wait_for(std::uint64_t bytes);

    boost::asio::any_io_executor executor_;
    FileDescriptor file_;
    boost::asio::thread_pool writer_{1};
    std::string pending_;
    std::uint64_t handed_over_ = 0; // bytes
    std::uint64_t on_disk_ = 0;
    bool writing_ = false;
    std::error_code error_;
    std::uint64_t syncs_ = 0;
    std::chrono::nanoseconds sync_time_{0};
    Event changed_;
};

} // namespace e2b::cli
