#include "cli/journal/durable_log.hpp"

#include <cerrno>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

DurableLog::DurableLog(asio::any_io_executor executor, base::Descriptor file, std::string name)
    : file_(std::move(file)),
      name_(std::move(name)),
      writer_(std::move(executor), [this](Writer::Chunks const& chunks) { return write_batch(chunks); }) {}

void DurableLog::append(std::string_view lines) {
    writer_.append(file_.get(), lines);
}

asio::awaitable<void> DurableLog::write(std::string_view lines) {
    append(lines);
    return wait_for(writer_.handed_over());
}

asio::awaitable<void> DurableLog::flush() {
    return wait_for(writer_.handed_over());
}

asio::awaitable<void> DurableLog::wait_for(std::uint64_t bytes) {
    co_await writer_.wait_for(bytes);
    if (writer_.error())
        throw std::system_error(writer_.error(),
                                "cannot write the journal " + name_ +
                                    " (what it does not note was not sent; see to the disk, and resume)");
}

// On the writer's thread. After a failure nothing more is written: a disk that came back would have a gap.
std::error_code DurableLog::write_batch(Writer::Chunks const& chunks) {
    for (auto const& chunk : chunks) {
        if (!failed_)
            failed_ = Writer::write_fully(chunk.descriptor, chunk.text);
    }
    // Whatever the reason is that syncing fails for, the lines may not be on the disk.
    if (!failed_ && ::fdatasync(file_.get()) != 0)
        failed_ = {errno, std::system_category()};
    return failed_;
}

} // namespace e2b::cli
