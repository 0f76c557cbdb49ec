#pragma once

#include <e2b/export.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <iosfwd>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace e2b::inline v0 {

/// How a call ended. Every call ends exactly once, in exactly one of these.
enum class Outcome : unsigned char {
    /// The response was 201 (or 200) with a valid body: the snapshot or sandbox exists and its id is known.
    created,
    /// The platform's response proves that nothing was done.
    rejected,
    /// The request provably never reached the platform. Sending it again is safe.
    not_sent,
    /// The request may have been carried out. If `Failure::http_status` is 201, a snapshot does exist and
    /// only its id was lost.
    unknown,
    /// A call that creates nothing (a list, a lookup, a deletion) did what was asked.
    succeeded,
};

/// `created` or `succeeded`. Thread safety: any thread.
[[nodiscard]] constexpr bool is_success(Outcome outcome) noexcept {
    return outcome == Outcome::created || outcome == Outcome::succeeded;
}

/// Where in its life a call was when it ended.
enum class Phase : unsigned char {
    argument,   ///< checking what the caller passed; no connection was asked for
    pool_wait,  ///< waiting for a connection while others were using them all
    dns,        ///< resolving the host's name
    connect,    ///< opening the TCP connection
    proxy,      ///< asking the proxy for a tunnel
    handshake,  ///< the TLS handshake
    write,      ///< sending the request
    first_byte, ///< waiting for the first byte of the response: the platform is taking the snapshot
    interim,    ///< reading 1xx responses
    head,       ///< reading the response's head
    body,       ///< reading the response's body
    complete,   ///< the response was read whole
    retry_wait, ///< waiting before the next attempt
};

/// Why a call failed. Values of the category `e2b`; `to_string` gives the name that the command prints.
enum class Errc : int {
    // The caller's side.
    invalid_argument = 1, ///< an id, name, option or configuration value is not allowed
    cancelled,            ///< the caller cancelled the call
    deadline,             ///< the call's total time was used up
    client_closed,        ///< the client was closed or destroyed
    // Waiting for and opening a connection.
    pool_overflow,   ///< more calls are waiting for a connection than `ClientConfig::max_waiters`
    dns_not_found,   ///< the host's name does not exist
    dns_temporary,   ///< the resolver failed or did not answer in time
    connect_failed,  ///< every address refused, reset or was unreachable
    connect_timeout, ///< no address answered within the connect timeout
    resource,        ///< the process is out of descriptors, ports or memory
    proxy_auth,      ///< the proxy wants (other) credentials
    proxy_rejected,  ///< the proxy refused the tunnel
    proxy_protocol,  ///< the proxy did not speak HTTP
    tls_handshake,   ///< the handshake was cut, stalled or garbled
    tls_verify,      ///< certificate, host name, pin, expiry or protocol version is not acceptable
    tls_client_auth, ///< the server refused the client's certificate
    // The exchange.
    stale,                  ///< a pooled connection was dead before the request was committed
    write_failed,           ///< sending failed before the request was committed
    write_timeout,          ///< the request could not be sent in time
    closed_before_response, ///< the peer closed after the whole request and before a response
    reset,                  ///< the connection was reset after the whole request
    timeout,                ///< no (complete) response within the attempt's time
    tls,                    ///< the TLS layer failed after the whole request
    protocol,               ///< the response is not acceptable HTTP/1.1, or is over a limit
    truncated,              ///< the response ended before it was complete
    malformed,              ///< a success whose body is not what the call asks for
    out_of_memory,          ///< the process has no memory for the response
    // The platform's response.
    unexpected_status, ///< a status that this request should never get
    redirect_refused,  ///< a redirect: none is followed
    bad_request,       ///< 400
    unauthorized,      ///< 401: the API key is missing, malformed or unknown
    forbidden,         ///< 403: the team is blocked, or what was asked for is another team's
    not_found,         ///< 404 by the platform's API: no such (running) sandbox, snapshot or template
    conflict,          ///< 409: another snapshot, pause or kill of the sandbox is in flight
    refused,           ///< another 4xx that proves that nothing was done
    rate_limited,      ///< 429
    busy,              ///< 503 by the platform's API: the sandbox's node has no free slot
    in_use,            ///< 400 to a deletion: sandboxes still run on the snapshot
    unsupported,       ///< 400 or 409: this kind of snapshot cannot be had, here or of this sandbox
    no_such_endpoint,  ///< 404 by anybody else, 405 or 501: the URL is not that of such an API
    server_error,      ///< a 5xx, 408 or 499 that leaves open what was done
};

/// What class of failure an `Errc` belongs to. Errors compare with conditions:
/// `result.error() == Condition::transient`, `failure.error == Condition::client_error`,
/// `thrown.code() == Condition::fatal`. An error may belong to several.
enum class Condition : int {
    /// The same request can succeed later and was provably not carried out now: never with the outcome
    /// `unknown`.
    transient = 1,
    /// The platform's response was a 4xx, or there is no such endpoint.
    client_error,
    /// The platform's response was a 5xx (or 408 or 499).
    server_error,
    /// The connection could not be opened.
    connect_error,
    /// Every other request would meet the same: the key, the URL, the proxy's credentials or a certificate is
    /// not accepted, or the client was closed. A bulk run stops at such a failure.
    fatal,
};

/// The value's name, such as `not_sent`. Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API std::string_view to_string(Outcome value) noexcept;
/// The value's name, such as `first_byte`. Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API std::string_view to_string(Phase value) noexcept;
/// The value's name, such as `rate_limited`; `none` for 0. Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API std::string_view to_string(Errc value) noexcept;
/// The value's name, such as `transient`. Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API std::string_view to_string(Condition value) noexcept;

/// The category of `Errc`, named `e2b`. Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API boost::system::error_category const& error_category() noexcept;
/// The category of `Condition`, named `e2b.condition`. Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API boost::system::error_category const& condition_category() noexcept;
/// The value with its category. Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API boost::system::error_code make_error_code(Errc value) noexcept;
/// The value with its category. Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API boost::system::error_condition make_error_condition(Condition value) noexcept;

/// Whether the error belongs to the class. Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API bool operator==(Errc error, Condition condition) noexcept;

/// Print what `to_string` says. `e2b/format.hpp` has the same for `std::format`.
E2B_SNAPSHOT_API std::ostream& operator<<(std::ostream& out, Outcome value);
/// As for `Outcome`.
E2B_SNAPSHOT_API std::ostream& operator<<(std::ostream& out, Phase value);
/// As for `Outcome`.
E2B_SNAPSHOT_API std::ostream& operator<<(std::ostream& out, Errc value);
/// As for `Outcome`.
E2B_SNAPSHOT_API std::ostream& operator<<(std::ostream& out, Condition value);

/// All that is known about a call that did not yield its result.
struct E2B_SNAPSHOT_API Failure {
    /// A failure of which nothing is known: `unknown`, with no error.
    Failure();
    /// A failure with the three that each one has.
    Failure(Outcome how, Errc why, Phase where);

    /// `rejected`, `not_sent` or `unknown`.
    Outcome outcome;
    /// Why, as a value of `Errc`. Where an attempt of unknown outcome was followed by one with a transient
    /// error, it is the error of the former, as are `phase` and `cause`.
    Errc error;
    /// Where the call was.
    Phase phase;
    /// How many times the request was given to a connection; 0 if it never got one.
    unsigned attempts = 0;
    /// The status of the last response whose head could be read, even if its body was lost; 0 if there was
    /// none.
    unsigned http_status = 0;
    /// From the start of the call to its end.
    std::chrono::nanoseconds elapsed{0};
    /// The `code` of the platform's error body.
    std::optional<int> server_code;
    /// The `error_code` of the platform's error body, an open set of words such as
    /// `snapshot_filesystem_only_unsupported_node`; often empty. At most 512 bytes, as `server_message`.
    std::string server_error_code;
    /// What the body says in words: the `message` of the platform's error body, what other servers have in
    /// its place, or one short line of a page of HTML. Control bytes are as received: escape them before
    /// printing (`printable`); the API key is cut out. At most 512 bytes.
    std::string server_message;
    /// What the server's logs know the request by (`X-E2B-Trace-ID`, or else `X-Request-ID`): the platform's
    /// support asks for it. Empty where there was none. At most 512 bytes, as `server_message`.
    std::string trace_id;
    /// How long the server asked the caller to wait (`Retry-After`, 429 and 503 only).
    std::optional<std::chrono::nanoseconds> retry_after;
    /// The operating system's, the resolver's or OpenSSL's error under this one, if there was one.
    boost::system::error_code cause;
    /// What was wrong, in words, for a person; for `invalid_argument` it begins with the field's name.
    std::string detail;

    /// `error` as an `error_code`.
    [[nodiscard]] boost::system::error_code code() const noexcept { return make_error_code(error); }
    /// One line that says all of the above, safe to print.
    [[nodiscard]] std::string to_string() const;

    /// Compares `error`.
    [[nodiscard]] friend bool operator==(Failure const& failure, Errc value) noexcept {
        return failure.error == value;
    }
    /// Whether `error` belongs to the class.
    [[nodiscard]] friend bool operator==(Failure const& failure, Condition condition) noexcept {
        return failure.error == condition;
    }
    /// Compares `code()`.
    [[nodiscard]] friend bool operator==(Failure const& failure,
                                         boost::system::error_code const& value) noexcept {
        return failure.code() == value;
    }
};

/// Prints `Failure::to_string()`.
E2B_SNAPSHOT_API std::ostream& operator<<(std::ostream& out, Failure const& failure);

/// What `Client::create_snapshot` and its neighbours throw. `what()` is `Failure::to_string()`; `code()` is
/// the failure's `Errc`.
class E2B_SNAPSHOT_API SnapshotError : public std::runtime_error {
public:
    /// Takes the failure that it tells of.
    explicit SnapshotError(Failure failure);

    /// All that is known.
    [[nodiscard]] Failure const& failure() const noexcept { return failure_; }
    /// `Failure::outcome`.
    [[nodiscard]] Outcome outcome() const noexcept { return failure_.outcome; }
    /// `Failure::code()`.
    [[nodiscard]] boost::system::error_code code() const noexcept { return failure_.code(); }

private:
    Failure failure_;
};

/// Thrown by `Client`'s constructor and `ClientConfig::validate`: a configuration value is missing or not
/// allowed. `what()` begins with the field's name and says what is allowed. Never contains the API key.
class E2B_SNAPSHOT_API ConfigError : public std::invalid_argument {
public:
    /// Takes the field's name and what is wrong with it.
    ConfigError(std::string field, std::string const& problem);

    /// The name of the member of `ClientConfig`, for example `base_url`.
    [[nodiscard]] std::string const& field() const noexcept { return field_; }

private:
    std::string field_;
};

/// `text` with every control byte (and every byte that is not UTF-8) escaped as `\xNN`, so that what a server
/// sent can be printed on a terminal.
[[nodiscard]] E2B_SNAPSHOT_API std::string printable(std::string_view text);

} // namespace e2b::inline v0

namespace boost::system {
/// Makes `error_code == Errc` work.
template <>
struct is_error_code_enum<e2b::Errc> : std::true_type {};
/// Makes `error_code == Condition` work.
template <>
struct is_error_condition_enum<e2b::Condition> : std::true_type {};
} // namespace boost::system
