#pragma once

#include "cli/basics/event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace e2b::cli {

// Writes to descriptors, in order, by a thread of its own: what is slow (a reader, a disk, a terminal that is
// stopped) holds up the output and not the calls in flight. The thread takes all that has gathered at once,
// again and again.
//
// Lifetime: `flush` before the executor's context ends. For one thread.
class Writer {
public:
    struct Chunk {
        int descriptor;
        std::string text;
    };
    using Chunks = std::vector<Chunk>;
    // Writes a batch, on the writer's thread. What it yields is an error of the whole: it is kept.
    using WriteBatch = std::function<std::error_code(Chunks const&)>;

    Writer(boost::asio::any_io_executor executor, WriteBatch write_batch);

    [[nodiscard]] boost::asio::any_io_executor const& executor() const noexcept { return executor_; }

    void append(int descriptor, std::string_view text);
    // How many bytes were handed over so far.
    [[nodiscard]] std::uint64_t handed_over() const noexcept { return handed_over_; }
    // Completes when so many bytes were written, or writing failed.
    boost::asio::awaitable<void> wait_for(std::uint64_t bytes);
    // Completes when all was written, or handed in vain to a batch that failed.
    boost::asio::awaitable<void> flush() { return wait_for(handed_over_); }

    [[nodiscard]] std::size_t backlog() const noexcept {
        return static_cast<std::size_t>(handed_over_ - done_);
    }
    // The first that there was.
    [[nodiscard]] std::error_code error() const noexcept { return error_; }
    // Notified after each batch.
    [[nodiscard]] Event& changed() noexcept { return changed_; }
    [[nodiscard]] std::uint64_t batches() const noexcept { return batches_; }

    // Writes all of a text, also to a pipe or terminal that somebody made non-blocking. Where it fails,
    // `written` is how much of it was.
    static std::error_code write_fully(int descriptor, std::string_view text, std::size_t& written);
    static std::error_code write_fully(int descriptor, std::string_view text) {
        std::size_t written = 0;
        return write_fully(descriptor, text, written);
    }

private:
    boost::asio::awaitable<void> write_all();

    boost::asio::any_io_executor executor_;
    WriteBatch write_batch_;
    boost::asio::thread_pool thread_{1};
    Chunks pending_;
    std::uint64_t handed_over_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t batches_ = 0;
    bool writing_ = false;
    std::error_code error_;
    Event changed_;
};

} // namespace e2b::cli
