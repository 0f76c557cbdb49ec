#pragma once

#include <e2b/error.hpp>
#include <e2b/export.hpp>
#include <e2b/sandbox.hpp>
#include <e2b/snapshot.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace e2b::inline v0 {

/// What a request asks of which endpoint.
struct RequestKind {
    RequestKind() = default;
    /// The three that it is told by; all must be literals.
    constexpr RequestKind(std::string_view what, std::string_view http_method, std::string_view path) noexcept
        : operation(what),
          method(http_method),
          path_template(path) {}

    /// The name of the `Client` function, such as `create_snapshot`.
    std::string_view operation;
    /// `http.request.method`, such as `POST`.
    std::string_view method;
    /// `url.template`, such as `/sandboxes/{sandboxID}/snapshots`; without the base URL's path.
    std::string_view path_template;
};

/// How long each step of an attempt took: of the step in which it ended, until then, and 0 for those that it
/// did not come to. Times of a dial are 0 where the connection had been opened before, for an earlier
/// request.
struct AttemptTimings {
    AttemptTimings() = default;

    std::chrono::nanoseconds pool_wait{};  ///< for a connection, its dial included where it was waited for
    std::chrono::nanoseconds resolve{};    ///< of the dial: looking the host's name up
    std::chrono::nanoseconds connect{};    ///< of the dial: the TCP connection
    std::chrono::nanoseconds proxy{};      ///< of the dial: the proxy's tunnel
    std::chrono::nanoseconds tls{};        ///< of the dial: the TLS handshake
    std::chrono::nanoseconds write{};      ///< from having the connection until the request was committed
    std::chrono::nanoseconds first_byte{}; ///< from then until the first byte of a response, 1xx included
    std::chrono::nanoseconds body{};       ///< from then, or a response before the commit, until it was whole
    std::chrono::nanoseconds total{};      ///< from having the connection to the end: the sum of these three
};

/// One use of a connection by one call. Views are valid during the callback only.
struct AttemptReport {
    AttemptReport() = default;

    std::uint64_t call_id = 0;   ///< as in `CallReport`: joins the attempts of a call
    RequestKind request;         ///< what was asked
    std::string_view sandbox_id; ///< or what else the call is about: a snapshot's or a template's id or name
    unsigned attempt = 0;        ///< from 1
    Errc retry_reason{}; ///< how the attempt before ended, because of which this was made; none of the first
    bool connection_reused = false;     ///< the connection had carried a request before
    bool session_resumed = false;       ///< the connection's TLS session was resumed from an earlier one's
    Outcome outcome = Outcome::unknown; ///< how it ended
    Errc error{};                       ///< why; none of a success
    Phase phase = Phase::complete;      ///< how far it came
    unsigned http_status = 0;           ///< 0 where no head was read
    /// As in `Failure`, of a failed attempt.
    std::string_view server_error_code;
    /// As in `Failure`, of any response.
    std::string_view trace_id;
    std::size_t bytes_sent = 0;     ///< of the request, before encryption
    std::size_t bytes_received = 0; ///< of the response, after decryption
    AttemptTimings timings;         ///< how long it took
    bool will_retry = false;        ///< another attempt follows
};

/// One call, from start to end. Views and pointers are valid during the callback only.
struct CallReport {
    CallReport() = default;

    std::uint64_t call_id = 0;            ///< from 1, in the order in which the client's calls began
    RequestKind request;                  ///< what was asked
    std::string_view sandbox_id;          ///< as in `AttemptReport`
    unsigned attempts = 0;                ///< as in `Failure`
    Outcome outcome = Outcome::unknown;   ///< how it ended
    Failure const* failure = nullptr;     ///< null after a success
    std::chrono::nanoseconds pool_wait{}; ///< the sum of all waits for a connection, in vain or not
    std::chrono::nanoseconds total{};     ///< from start to end
};

/// What became of a committed request after its call had ended early, as `unknown`. Views and pointers are
/// valid during the callback only.
struct LateResponse {
    LateResponse() = default;

    std::uint64_t call_id = 0; ///< as in `CallReport`, of the call that had ended
    /// The sandbox that was to be snapshotted; of `create_sandbox`, the template that one was to be started
    /// from.
    std::string_view sandbox_id;
    std::string_view name; ///< as in the request; empty without one
    /// `created` or `rejected`: the response came. `unknown`: it said neither, or none came within
    /// `ClientConfig::platform_time_limit`, or the client was closed before.
    Outcome outcome = Outcome::unknown;
    SnapshotInfo const* snapshot = nullptr; ///< of a snapshot that was created
    SandboxInfo const* sandbox = nullptr;   ///< of a sandbox that was created
    Failure const* failure = nullptr;       ///< null if created
    std::chrono::nanoseconds late{};        ///< from the end of the call to the end of the exchange
};

/// What is known of an attempt before its request is sent. Views are valid during the callback only.
struct AttemptStart {
    AttemptStart() = default;

    std::uint64_t call_id = 0;   ///< as in `CallReport`
    RequestKind request;         ///< what will be asked
    std::string_view sandbox_id; ///< as in `AttemptReport`
    unsigned attempt = 0;        ///< from 1
};

/// Takes the headers of one attempt. Each replaces those of its name, without regard to case, that the call
/// and the configuration have, so that a name is sent once.
class E2B_SNAPSHOT_API AttemptHeaders {
public:
    /// `room`: how many bytes they may have in all, four for each header included. What they replace makes no
    /// room.
    explicit AttemptHeaders(std::size_t room) noexcept : room_(room) {}

    /// Adds a header, such as `traceparent`; one of the same name that was added before is replaced. False,
    /// with nothing changed, where the name or the value is not allowed (`ClientConfig::headers` says which
    /// are), and where the whole request, with the headers that are to be replaced, would be larger than 16
    /// KiB.
    bool add(std::string_view name, std::string_view value);

    /// What was added; each name once.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> const& added() const noexcept {
        return added_;
    }

private:
    std::size_t room_;
    std::vector<std::pair<std::string, std::string>> added_;
};

/// Derive to be told of what a client does. Given to `ClientConfig::observer`.
///
/// The names of OpenTelemetry's conventions for HTTP clients, and where their values are:
/// - `http.request.method`, `url.template`: `RequestKind`
/// - `http.response.status_code`: `http_status`; `error.type`: `to_string(error)`
/// - `http.request.resend_count`: `attempt - 1`
/// - `http.client.request.duration`: `AttemptTimings::total`, in seconds
/// - `http.request.size`, `http.response.size`: `bytes_sent`, `bytes_received`
/// - `http.client.open_connections` by `http.connection.state` (`active`, `idle`): `ClientStats::leased`,
/// `idle`
/// - `server.address`, `server.port`: of `ClientConfig::base_url`
///
/// Thread safety: called on the client's strand, one call at a time, from a thread that runs the executor's
/// context; `on_warning` alone by the client's constructor. Must not block and must not throw: what it throws
/// is dropped. May call any function of `Client`: none of them waits, as what yields an awaitable starts when
/// that is awaited.
///
/// Lifetime: held by `shared_ptr` until the client's last call ended.
class E2B_SNAPSHOT_API ClientObserver {
public:
    virtual ~ClientObserver() = default;
    /// A request is about to be sent: the place to add a header that differs with each attempt
    /// (`traceparent`).
    virtual void on_attempt_start(AttemptStart const&, AttemptHeaders&) {}
    /// An attempt has ended.
    virtual void on_attempt(AttemptReport const&) {}
    /// A call has ended, after its attempts.
    virtual void on_call(CallReport const&) {}
    /// The exchange of a call that had ended early has ended, too. Called once for each call or attempt that
    /// left one behind, unless the executor's context is destroyed before.
    virtual void on_late_response(LateResponse const&) {}
    /// Opening a connection failed; the calls that wait for one are tried again unless the error is final.
    virtual void on_connect_failed(Errc, boost::system::error_code const& /*cause*/,
                                   std::string_view /*detail*/) {}
    /// Something in the configuration was passed over, and the client works without it: a damaged certificate
    /// among others, say. Called by the client's constructor, with a sentence that is valid during the
    /// callback.
    virtual void on_warning(std::string_view /*text*/) {}
};

/// Counters and gauges of a client at one moment. Counters only grow.
struct ClientStats {
    // Gauges. idle + leased + dialing = open <= max_connections.
    std::size_t open = 0;      ///< connections, those being dialed included
    std::size_t idle = 0;      ///< connections that nobody uses
    std::size_t leased = 0;    ///< connections that carry a request
    std::size_t dialing = 0;   ///< connections that are being opened
    std::size_t waiting = 0;   ///< calls that wait for a connection
    std::size_t in_flight = 0; ///< calls that have started and not ended
    std::size_t late = 0;      ///< exchanges that go on without their calls, counted in `leased`

    // Counters.
    std::uint64_t calls_started = 0;      ///< calls that reached the client
    std::uint64_t created = 0;            ///< snapshots and sandboxes
    std::uint64_t succeeded = 0;          ///< lists, lookups and deletions
    std::uint64_t rejected = 0;           ///< calls by outcome, as the next two
    std::uint64_t not_sent = 0;           ///< see `rejected`
    std::uint64_t unknown = 0;            ///< see `rejected`
    std::uint64_t attempts = 0;           ///< requests that were given to a connection
    std::uint64_t retries = 0;            ///< waits before another attempt
    std::uint64_t dials = 0;              ///< connections that were begun
    std::uint64_t dials_failed = 0;       ///< of these, those that could not be opened
    std::uint64_t connections_opened = 0; ///< of these, those that were opened
    std::uint64_t handshakes_resumed = 0; ///< of these, those whose TLS session was resumed
    std::uint64_t late_responses = 0;     ///< to calls that had ended early
    std::uint64_t late_created = 0;       ///< of these, those that say `created`
    std::uint64_t late_lost = 0;          ///< exchanges of such calls that ended without a whole response
    std::uint64_t idle_lost = 0;          ///< idle connections that the peer closed or poisoned
};

} // namespace e2b::inline v0
