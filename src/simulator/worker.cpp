#include "simulator/worker.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>

namespace e2b::sim {
namespace {

// A connection's number is its place in the table, which these bits of it leave free, and the worker's.
constexpr unsigned worker_shift = 24;
constexpr std::uint64_t worker_mask = std::uint64_t{0xff} << worker_shift;

// Numbers of events that belong to no connection.
constexpr std::uint64_t wake_event = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t accept_event = wake_event - 1;

// How long to wait before a new try when the system has no room for another connection.
constexpr int accept_pause_ms = 20;
constexpr int accept_batch = 64;

Descriptor checked(int descriptor, char const* what) {
    if (descriptor < 0)
        throw std::system_error(errno, std::generic_category(), what);
    return Descriptor(descriptor);
}

void watch(Descriptor const& epoll, int operation, int socket, std::uint32_t events, std::uint64_t number) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = number;
    if (::epoll_ctl(epoll.get(), operation, socket, &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

} // namespace

unsigned Worker::worker_of(std::uint64_t connection) noexcept {
    return static_cast<unsigned>((connection & worker_mask) >> worker_shift);
}

Worker::Worker(unsigned number, Workbench bench, TlsContext const* context,
               std::chrono::nanoseconds keep_alive)
    : number_(number),
      bench_(std::move(bench)),
      context_(context),
      keep_alive_(keep_alive),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      event_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
    watch(epoll_, EPOLL_CTL_ADD, event_.get(), EPOLLIN, wake_event);
}

void Worker::listen(int socket, std::function<void(Descriptor)> take) {
    listener_ = socket;
    take_ = std::move(take);
    watch(epoll_, EPOLL_CTL_ADD, socket, EPOLLIN, accept_event);
}

template <class F>
void Worker::post(F change) {
    {
        std::lock_guard const lock(mutex_);
        change(inbox_);
        if (std::exchange(woken_, true))
            return;
    }
    std::uint64_t const one = 1;
    static_cast<void>(::write(event_.get(), &one, sizeof one)); // only fails when it is readable already
}

void Worker::adopt(Descriptor socket) {
    post([&](Inbox& inbox) { inbox.sockets.push_back(std::move(socket)); });
}

void Worker::deliver(std::uint64_t connection, Answer answer) {
    post([&](Inbox& inbox) { inbox.answers.emplace_back(connection, std::move(answer)); });
}

void Worker::close_idle() {
    post([](Inbox& inbox) { inbox.close_idle = true; });
}

void Worker::reset_all() {
    post([](Inbox& inbox) { inbox.reset_all = true; });
}

void Worker::stop() {
    post([](Inbox& inbox) { inbox.stop = true; });
}

void Worker::wake() {
    post([](Inbox&) {});
}

void Worker::run() {
    std::array<epoll_event, 256> events;
    while (!stopping_) {
        int const size =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_time());
        if (!accepting_)
            resume_accepting();
        for (int i = 0; i < size; ++i)
            on_event(events[static_cast<std::size_t>(i)]);
        on_time();
    }
    close_if([](Connection const&) { return true; });
}

// Rounded up to epoll's milliseconds, so that what is waited for is due when the wait is over.
int Worker::wait_time() const {
    Instant next = std::min(next_sweep_, timers_.earliest().value_or(Instant::max()));
    if (keeps_time_)
        next = std::min(next, bench_.dispatcher.next_due());
    constexpr int for_ever = -1;
    int const limit = accepting_ ? for_ever : accept_pause_ms;
    Instant const now = bench_.clock.now();
    if (next <= now)
        return 0;
    if (next == Instant::max() || bench_.clock.manual())
        return limit;
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
    int const wait = static_cast<int>(std::min<long long>(left, std::numeric_limits<int>::max()));
    return limit == for_ever ? wait : std::min(wait, limit);
}

void Worker::on_event(epoll_event const& event) {
    if (event.data.u64 == wake_event)
        return on_inbox();
    if (event.data.u64 == accept_event)
        return accept();
    if (Connection* connection = find(event.data.u64);
        connection != nullptr && (event.events & EPOLLOUT) != 0)
        follow(*connection, connection->on_writable());
    constexpr std::uint32_t readable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    if (Connection* connection = find(event.data.u64);
        connection != nullptr && (event.events & readable) != 0)
        follow(*connection, connection->on_readable());
}

void Worker::on_inbox() {
    std::uint64_t wakes = 0;
    static_cast<void>(::read(event_.get(), &wakes, sizeof wakes)); // fails if there was nothing to read
    Inbox inbox;
    {
        std::lock_guard const lock(mutex_);
        inbox = std::exchange(inbox_, {});
        woken_ = false;
    }
    stopping_ = stopping_ || inbox.stop;
    for (Descriptor& socket : inbox.sockets)
        start(std::move(socket));
    for (auto& [id, answer] : inbox.answers) {
        if (Connection* const connection = find(id))
            follow(*connection, connection->on_answer(std::move(answer)));
    }
    if (inbox.close_idle)
        close_if([](Connection const& connection) { return connection.idle(); });
    if (inbox.reset_all) {
        connections_.for_each([](auto& connection) { connection->reset_on_close(); });
        close_if([](Connection const&) { return true; });
    }
}

void Worker::on_time() {
    Instant const now = bench_.clock.now();
    if (keeps_time_ && bench_.dispatcher.next_due() <= now)
        bench_.dispatcher.advance();
    while (auto const timer = timers_.pop_due(now)) {
        Connection* const connection = find(timer->value);
        if (connection != nullptr && connection->wakes_at() == timer->at)
            follow(*connection, connection->on_timer());
    }
    if (next_sweep_ <= now)
        close_overdue(now);
}

void Worker::accept() {
    for (int i = 0; i < accept_batch; ++i) {
        Descriptor socket(::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket) {
            bool const full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
            if (full)
                pause_accepting();
            return;
        }
        count(bench_.counters.accepted);
        take_(std::move(socket));
    }
}

void Worker::pause_accepting() {
    watch(epoll_, EPOLL_CTL_DEL, listener_, 0, accept_event);
    accepting_ = false;
}

void Worker::resume_accepting() {
    watch(epoll_, EPOLL_CTL_ADD, listener_, EPOLLIN, accept_event);
    accepting_ = true;
}

void Worker::start(Descriptor socket) {
    int const on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int const descriptor = socket.get();
    std::uint64_t const slot = connections_.insert(nullptr);
    std::uint64_t const id = slot | std::uint64_t{number_} << worker_shift;
    auto connection = std::make_unique<Connection>(Stream(std::move(socket), context_), id, bench_);
    watch(epoll_, EPOLL_CTL_ADD, descriptor, EPOLLIN | EPOLLRDHUP, id);
    *connections_.find(slot) = std::move(connection);
    count(bench_.counters.open);
    next_sweep_ = std::min(next_sweep_, bench_.clock.now() + keep_alive_);
}

// Looks at all connections, but only when the one that was idle longest can be overdue.
void Worker::close_overdue(Instant now) {
    close_if([&](Connection const& connection) {
        auto const since = connection.idle_since();
        return since && *since + keep_alive_ <= now;
    });
    next_sweep_ = connections_.size() == 0 ? Instant::max() : now + keep_alive_;
    connections_.for_each([&](auto const& connection) {
        if (auto const since = connection->idle_since())
            next_sweep_ = std::min(next_sweep_, *since + keep_alive_);
    });
}

template <class F>
void Worker::close_if(F matches) {
    std::vector<Connection*> chosen;
    connections_.for_each([&](auto const& connection) {
        if (matches(*connection))
            chosen.push_back(connection.get());
    });
    for (Connection* const connection : chosen)
        close(*connection);
}

void Worker::follow(Connection& connection, Connection::Next next) {
    if (next == Connection::Next::close)
        return close(connection);
    if (auto const at = connection.wakes_at(); at && at != connection.timer_set_for) {
        timers_.add(*at, connection.id());
        connection.timer_set_for = at;
    }
    if (connection.wants_write() != connection.watched_for_write) {
        connection.watched_for_write = connection.wants_write();
        std::uint32_t const writable = connection.watched_for_write ? EPOLLOUT : 0U;
        watch(epoll_, EPOLL_CTL_MOD, connection.socket(), EPOLLIN | EPOLLRDHUP | writable, connection.id());
    }
}

void Worker::close(Connection& connection) {
    connection.on_close();
    connections_.take(connection.id() & ~worker_mask);
    bench_.counters.open.fetch_sub(1, std::memory_order_relaxed);
}

Connection* Worker::find(std::uint64_t id) {
    auto* const connection = connections_.find(id & ~worker_mask);
    return connection != nullptr ? connection->get() : nullptr;
}

} // namespace e2b::sim
