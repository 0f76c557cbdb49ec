#pragma once

#include <functional>
#include <span>
#include <string_view>

namespace e2b::inline v0 {

/// How much a message matters.
enum class LogLevel : unsigned char {
    debug,   ///< each attempt and each connection
    info,    ///< failures that the library bears, such as an attempt that is made again
    warning, ///< what a person should look at: connections that cannot be opened, outcomes that are unknown,
             ///< a part of the configuration that was passed over
};

/// The value's name, such as `warning`. Thread safety: any thread.
[[nodiscard]] constexpr std::string_view to_string(LogLevel level) noexcept {
    switch (level) {
    case LogLevel::debug:
        return "debug";
    case LogLevel::info:
        return "info";
    case LogLevel::warning:
        return "warning";
    }
    return "invalid";
}

/// A value that belongs to a message.
struct LogField {
    LogField() = default;
    /// The two that it has.
    LogField(std::string_view name, std::string_view text) noexcept : key(name), value(text) {}

    std::string_view key;   ///< such as `call_id`
    std::string_view value; ///< safe to print: control bytes are escaped, and the API key is cut out
};

/// A message. Views are valid during the callback only.
struct LogRecord {
    LogRecord() = default;

    LogLevel level = LogLevel::debug; ///< how much it matters
    std::string_view component;       ///< `call`, `attempt`, `connection`, `late_response` or `configuration`
    std::string_view message;         ///< what happened, always in the same words
    std::span<LogField const> fields; ///< with which call, sandbox, error and times
};

/// Takes the messages of a client: `ClientConfig::log`.
///
/// Thread safety: called as a `ClientObserver` is, and by the client's constructor. Must not block and must
/// not throw: what it throws is dropped.
using LogHook = std::function<void(LogRecord const&)>;

} // namespace e2b::inline v0
