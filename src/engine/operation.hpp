#pragma once

#include "base/intrusive_list.hpp"
#include "core/call.hpp"
#include "core/pool.hpp"
#include "core/response.hpp"
#include "engine/completion.hpp"
#include "net/timers.hpp"
#include "net/transport.hpp"

#include <boost/asio/recycling_allocator.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace e2b::engine {

class Engine;

// One call in flight: what the engine needs to know of it, whatever it asks for and however it is awaited.
// The engine holds it from `Engine::start` until it was dispatched; its own handler keeps it until it was
// delivered.
class Operation : public Completion,
                  public core::PoolWaiter,
                  public net::ExchangeListener,
                  public net::Timer {
public:
    Operation(core::CallLimits const& limits, core::TimePoint now) : call_(limits, now) {}

    // One comes and goes with every call.
    static void* operator new(std::size_t size) { return Memory().allocate(size); }
    static void operator delete(void* memory, std::size_t size) noexcept {
        Memory().deallocate(static_cast<std::byte*>(memory), size);
    }

    // Replaces `out` by the request.
    virtual void encode(std::string& out) const = 0;
    // Reads the body of a success; false if it is not what the contract says.
    [[nodiscard]] virtual bool take(core::Response const& response) = 0;
    // The call has ended as `call()` says: makes the result of it.
    virtual void settle() noexcept = 0;
    // For reports.
    [[nodiscard]] virtual std::string_view subject() const noexcept = 0;

    [[nodiscard]] core::Call& call() noexcept { return call_; }

    void on_exchange_ended(net::Connection& connection, core::ExchangeEnd const& end) override;
    void on_due() override;

private:
    friend class Engine;
    using Memory = boost::asio::recycling_allocator<std::byte>;

    enum class State : unsigned char { fresh, acquiring, exchanging, sleeping, finished };

    core::Call call_;
    State state_ = State::fresh;
    Engine* engine_ = nullptr;
    net::Connection* connection_ = nullptr; // while exchanging
    core::TimePoint exchange_began_{};
    core::Duration pool_wait_{};
    base::ListLink<Operation> link_;
};

using OperationPtr = boost::intrusive_ptr<Operation>;

} // namespace e2b::engine
