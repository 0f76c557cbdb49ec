#pragma once

#include "base/intrusive_list.hpp"
#include "core/call.hpp"
#include "core/pool.hpp"
#include "engine/attempt.hpp"
#include "engine/completion.hpp"
#include "engine/late_exchange.hpp"
#include "engine/reports.hpp"

#include <boost/asio/recycling_allocator.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace e2b::engine {

// One call in flight: what the engine needs to know of it, whatever it asks for and however it is awaited.
// The engine holds it from `Engine::start` until it was dispatched; its own handler keeps it until it was
// delivered.
class Operation : public Completion, public core::PoolWaiter, public Attempt {
public:
    Operation(core::CallLimits const& limits, core::TimePoint now) : Attempt(limits, now) {}

    // One comes and goes with every call.
    static void* operator new(std::size_t size) { return Memory().allocate(size); }
    static void operator delete(void* memory, std::size_t size) noexcept {
        Memory().deallocate(static_cast<std::byte*>(memory), size);
    }

    // Replaces `out` by the request.
    virtual void encode(std::string& out) const = 0;
    // What goes on with the present exchange when the call leaves it. Null where its endpoint has no need of
    // that. Throws bad_alloc.
    [[nodiscard]] virtual LateExchangePtr make_late(core::TimePoint now) const = 0;
    // For reports.
    [[nodiscard]] virtual std::string_view subject() const noexcept = 0;
    [[nodiscard]] virtual RequestKind kind() const noexcept = 0;

    void on_exchange_ended(net::Connection& connection, core::ExchangeEnd const& end) override;
    void on_due() override;

private:
    friend class Engine;
    using Memory = boost::asio::recycling_allocator<std::byte>;

    enum class State : unsigned char { fresh, acquiring, exchanging, sleeping, finished };

    State state_ = State::fresh;
    core::TimePoint exchange_began_{};
    core::Duration pool_wait_{};
    std::unique_ptr<Observation> observation_; // where somebody is told
    base::ListLink<Operation> link_;
};

using OperationPtr = boost::intrusive_ptr<Operation>;

} // namespace e2b::engine
