#include "checkpoint_queue.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace asio = boost::asio;

namespace {

asio::awaitable<void> woken(asio::steady_timer& timer) {
    boost::system::error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

} // namespace

CheckpointQueue::CheckpointQueue(asio::any_io_executor executor, std::size_t capacity)
    : capacity_(capacity),
      room_(executor, asio::steady_timer::time_point::max()),
      filled_(executor, asio::steady_timer::time_point::max()) {}

asio::awaitable<bool> CheckpointQueue::push(e2b::BulkItem item) {
    while (items_.size() >= capacity_ && !stopped_)
        co_await woken(room_);
    if (stopped_)
        co_return false;
    items_.push_back(std::move(item));
    high_water_ = std::max(high_water_, items_.size());
    filled_.cancel();
    co_return true;
}

void CheckpointQueue::close() {
    closed_ = true;
    filled_.cancel();
}

asio::awaitable<std::optional<e2b::BulkItem>> CheckpointQueue::next() {
    while (items_.empty() && !closed_ && !stopped_)
        co_await woken(filled_);
    if (items_.empty())
        co_return std::nullopt;
    e2b::BulkItem item = std::move(items_.front());
    items_.pop_front();
    room_.cancel();
    co_return item;
}

void CheckpointQueue::stop() {
    stopped_ = true;
    room_.cancel();
    filled_.cancel();
}
