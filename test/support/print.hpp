// How what core decides prints in failed tests.
#pragma once

#include "core/call.hpp"
#include "core/dial.hpp"
#include "core/exchange.hpp"
#include "core/pool.hpp"
#include "core/verdict.hpp"

#include <chrono>
#include <ostream>
#include <string_view>

namespace e2b::core {

inline std::ostream& operator<<(std::ostream& out, Retry retry) {
    constexpr std::string_view names[] = {"no retry", "retry at once", "retry later"};
    return out << names[static_cast<int>(retry)];
}
inline std::ostream& operator<<(std::ostream& out, Verdict const& verdict) {
    return out << verdict.outcome << ", " << verdict.error << ", " << verdict.retry;
}
inline std::ostream& operator<<(std::ostream& out, AttemptFacts const& facts) {
    out << facts.phase << ", " << facts.error;
    if (facts.http_status != 0)
        out << ", status " << facts.http_status;
    if (facts.api_code != 0)
        out << ", code " << facts.api_code;
    out << (facts.reused ? ", reused" : ", fresh") << (facts.committed ? ", committed" : ", not committed");
    out << (facts.response_complete ? ", complete" : ", not complete");
    return out << (facts.response_ended_unsafely ? ", unsafe end" : "")
               << (facts.body_valid ? ", valid body" : "");
}
inline std::ostream& operator<<(std::ostream& out, ExchangeEnd const& end) {
    return out << end.facts << (end.response != nullptr ? ", a response" : "")
               << (end.reusable ? ", reusable" : ", not reusable") << ", " << end.detail;
}
inline std::ostream& operator<<(std::ostream& out, StreamEnd end) {
    constexpr std::string_view names[] = {"goes on",   "clean end",  "unclean end",    "reset",
                                          "timed out", "TLS failed", "client refused", "out of memory"};
    return out << names[static_cast<int>(end)];
}
inline std::ostream& operator<<(std::ostream& out, Dial::Action action) {
    constexpr std::string_view names[] = {"none", "connect", "open tunnel", "secure", "finish", "fail"};
    return out << names[static_cast<int>(action)];
}
inline std::ostream& operator<<(std::ostream& out, Call::Action::Kind kind) {
    constexpr std::string_view names[] = {"acquire", "exchange", "sleep", "finish"};
    return out << names[static_cast<int>(kind)];
}
inline std::ostream& operator<<(std::ostream& out, Call::Action const& action) {
    return out << action.kind << " until " << action.until.time_since_epoch().count() << " ns";
}
inline std::ostream& operator<<(std::ostream& out, Pool::Action::Kind kind) {
    constexpr std::string_view names[] = {"none", "grant", "dial", "close", "fail"};
    return out << names[static_cast<int>(kind)];
}
inline std::ostream& operator<<(std::ostream& out, PoolSlot::State state) {
    constexpr std::string_view names[] = {"none", "dialing", "idle", "leased", "closing"};
    return out << names[static_cast<int>(state)];
}

} // namespace e2b::core
