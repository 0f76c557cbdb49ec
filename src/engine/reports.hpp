#pragma once

#include "core/exchange.hpp"
#include "core/time.hpp"
#include "engine/attempt.hpp"
#include "net/transport.hpp"

#include <e2b/config.hpp>
#include <e2b/observer.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace e2b::engine {

// What is noted of a call for its reports; there is none where nobody is told.
struct Observation {
    explicit Observation(std::uint64_t id) : call_id(id) {}

    std::uint64_t call_id;
    Errc last_error{};      // of the attempt before
    AttemptTimings timings; // of the present attempt, as far as they are known when it begins
    bool session_resumed = false;
};

// Tells the observer and the log hook of a client. What they throw is dropped: the call that they were told
// of goes on.
class Reports {
public:
    explicit Reports(ClientConfig const& config)
        : observer_(config.observer),
          log_(config.log),
          log_level_(config.log_level),
          key_(config.api_key) {}

    // Somebody is told.
    [[nodiscard]] bool wanted() const noexcept { return observer_ != nullptr || log_ != nullptr; }

    // Null where there is no memory for it.
    [[nodiscard]] std::unique_ptr<Observation> observe(std::uint64_t call_id) const noexcept;

    // Something in the configuration was passed over.
    void configuration_warned(std::string_view text) const noexcept;
    // An attempt has its connection, after `pool_wait`.
    void attempt_begins(Observation& observation, net::Connection const& connection,
                        core::Duration pool_wait) const noexcept;
    // Puts the headers that the observer adds into the encoded request. Throws bad_alloc.
    void add_headers(AttemptStart const& start, std::string& request) const;

    void attempt_ended(AttemptReport& report, Observation& observation, core::ExchangeEnd const& end,
                       core::TimePoint began, core::TimePoint now) const noexcept;
    void call_ended(CallReport const& report) const noexcept;
    void late_ended(LateResponse const& report) const noexcept;
    void connection_opened(net::Connection const& connection) const noexcept;
    void connection_failed(net::Connection const& connection,
                           core::NoConnection const& reason) const noexcept;
    void connection_lost() const noexcept;

private:
    class Message;

    [[nodiscard]] bool logs(LogLevel level) const noexcept { return log_ != nullptr && level >= log_level_; }

    std::shared_ptr<ClientObserver> observer_;
    LogHook log_;
    LogLevel log_level_;
    ApiKey const& key_; // the configuration's, which outlives this
};

} // namespace e2b::engine
