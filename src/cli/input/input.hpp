#pragma once

#include "base/descriptor.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace e2b::cli {

// The list of sandboxes as bytes, read by a thread of its own. epoll takes no regular files, and making stdin
// non-blocking would make the terminal's other users non-blocking as well; a thread reads files, pipes and
// terminals alike.
class Input {
public:
    // `-` is the standard input. Throws UsageError where the file cannot be read.
    explicit Input(std::string const& path);
    ~Input() { stop(); }

    // The next bytes, as soon as there are any; empty at the end and after `stop`. Throws UsageError.
    boost::asio::awaitable<std::string> read();

    // Ends a read that waits, and all further ones. Never blocks.
    void stop();
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

    // As messages call it.
    [[nodiscard]] std::string const& name() const noexcept { return name_; }

    // Where the input is a file: its size in bytes.
    [[nodiscard]] std::optional<std::size_t> size() const noexcept { return size_; }

private:
    boost::asio::awaitable<std::string> read_blocking() const;

    std::string name_;
    base::Descriptor owned_;
    int descriptor_;
    base::Descriptor stop_; // an eventfd
    bool stopped_ = false;
    std::optional<std::size_t> size_;
    boost::asio::thread_pool reader_{1};
};

} // namespace e2b::cli
