#pragma once

#include <e2b/bulk.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <deque>
#include <optional>

/// A bounded queue of what is due, from the environments to a bulk run. Where the platform does not keep up
/// the queue is full, and who wants to put in more waits: that is the back-pressure.
///
/// Thread safety: none; all is done on one thread.
class CheckpointQueue final : public e2b::BulkSource {
public:
    CheckpointQueue(boost::asio::any_io_executor executor, std::size_t capacity);

    /// Completes once there is room. False if the run was stopped: nothing will be taken any more.
    boost::asio::awaitable<bool> push(e2b::BulkItem item);
    /// Nothing more will come: the run ends when the rest is done.
    void close();

    /// The most that were in it at a time.
    [[nodiscard]] std::size_t high_water() const noexcept { return high_water_; }

    boost::asio::awaitable<std::optional<e2b::BulkItem>> next() override;
    void stop() override;

private:
    std::size_t capacity_;
    std::deque<e2b::BulkItem> items_;
    std::size_t high_water_ = 0;
    bool closed_ = false;
    bool stopped_ = false;
    // They never expire; cancelling one wakes who waits for it.
    boost::asio::steady_timer room_;
    boost::asio::steady_timer filled_;
};
