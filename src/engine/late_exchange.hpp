#pragma once

#include "base/intrusive_list.hpp"
#include "core/redact.hpp"
#include "engine/attempt.hpp"

#include <e2b/config.hpp>
#include <e2b/observer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace e2b::engine {

// An exchange that goes on although its call has ended early, so that the platform is not hung up on.
class LateExchange : public Attempt {
public:
    LateExchange(core::Call const& call, core::TimePoint left_at)
        : Attempt(call.of_late_response()),
          left_at_(left_at) {}
    virtual ~LateExchange() = default;

    // Says what the response was about, and what came of it if that was a success.
    virtual void describe(LateResponse& report) const = 0;

    void on_exchange_ended(net::Connection& connection, core::ExchangeEnd const& end) override;
    void on_due() override;

private:
    friend class Engine;

    core::TimePoint left_at_;   // by its call
    std::uint64_t call_id_ = 0; // where somebody is told
    base::ListLink<LateExchange> link_;
};

using LateExchangePtr = std::unique_ptr<LateExchange>;

// Of an endpoint whose requests do more when they are carried out twice; it has besides what initiate.hpp
// asks for:
// - `void describe(LateResponse&) const`: what it is about
// - `static void describe(Value const&, LateResponse&)`: what came of it
template <class Endpoint>
class LateExchangeOf final : public LateExchange {
public:
    LateExchangeOf(core::Call const& call, core::TimePoint left_at, Endpoint endpoint, ApiKey const& api_key)
        : LateExchange(call, left_at),
          endpoint_(std::move(endpoint)),
          api_key_(api_key) {}

    bool take(core::Response const& response) override {
        value_ = endpoint_.read(response);
        core::redact_result(value_, api_key_.reveal());
        return value_.has_value();
    }
    void describe(LateResponse& report) const override {
        endpoint_.describe(report);
        if (value_)
            Endpoint::describe(*value_, report);
    }

private:
    Endpoint endpoint_;
    ApiKey const& api_key_; // the engine's, which outlives it
    std::optional<typename Endpoint::Value> value_;
};

} // namespace e2b::engine
