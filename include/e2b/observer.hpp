#pragma once

#include <e2b/error.hpp>
#include <e2b/export.hpp>
#include <e2b/sandbox.hpp>
#include <e2b/snapshot.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace e2b::inline v0 {

/// One use of a connection by one call.
struct AttemptReport {
    std::string_view sandbox_id;    ///< valid during the callback only
    unsigned attempt = 0;           ///< from 1
    bool connection_reused = false; ///< the connection had carried a request before
    Outcome outcome = Outcome::unknown;
    Errc error{};                  ///< meaningful unless `outcome` is `created`
    Phase phase = Phase::complete; ///< how far it came
    unsigned http_status = 0;      ///< 0 where no head was read
    /// As in `Failure`, of a failed attempt; valid during the callback only.
    std::string_view server_error_code;
    std::string_view trace_id;
    std::chrono::nanoseconds write{}; ///< until the request was committed to the kernel; 0 if it never was
    std::chrono::nanoseconds total{}; ///< from being handed to the connection to the end
    bool will_retry = false;
};

/// One call, from start to end.
struct CallReport {
    std::string_view sandbox_id; ///< valid during the callback only
    unsigned attempts = 0;
    Outcome outcome = Outcome::unknown;
    Failure const* failure = nullptr;     ///< null if created; valid during the callback only
    std::chrono::nanoseconds pool_wait{}; ///< the sum of all waits for a connection
    std::chrono::nanoseconds total{};
};

/// What became of a committed request after its call had ended early, as `unknown`. Views and pointers are
/// valid during the callback only.
struct LateResponse {
    /// That was to be snapshotted; of `create_sandbox`, the template that it was to be started from.
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

/// Derive to be told. Names follow OpenTelemetry's HTTP client conventions where those have one.
///
/// Thread safety: called on the client's strand, one call at a time, from a thread that runs the executor's
/// context. Must not block and must not throw: what it throws is dropped. May call `Client` (whose functions
/// only start things). Lifetime: held by `shared_ptr` until the client's last call ended.
class E2B_SNAPSHOT_API ClientObserver {
public:
    virtual ~ClientObserver() = default;
    virtual void on_attempt(AttemptReport const&) {}
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
    std::size_t open = 0;
    std::size_t idle = 0;
    std::size_t leased = 0;
    std::size_t dialing = 0;
    std::size_t waiting = 0;   ///< calls that wait for a connection
    std::size_t in_flight = 0; ///< calls that have started and not ended
    std::size_t late = 0;      ///< exchanges that go on without their calls, counted in `leased`

    // Counters.
    std::uint64_t calls_started = 0;
    std::uint64_t created = 0;   ///< snapshots and sandboxes
    std::uint64_t succeeded = 0; ///< lists, lookups and deletions
    std::uint64_t rejected = 0;
    std::uint64_t not_sent = 0;
    std::uint64_t unknown = 0;
    std::uint64_t attempts = 0;
    std::uint64_t retries = 0;
    std::uint64_t dials = 0;
    std::uint64_t dials_failed = 0;
    std::uint64_t connections_opened = 0;
    std::uint64_t handshakes_resumed = 0;
    std::uint64_t late_responses = 0; ///< to calls that had ended early
    std::uint64_t late_created = 0;   ///< of these, those that say `created`
    std::uint64_t late_lost = 0;      ///< exchanges of such calls that ended without a response
    std::uint64_t idle_lost = 0;      ///< idle connections that the peer closed or poisoned
};

} // namespace e2b::inline v0
