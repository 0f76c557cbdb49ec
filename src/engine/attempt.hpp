#pragma once

#include "core/call.hpp"
#include "core/response.hpp"
#include "net/timers.hpp"
#include "net/transport.hpp"

#include <string_view>

namespace e2b::engine {

class Engine;

// What has a request on a connection, waits for the response until a moment, and can read it.
class Attempt : public net::ExchangeListener, public net::Timer {
public:
    explicit Attempt(core::Call const& call) : call_(call) {}
    Attempt(core::CallLimits const& limits, core::TimePoint now) : call_(limits, now) {}

    [[nodiscard]] core::Call& call() noexcept { return call_; }
    // Reads the body of a success; false if it is not what the contract says.
    [[nodiscard]] virtual bool take(core::Response const& response) = 0;

protected:
    ~Attempt() = default;

    core::Call call_;
    Engine* engine_ = nullptr;
    net::Connection* connection_ = nullptr; // while exchanging
};

} // namespace e2b::engine
