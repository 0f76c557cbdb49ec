#include "cli/input/input.hpp"

#include "cli/basics/standard_streams.hpp"
#include "cli/basics/usage_error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

constexpr std::size_t chunk_size = 64 * 1024;

UsageError read_error(std::string const& name, int error) {
    return UsageError("cannot read " + name + ": " + std::strerror(error));
}

} // namespace

Input::Input(std::string const& path)
    : name_(path == "-" ? "stdin" : path),
      owned_(path == "-" ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      descriptor_(path == "-" ? STDIN_FILENO : owned_.get()),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
    if (path == "-" && stdin_was_closed())
        throw UsageError("stdin is closed, so that there is nothing to read: redirect a file to it with '<'");
    struct stat status{};
    if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0 || stop_.get() < 0)
        throw read_error(name_, errno);
    if (S_ISDIR(status.st_mode))
        throw read_error(name_, EISDIR);
    if (S_ISREG(status.st_mode))
        size_ = static_cast<std::size_t>(status.st_size);
}

asio::awaitable<std::string> Input::read() {
    return asio::co_spawn(reader_, read_blocking(), asio::use_awaitable);
}

asio::awaitable<std::string> Input::read_blocking() const {
    for (;;) {
        std::array<pollfd, 2> wanted{{{descriptor_, POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
        if (::poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR)
            throw read_error(name_, errno);
        if (wanted[1].revents != 0)
            co_return std::string();
        if (wanted[0].revents == 0)
            continue;
        std::string chunk(chunk_size, '\0');
        auto const count = ::read(descriptor_, chunk.data(), chunk.size());
        if (count < 0 && errno != EINTR && errno != EAGAIN)
            throw read_error(name_, errno);
        if (count < 0)
            continue;
        chunk.resize(static_cast<std::size_t>(count));
        co_return chunk;
    }
}

void Input::stop() {
    stopped_ = true;
    std::uint64_t const one = 1;
    // Cannot fail or block: the counter is far from its end.
    [[maybe_unused]] auto const written = ::write(stop_.get(), &one, sizeof(one));
}

} // namespace e2b::cli
