#pragma once

#include "call/recycled_memory.hpp"
#include "core/call.hpp"
#include "core/intrusive_list.hpp"
#include "core/pool.hpp"
#include "core/response.hpp"
#include "net/timers.hpp"
#include "net/transport.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace e2b {

class Engine;

// One call in flight: what the engine needs to know of it, whatever it asks for and however it is awaited.
// The engine holds it from `Engine::start` until it is finished; its own handler keeps it until it was
// delivered.
class Operation : public core::PoolWaiter,
                  public net::ExchangeListener,
                  public net::Timer,
                  public boost::intrusive_ref_counter<Operation, boost::thread_safe_counter> {
public:
    Operation(core::CallLimits const& limits, core::TimePoint now) : call_(limits, now) {}
    virtual ~Operation() = default;

    static void* operator new(std::size_t size) { return RecycledMemory::allocate(size); }
    static void operator delete(void* memory, std::size_t size) noexcept {
        RecycledMemory::release(memory, size);
    }

    // Replaces `out` by the request.
    virtual void encode(std::string& out) const = 0;
    // Reads the body of a success; false if it is not what the contract says.
    [[nodiscard]] virtual bool take(core::Response const& response) = 0;
    // Hands the end over to whoever waits for it, on their executor. The last thing that is asked of it.
    virtual void complete() = 0;
    // Nobody will ever run again what waits for it: lets go of it.
    virtual void abandon() noexcept = 0;
    // For reports.
    [[nodiscard]] virtual std::string_view subject() const noexcept = 0;

    [[nodiscard]] core::Call& call() noexcept { return call_; }

    void on_exchange_ended(net::Connection& connection, net::ExchangeEnd const& end) override;
    void on_due() override;

private:
    friend class Engine;

    enum class State : unsigned char { fresh, acquiring, exchanging, sleeping, finished };

    core::Call call_;
    State state_ = State::fresh;
    bool not_looked_ = false; // its connection had been used, and was not looked at
    Engine* engine_ = nullptr;
    net::Connection* connection_ = nullptr; // while exchanging
    core::TimePoint exchange_began_{};
    core::Duration pool_wait_{};
    core::ListLink<Operation> link_;
};

using OperationPtr = boost::intrusive_ptr<Operation>;

} // namespace e2b
