#pragma once

#include "simulator/connection.hpp"
#include "simulator/descriptor.hpp"
#include "simulator/slot_map.hpp"
#include "simulator/timer_queue.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

struct epoll_event;

namespace e2b::sim {

/// One thread's share of the connections, and the loop that serves them.
class Worker {
public:
    /// Numbers of connections say their worker; this many are possible.
    static constexpr unsigned max_workers = 64;
    [[nodiscard]] static unsigned worker_of(std::uint64_t connection) noexcept;

    /// `context` is null for plain http. Throws `std::system_error`.
    Worker(unsigned number, Workbench bench, TlsContext const* context, std::chrono::nanoseconds keep_alive);

    /// Accepts connections from this socket and hands them to `take`. Before `run`.
    void listen(int socket, std::function<void(Descriptor)> take);
    /// Makes this the worker that lets the platform's time pass. Before `run`.
    void keep_time() noexcept { keeps_time_ = true; }

    /// Serves until `stop`, then closes all connections.
    void run();

    // The rest may be called from any thread.
    void adopt(Descriptor socket);
    void deliver(std::uint64_t connection, Answer answer);
    void close_idle();
    void reset_all();
    void stop();
    /// Has the loop look at the clock.
    void wake();

private:
    struct Inbox {
        std::vector<Descriptor> sockets;
        std::vector<std::pair<std::uint64_t, Answer>> answers;
        bool close_idle = false;
        bool reset_all = false;
        bool stop = false;
    };

    template <class F>
    void post(F change);
    [[nodiscard]] int wait_time() const;
    void on_event(epoll_event const& event);
    void on_inbox();
    void on_time();
    void accept();
    void pause_accepting();
    void resume_accepting();
    void start(Descriptor socket);
    void close_overdue(Instant now);
    template <class F>
    void close_if(F matches);
    /// Carries out what a connection wants after an event.
    void follow(Connection& connection, Connection::Next next);
    void close(Connection& connection);
    [[nodiscard]] Connection* find(std::uint64_t id);

    unsigned number_;
    Workbench bench_;
    TlsContext const* context_;
    std::chrono::nanoseconds keep_alive_;
    Descriptor epoll_;
    Descriptor event_;
    int listener_ = -1;
    bool accepting_ = true;
    std::function<void(Descriptor)> take_;
    bool keeps_time_ = false;

    SlotMap<std::unique_ptr<Connection>> connections_;
    TimerQueue timers_;
    Instant next_sweep_ = Instant::max();
    bool stopping_ = false;

    std::mutex mutex_;
    Inbox inbox_;
    bool woken_ = false;
};

} // namespace e2b::sim
