#pragma once

#include "core/time.hpp"
#include "net/strand.hpp"
#include "net/timers.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <sys/epoll.h>

namespace e2b::net {

// Tells connections that their sockets became readable or writable. All sockets of a client are in one epoll
// set, and Asio waits for that set alone: a wait of Asio's own costs a system call, an operation and a turn
// of the strand for each answer, where this costs them for each batch of answers.
//
// A socket is reported for as long as there is something to read, so a listener need not read all of it.
// Everything happens on the strand, but for the end of Asio's wait and what goes on after it, which enter it.
// Where nothing is watched, nothing keeps the context running.
//
// A call that an answer ends goes on before the next answer is read, outside of the strand (see AfterTurn):
// what it needs for its next request is at hand then. Other threads of the context can read on meanwhile.
class SocketPoller final : public std::enable_shared_from_this<SocketPoller> {
public:
    class Listener {
    public:
        // The socket has bytes, its end or an error. Returns false if there was nothing after all.
        [[nodiscard]] virtual bool on_readable() = 0;
        // The socket takes bytes again, where that was asked for.
        virtual void on_writable() = 0;

    protected:
        ~Listener() = default;
    };

    // The timers are asked for the time only, and not after `stop`.
    SocketPoller(Strand strand, Timers const& timers) : strand_(std::move(strand)), timers_(timers) {}

    // From now on `listener` is told of what can be read from `socket`.
    [[nodiscard]] boost::system::error_code add(int socket, Listener& listener);
    // Whether it is told, too, of when `socket` can be written to.
    void watch_writable(int socket, Listener& listener, bool watch) noexcept;
    // To be called while `socket` is still open. The listener is not told any more.
    void remove(int socket, Listener& listener) noexcept;
    // Nobody is told any more, and nothing can be added.
    void stop() noexcept;

private:
    [[nodiscard]] boost::system::error_code open();
    void wait();
    void tell_in_turns(void (SocketPoller::*first_step)());
    void tell_in_one_turn(void (SocketPoller::*first_step)());
    void post_go_on();
    void go_on();
    void find_ready();
    [[nodiscard]] bool tell_the_only_one();
    bool tell();
    void tell(epoll_event const& event);

    // How many are told, and goes on what that leads to, before others may use the thread. With more of them
    // a request costs a little less, but an answer that just misses a batch waits for all of the next one.
    static constexpr std::size_t batch = 16;
    // For how long calls go on between the answers of a batch. After that all answers are read, so that none
    // waits in its socket, and misses its deadline there, for what other calls do with theirs.
    static constexpr auto patience = std::chrono::milliseconds(1);

    Strand strand_;
    Timers const& timers_;
    // The epoll set, from the first socket on. Gone after `stop`, as it must not outlive the context.
    std::optional<boost::asio::posix::basic_stream_descriptor<boost::asio::any_io_executor>> set_;
    std::array<epoll_event, batch> ready_{};
    std::size_t ready_size_ = 0;
    std::size_t told_ = 0; // of those that are ready
    core::TimePoint found_at_{};
    std::size_t watched_ = 0;
    Listener* told_last_ = nullptr; // that it can read; while it is watched
    bool waiting_ = false;          // from the begin of a wait until all that it found are told
    bool going_on_ = false;         // `go_on` was posted
    bool stopped_ = false;
};

} // namespace e2b::net
