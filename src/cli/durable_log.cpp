#include "cli/durable_log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <exception>
#include <unistd.h>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

using Clock = std::chrono::steady_clock;

DurableLog::DurableLog(asio::any_io_executor executor, FileDescriptor file)
    : executor_(std::move(executor)),
      file_(std::move(file)),
      changed_(executor_) {}

asio::awaitable<void> DurableLog::write(std::string_view lines) {
    hand_over(lines);
    return wait_for(handed_over_);
}

asio::awaitable<void> DurableLog::flush() {
    return wait_for(handed_over_);
}

asio::awaitable<void> DurableLog::wait_for(std::uint64_t bytes) {
    while (on_disk_ < bytes && !error_)
        co_await changed_.wait();
    if (error_)
        throw std::system_error(error_, "cannot write the journal");
}

void DurableLog::hand_over(std::string_view lines) {
    pending_ += lines;
    handed_over_ += lines.size();
    if (error_ || std::exchange(writing_, true))
        return;
    auto const rethrow = [](std::exception_ptr error) {
        if (error)
            std::rethrow_exception(error);
    };
    asio::co_spawn(executor_, write_all(), rethrow);
}

asio::awaitable<void> DurableLog::write_all() {
    while (!pending_.empty() && !error_) {
        auto const batch = std::exchange(pending_, {});
        auto const written = co_await asio::co_spawn(writer_, write_batch(batch), asio::use_awaitable);
        error_ = written.error;
        on_disk_ += written.error ? 0 : batch.size();
        sync_time_ += written.took;
        ++syncs_;
        changed_.notify();
    }
    writing_ = false;
}

asio::awaitable<DurableLog::Written> DurableLog::write_batch(std::string const& batch) const {
    std::string_view rest = batch;
    while (!rest.empty()) {
        auto const count = ::write(file_.get(), rest.data(), rest.size());
        if (count < 0 && errno != EINTR)
            co_return Written{{errno, std::system_category()}};
        if (count > 0)
            rest.remove_prefix(static_cast<std::size_t>(count));
    }
    auto const began = Clock::now();
    // Whatever the reason is that it fails for, the lines may not be on the disk.
    std::error_code const error =
        ::fdatasync(file_.get()) == 0 ? std::error_code() : std::error_code(errno, std::system_category());
    co_return Written{error, Clock::now() - began};
}

} // namespace e2b::cli
