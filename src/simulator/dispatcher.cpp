#include "simulator/dispatcher.hpp"

namespace e2b::sim {

Dispatcher::Dispatcher(SimulatorOptions const& options, Clock& clock)
    : clock_(clock),
      api_(options, std::chrono::system_clock::now()) {}

void Dispatcher::connect(Deliver deliver, Wake wake) {
    deliver_ = std::move(deliver);
    wake_ = std::move(wake);
}

std::optional<CallId> Dispatcher::handle(Request const& request, std::uint64_t connection, Answer& answer) {
    return with([&](Api& api, Instant now) { return api.handle(request, connection, now, answer); });
}

bool Dispatcher::cancel(CallId call) {
    return with([call](Api& api, Instant now) { return api.platform().cancel(call, now); });
}

bool Dispatcher::undecided(CallId call) {
    return with([call](Api& api, Instant) { return api.platform().undecided(call); });
}

void Dispatcher::advance() {
    with([](Api&, Instant) {});
}

bool Dispatcher::wait_for_in_flight(std::size_t count, std::chrono::nanoseconds timeout) {
    std::unique_lock lock(mutex_);
    ++waiters_;
    bool const reached =
        changed_.wait_for(lock, timeout, [&] { return api_.platform().in_flight() == count; });
    --waiters_;
    return reached;
}

void Dispatcher::settle() {
    api_.take_answers(deliver_);
    Instant const due = api_.platform().next_due().value_or(Instant::max());
    Instant const known(next_due_.exchange(due.count()));
    if (due < known && wake_)
        wake_();
    if (waiters_ != 0)
        changed_.notify_all();
}

} // namespace e2b::sim
