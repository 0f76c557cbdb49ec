// The client's side of these tests: the library over real sockets, against a server that obeys a script.
#pragma once

#include "engine/engine.hpp"
#include "net/resolver.hpp"
#include "support/byte_server.hpp"
#include "support/catch.hpp"
#include "support/manual_time.hpp"
#include "support/print.hpp"

#include <e2b/config.hpp>
#include <e2b/observer.hpp>
#include <e2b/result.hpp>
#include <e2b/snapshot.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <utility>
#include <vector>

namespace e2b::test {

/// The API's host in these tests; its name is looked up to the loopback address.
inline constexpr char const* host = "api.example.test";
inline constexpr char const* api_key = "e2b_key_that_no_proxy_may_see";
inline constexpr char const* created_body = R"({"snapshotID":"abc:default","names":[]})";

/// Signs the certificates of these tests.
[[nodiscard]] Identity const& authority();
/// A server that is known as `host`.
[[nodiscard]] ServerTls trusted();

/// A response with a body of a known length. `fields` are whole lines.
[[nodiscard]] std::string response(unsigned status, std::string const& body, std::string const& fields = {});
/// 201 with `created_body`.
[[nodiscard]] std::string created();

/// Responds to one request with 201.
void serve_once(Peer& peer);
/// Responds to every request of a connection with 201.
void serve_well(Peer& peer);
/// The same after the handshake.
void serve_well_over_tls(Peer& peer);
/// Responds to one request after the handshake, and closes as it says.
void serve_once_and_close(Peer& peer);

/// The configuration of a client of this server.
[[nodiscard]] ClientConfig config_for(ByteServer const& server, std::string const& name = host);
[[nodiscard]] ClientConfig plain_config_for(ByteServer const& server);

/// What a script does when the test wants it to, while the client does not run: it finds it when it looks
/// next.
class Cue {
public:
    /// The script's side.
    void await(Peer const& peer) const;
    void done() { done_.release(); }
    /// The test's side: returns when the script has done it.
    void give();

private:
    std::atomic<bool> given_ = false;
    std::binary_semaphore done_{0};
};

/// Looks every name up to these ports of the loopback address, in this order; without any, to the port that
/// was asked for.
[[nodiscard]] net::Resolver::Lookup to_loopback(std::vector<std::uint16_t> ports = {});

/// Checks that the process has as many descriptors at the end as it had at the beginning.
class NoDescriptorLeak {
public:
    NoDescriptorLeak();
    NoDescriptorLeak(NoDescriptorLeak const&) = delete;
    NoDescriptorLeak& operator=(NoDescriptorLeak const&) = delete;
    ~NoDescriptorLeak();

private:
    std::size_t before_;
};

/// A client and its calls, on the test's own thread.
class Caller {
public:
    /// With a manual clock no time passes for the client but what the test lets pass.
    enum class Clock : unsigned char { real, manual };

    struct Call {
        std::optional<Result<SnapshotInfo>> result;
        unsigned completions = 0;
        boost::asio::cancellation_signal signal;
    };

    struct ConnectFailure {
        Errc error;
        std::string detail;
    };

    explicit Caller(ClientConfig config, Clock clock = Clock::real,
                    net::Resolver::Lookup lookup = to_loopback());
    Caller(Caller const&) = delete;
    Caller& operator=(Caller const&) = delete;
    /// Ends the client, and checks that every call ended once and nothing is left.
    ~Caller();

    /// Begins a call, which comes as far as it can without waiting.
    Call& start(CallOptions options = CallOptions()) {
        return start(SnapshotRequest("i0123456789abcdefghij"), std::move(options));
    }
    Call& start(SnapshotRequest request, CallOptions options = CallOptions());
    /// Runs until the call has ended. A manual clock is turned on whenever only time can help, which is when
    /// no connection is being opened or used.
    Result<SnapshotInfo> const& finish(Call& call);
    Result<SnapshotInfo> const& call(CallOptions options = CallOptions()) {
        return finish(start(std::move(options)));
    }
    Result<SnapshotInfo> const& call(SnapshotRequest request) { return finish(start(std::move(request))); }

    /// Runs whatever is ready.
    void poll();
    /// The same with the client's context.
    void run_until(std::function<bool()> const& done);
    /// Lets time pass on the manual clock and runs what is ready then.
    void advance(core::Duration by);
    /// How long, on the manual clock, until somebody is woken; nothing if nobody waits for time.
    [[nodiscard]] std::optional<core::Duration> next_due() const;
    /// Emits a cancellation and runs what is ready then.
    void cancel(Call& call, boost::asio::cancellation_type type = boost::asio::cancellation_type::terminal);
    /// The client ends now, as when it is destroyed.
    void abort();
    /// The io_context is destroyed with everything that waits.
    void drop_context();

    /// Calls the function on the client's strand whenever an attempt has ended, before the next begins.
    void on_attempt(std::function<void()> function) { observer_->attempt_ended = std::move(function); }

    [[nodiscard]] ClientStats stats() const { return engine_->stats(); }
    [[nodiscard]] std::vector<ConnectFailure> const& connect_failures() const {
        return observer_->connect_failures;
    }
    /// What the log says of how long steps of dials took that failed, such as `connect_ms=10000.000000 `.
    [[nodiscard]] std::string const& failed_dial_times() const { return dial_times_; }
    /// There were some, all with this error.
    [[nodiscard]] bool connects_failed_with(Errc error) const;

private:
    /// Runs the function where the client lives, and whatever is ready before and after it.
    void on_strand(std::function<void()> const& function);

    struct Observed final : ClientObserver {
        void on_connect_failed(Errc error, boost::system::error_code const&,
                               std::string_view detail) override {
            connect_failures.push_back({error, std::string(detail)});
        }
        void on_attempt(AttemptReport const&) override {
            if (attempt_ended)
                attempt_ended();
        }
        std::vector<ConnectFailure> connect_failures;
        std::function<void()> attempt_ended;
    };

    std::string dial_times_;
    std::shared_ptr<Observed> observer_ = std::make_shared<Observed>();
    ManualClock manual_;
    bool is_manual_;
    std::unique_ptr<boost::asio::io_context> context_;
    std::shared_ptr<engine::Engine> engine_;
    std::deque<Call> calls_;
};

/// Runs the context until it is so; gives up, which fails the test, only when something must have gone wrong.
void run_until(boost::asio::io_context& context, std::function<bool()> const& done);

/// What another TLS client leaves on this thread when its server does not know who signed its certificate.
void leave_error_of_another();

/// A failure in short: outcome, error, phase, and the status if there was one, as in `not_sent tls_verify
/// handshake` or `unknown truncated body 201`; `created` for a success.
[[nodiscard]] std::string describe(Result<SnapshotInfo> const& result);

} // namespace e2b::test
