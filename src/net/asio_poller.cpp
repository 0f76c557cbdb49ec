#include "net/asio_poller.hpp"

#include "base/insist.hpp"

#include <boost/asio/error.hpp>

namespace e2b::net {

using boost::system::error_code;

// Asio's waits for one socket. The handlers keep it alive; once the watch has ended, they notify no listener.
class AsioPoller::Waits final : public std::enable_shared_from_this<Waits> {
public:
    Waits(Strand strand, Watch& watch) : strand_(std::move(strand)), watch_(&watch) {}

    error_code open() {
        error_code error;
        socket_.emplace(strand_.executor()).assign(watch_->socket, error);
        return error;
    }

    void wait() {
        if (watch_ != nullptr && !reading_)
            wait(Socket::wait_read, reading_, &SocketListener::on_readable);
        if (watch_ != nullptr && watch_->writable && !writing_)
            wait(Socket::wait_write, writing_, &SocketListener::on_writable);
    }

    void end() noexcept {
        watch_ = nullptr;
        if (socket_)
            socket_->release();
        socket_.reset();
    }

private:
    using Socket = boost::asio::posix::basic_stream_descriptor<boost::asio::any_io_executor>;

    void wait(Socket::wait_type type, bool& waiting, void (SocketListener::*notify)()) {
        base::insist([&] {
            socket_->async_wait(type, [self = shared_from_this(), &waiting, notify](error_code const&) {
                base::insist(
                    [&] { self->strand_.run([self, &waiting, notify] { self->woke(waiting, notify); }); });
            });
        });
        waiting = true;
    }

    // Whatever the listener does, the next wait is begun.
    void woke(bool& waiting, void (SocketListener::*notify)()) {
        waiting = false;
        if (watch_ == nullptr || (notify == &SocketListener::on_writable && !watch_->writable))
            return;
        try {
            (watch_->listener->*notify)();
        } catch (...) {
            wait();
            throw;
        }
        wait();
    }

    Strand strand_;
    Watch* watch_;
    std::optional<Socket> socket_;
    bool reading_ = false;
    bool writing_ = false;
};

error_code AsioPoller::add(Watch& watch) {
    if (stopped_)
        return boost::asio::error::operation_aborted;
    watch.waits = std::make_shared<Waits>(strand_, watch);
    if (auto const error = watch.waits->open()) {
        watch.waits.reset();
        return error;
    }
    try {
        watch.waits->wait();
    } catch (...) {
        remove(watch);
        throw;
    }
    return {};
}

void AsioPoller::change(Watch& watch) {
    if (watch.waits && watch.writable)
        watch.waits->wait();
}

void AsioPoller::remove(Watch& watch) noexcept {
    if (watch.waits)
        watch.waits->end();
    watch.waits.reset();
}

void AsioPoller::stop() noexcept {
    stopped_ = true;
}

} // namespace e2b::net
