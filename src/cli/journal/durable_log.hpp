#pragma once

#include "base/descriptor.hpp"
#include "cli/basics/writer.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace e2b::cli {

// Appends lines to a file and makes them survive a crash of the machine. What has gathered is written and
// synced at once: one sync, which takes from 0.1 ms to 10 ms as the disk is, covers all lines that came while
// the one before ran. So the number of lines a second is not bounded by the disk, and a line waits for two
// syncs at most.
//
// Lifetime: `flush` before the executor's context ends. For one thread.
class DurableLog {
public:
    // `name` is what errors call it. Precondition: a regular file. Others cannot be synced, and each write
    // would fail.
    DurableLog(boost::asio::any_io_executor executor, base::Descriptor file, std::string name);

    // Whole lines. `append` only hands them over; `write` completes when they are on the disk. Throws
    // std::system_error, also for lines appended before.
    void append(std::string_view lines);
    boost::asio::awaitable<void> write(std::string_view lines);
    // Completes when all was written and synced. Throws as `write`.
    boost::asio::awaitable<void> flush();

    [[nodiscard]] std::uint64_t syncs() const noexcept { return writer_.batches(); }

private:
    std::error_code write_batch(Writer::Chunks const& chunks);
    boost::asio::awaitable<void> wait_for(std::uint64_t bytes);

    base::Descriptor file_;
    std::string name_;
    std::error_code failed_; // the writer's thread's
    Writer writer_;
};

} // namespace e2b::cli
