#include "engine/reports.hpp"

#include "core/redact.hpp"
#include "core/request_encoder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

namespace e2b::engine {

using core::TimePoint;

namespace {

constexpr std::size_t max_trace_id = 512;

template <class Function>
void tell(Function function) noexcept {
    try {
        function();
    } catch (...) {
    }
}

// The step in which the attempt ended lasted until then.
void add_steps(AttemptTimings& timings, core::ExchangeEnd const& end, TimePoint began,
               TimePoint now) noexcept {
    auto const first_byte_at = end.first_byte_at == TimePoint() ? now : end.first_byte_at;
    auto const committed_at =
        end.committed_at == TimePoint() ? first_byte_at : std::min(end.committed_at, first_byte_at);
    timings.write = committed_at - began;
    timings.first_byte = first_byte_at - committed_at;
    timings.body = now - first_byte_at;
    timings.total = now - began;
}

// In the log's words.
std::string_view what_came_late(Failure const* failure) noexcept {
    if (failure == nullptr || failure->phase == Phase::complete)
        return "a response came after its call had ended";
    if (failure->phase == Phase::head || failure->phase == Phase::body)
        return "no whole response came after its call had ended";
    return "no response came after its call had ended";
}

std::string milliseconds(std::chrono::nanoseconds time) {
    return std::to_string(std::chrono::duration<double, std::milli>(time).count());
}

} // namespace

// A message that is being put together.
class Reports::Message {
public:
    Message& add(std::string_view key, std::string_view value) {
        if (!value.empty())
            values_.emplace_back(key, printable(value));
        return *this;
    }
    Message& add(std::string_view key, std::uint64_t value) { return add(key, std::to_string(value)); }
    Message& add_time(std::string_view key, std::chrono::nanoseconds time) {
        return time.count() == 0 ? *this : add(key, milliseconds(time));
    }
    Message& add_times(net::DialTimes const& dial) {
        add_time("resolve_ms", dial.resolve).add_time("connect_ms", dial.connect);
        return add_time("proxy_ms", dial.proxy).add_time("tls_ms", dial.tls);
    }

    void send(LogHook const& hook, LogLevel level, std::string_view component,
              std::string_view message) const {
        std::vector<LogField> fields;
        fields.reserve(values_.size());
        for (auto const& [key, value] : values_)
            fields.emplace_back(key, value);
        LogRecord record;
        record.level = level;
        record.component = component;
        record.message = message;
        record.fields = fields;
        hook(record);
    }

private:
    std::vector<std::pair<std::string_view, std::string>> values_;
};

std::unique_ptr<Observation> Reports::observe(std::uint64_t call_id) const noexcept {
    try {
        return std::make_unique<Observation>(call_id);
    } catch (std::bad_alloc const&) {
        return nullptr;
    }
}

void Reports::configuration_warned(std::string_view text) const noexcept {
    if (observer_ != nullptr)
        tell([&] { observer_->on_warning(text); });
    if (logs(LogLevel::warning))
        tell([&] {
            Message()
                .add("problem", text)
                .send(log_, LogLevel::warning, "configuration",
                      "a part of the configuration was passed over");
        });
}

void Reports::attempt_begins(Observation& observation, net::Connection const& connection,
                             core::Duration pool_wait) const noexcept {
    observation.timings = AttemptTimings();
    observation.timings.pool_wait = pool_wait;
    observation.session_resumed = connection.resumed();
    if (connection.uses() > 1)
        return;
    auto const& dial = connection.dial_times();
    observation.timings.resolve = dial.resolve;
    observation.timings.connect = dial.connect;
    observation.timings.proxy = dial.proxy;
    observation.timings.tls = dial.tls;
}

void Reports::add_headers(AttemptStart const& start, std::string& request) const {
    if (observer_ == nullptr)
        return;
    AttemptHeaders headers(core::room_for_fields(request));
    tell([&] { observer_->on_attempt_start(start, headers); });
    if (!headers.added().empty())
        core::insert_fields(headers.added(), request);
}

void Reports::attempt_ended(AttemptReport& report, Observation& observation, core::ExchangeEnd const& end,
                            TimePoint began, TimePoint now) const noexcept {
    tell([&] {
        std::string trace_id;
        if (end.response != nullptr)
            trace_id = core::redacted(end.response->trace_id, key_.reveal(), max_trace_id);
        report.trace_id = trace_id;
        report.call_id = observation.call_id;
        report.retry_reason = observation.last_error;
        report.session_resumed = observation.session_resumed;
        report.bytes_sent = end.sent;
        report.bytes_received = end.received;
        report.timings = observation.timings;
        add_steps(report.timings, end, began, now);
        if (observer_ != nullptr)
            tell([&] { observer_->on_attempt(report); });
        auto const level = report.will_retry ? LogLevel::info : LogLevel::debug;
        if (!logs(level))
            return;
        Message message;
        message.add("call_id", report.call_id).add("operation", report.request.operation);
        message.add("subject", report.sandbox_id).add("attempt", report.attempt);
        message.add("outcome", to_string(report.outcome));
        if (!is_success(report.outcome))
            message.add("error", to_string(report.error)).add("phase", to_string(report.phase));
        if (report.http_status != 0)
            message.add("http_status", report.http_status);
        message.add("trace_id", report.trace_id).add("connection", report.connection_reused ? "used" : "new");
        message.add_time("pool_wait_ms", report.timings.pool_wait).add_time("total_ms", report.timings.total);
        message.send(log_, level, "attempt",
                     report.will_retry ? "an attempt failed, and another follows" : "an attempt ended");
    });
    observation.last_error = report.error;
}

void Reports::call_ended(CallReport const& report) const noexcept {
    if (observer_ != nullptr)
        tell([&] { observer_->on_call(report); });
    auto const level = report.outcome == Outcome::unknown ? LogLevel::warning
                       : report.failure != nullptr        ? LogLevel::info
                                                          : LogLevel::debug;
    if (!logs(level))
        return;
    tell([&] {
        Message message;
        message.add("call_id", report.call_id).add("operation", report.request.operation);
        message.add("subject", report.sandbox_id).add("outcome", to_string(report.outcome));
        message.add("attempts", report.attempts).add_time("total_ms", report.total);
        if (report.failure != nullptr)
            message.add("failure", report.failure->to_string());
        message.send(log_, level, "call", report.failure != nullptr ? "a call failed" : "a call succeeded");
    });
}

void Reports::late_ended(LateResponse const& report) const noexcept {
    if (observer_ != nullptr)
        tell([&] { observer_->on_late_response(report); });
    auto const level = report.outcome == Outcome::unknown ? LogLevel::warning : LogLevel::info;
    if (!logs(level))
        return;
    tell([&] {
        Message message;
        message.add("call_id", report.call_id).add("subject", report.sandbox_id);
        message.add("outcome", to_string(report.outcome)).add_time("late_ms", report.late);
        if (report.snapshot != nullptr)
            message.add("snapshot_id", report.snapshot->snapshot_id);
        if (report.sandbox != nullptr)
            message.add("sandbox_id", report.sandbox->sandbox_id);
        if (auto const* const failure = report.failure) {
            message.add("error", to_string(failure->error)).add("phase", to_string(failure->phase));
            if (failure->http_status != 0)
                message.add("http_status", failure->http_status);
            message.add("trace_id", failure->trace_id);
        }
        message.send(log_, level, "late_response", what_came_late(report.failure));
    });
}

void Reports::connection_opened(net::Connection const& connection) const noexcept {
    if (!logs(LogLevel::debug))
        return;
    tell([&] {
        Message message;
        message.add_times(connection.dial_times());
        message.add("session", connection.resumed() ? "resumed" : "new");
        message.send(log_, LogLevel::debug, "connection", "a connection was opened");
    });
}

void Reports::connection_failed(net::Connection const& connection,
                                core::NoConnection const& reason) const noexcept {
    if (observer_ != nullptr)
        tell([&] { observer_->on_connect_failed(reason.error, reason.cause, reason.detail); });
    if (!logs(LogLevel::warning))
        return;
    tell([&] {
        Message message;
        message.add("error", to_string(reason.error)).add("phase", to_string(reason.phase));
        if (reason.cause)
            message.add("cause", reason.cause.message());
        message.add("detail", reason.detail).add_times(connection.dial_times());
        message.send(log_, LogLevel::warning, "connection", "a connection could not be opened");
    });
}

void Reports::connection_lost() const noexcept {
    if (logs(LogLevel::debug))
        tell([&] { Message().send(log_, LogLevel::debug, "connection", "an idle connection was lost"); });
}

} // namespace e2b::engine
