#include "cli/basics/writer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <exception>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

asio::awaitable<std::error_code> write_on_thread(Writer::WriteBatch const& write_batch,
                                                 Writer::Chunks const& chunks) {
    co_return write_batch(chunks);
}

} // namespace

Writer::Writer(asio::any_io_executor executor, WriteBatch write_batch)
    : executor_(std::move(executor)),
      write_batch_(std::move(write_batch)),
      changed_(executor_) {}

void Writer::append(int descriptor, std::string_view text) {
    if (!pending_.empty() && pending_.back().descriptor == descriptor)
        pending_.back().text += text;
    else
        pending_.push_back({descriptor, std::string(text)});
    handed_over_ += text.size();
    if (std::exchange(writing_, true))
        return;
    auto const rethrow = [](std::exception_ptr error) {
        if (error)
            std::rethrow_exception(error);
    };
    asio::co_spawn(executor_, write_all(), rethrow);
}

asio::awaitable<void> Writer::write_all() {
    while (!pending_.empty()) {
        auto const chunks = std::exchange(pending_, {});
        auto batch = write_on_thread(write_batch_, chunks);
        auto const error = co_await asio::co_spawn(thread_, std::move(batch), asio::use_awaitable);
        if (!error_)
            error_ = error;
        for (auto const& chunk : chunks)
            done_ += chunk.text.size();
        ++batches_;
        changed_.notify();
    }
    writing_ = false;
    changed_.notify();
}

asio::awaitable<void> Writer::wait_for(std::uint64_t bytes) {
    // Until the thread is idle where all is waited for: it must not be left behind.
    while (done_ < bytes || (bytes == handed_over_ && writing_))
        co_await changed_.wait();
}

std::error_code Writer::write_fully(int descriptor, std::string_view text, std::size_t& written) {
    written = 0;
    while (written < text.size()) {
        auto const count = ::write(descriptor, text.data() + written, text.size() - written);
        if (count >= 0) {
            written += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN) {
            pollfd wanted{descriptor, POLLOUT, 0};
            ::poll(&wanted, 1, -1);
        } else if (errno != EINTR) {
            return {errno, std::system_category()};
        }
    }
    return {};
}

} // namespace e2b::cli
