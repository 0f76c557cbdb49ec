#pragma once

#include <e2b/detail/same_containers.hpp>
#include <e2b/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace e2b::inline v0 {

/// The requests that the simulator knows apart.
enum class SimulatorEndpoint {
    create_snapshot, ///< `POST /sandboxes/{sandboxID}/snapshots`
    list_snapshots,  ///< `GET /snapshots`
    delete_template, ///< `DELETE /templates/{snapshotID}`
    get_template,    ///< `GET /templates/{templateID}`
    list_tags,       ///< `GET /templates/{aliasOrID}/tags`
    find_alias,      ///< `GET /templates/aliases/{alias}`
    add_tags,        ///< `POST /templates/tags`
    remove_tags,     ///< `DELETE /templates/tags`
    list_sandboxes,  ///< `GET /v2/sandboxes`
    get_sandbox,     ///< `GET /sandboxes/{sandboxID}`
    create_sandbox,  ///< `POST /sandboxes` or `POST /v2/sandboxes`
    pause_sandbox,   ///< `POST /sandboxes/{sandboxID}/pause`
    kill_sandbox,    ///< `DELETE /sandboxes/{sandboxID}`
    other,           ///< Anything else; it gets a 404.
};

/// A snapshot that the simulator really made: what a client's records are compared with.
struct SimulatedSnapshot {
    SimulatedSnapshot() {}

    /// The sandbox that was snapshotted.
    std::string sandbox_id;
    /// As the response had it: `<20 characters>:default`, or `<team>/<alias>:<tag>` for a named one.
    std::string snapshot_id;
    /// Empty for an unnamed one, else `<team>/<alias>`.
    std::vector<std::string> names;
    /// Whether the memory was captured as well, and not the disk alone.
    bool memory = true;
    /// When the sandbox stopped for it, after the time spent queueing.
    std::chrono::system_clock::time_point started_at;
    /// When it was done.
    std::chrono::system_clock::time_point finished_at;
};

/// A request as it came: what tests of a client look at.
struct ReceivedRequest {
    ReceivedRequest() {}

    /// What was asked for.
    SimulatorEndpoint endpoint = SimulatorEndpoint::other;
    /// Of a request for a snapshot, as it was written; otherwise empty.
    std::string sandbox_id;
    /// In their order, with names in lower case; without the API key.
    std::vector<std::pair<std::string, std::string>> headers;
};

/// What becomes of one request on a bad day. Made by the functions below, then adjusted by hand.
///
/// A fault has two halves: what the platform does (`moment`), and what the client sees (`kind`). By default
/// `reject`, `balancer` and `node_failure` strike before anything was done; the others spoil the response to
/// a request that did its work, so that a snapshot exists and the client cannot know.
struct E2B_SNAPSHOT_API SimulatorFault {
    /// What the client sees.
    enum class Kind {
        reject,       ///< The API's JSON error with `status` and `message`.
        balancer,     ///< The load balancer's response with `status`, which is not JSON.
        node_failure, ///< The node dies under the sandbox: it is killed, and the response is the ambiguous
                      ///< 500.
        close,        ///< The connection ends without a response.
        reset,        ///< The connection is reset without a response.
        cut,          ///< The response ends after `bytes` bytes, then the connection ends.
        cut_reset,    ///< The same, with a reset.
        close_after,  ///< The whole response, and then the connection ends unannounced.
        drip,         ///< The response arrives one byte per `delay`.
        delay,        ///< The response is held back for `delay`; past the write timeout it is lost (502).
        hang,         ///< The API never responds: the load balancer gives up (504).
        stall,        ///< Nobody ever responds, and the connection stays open.
        raw,          ///< `text` is sent in place of the response, byte by byte as it is.
    };
    /// What the platform does.
    enum class Moment {
        before, ///< The request does nothing.
        after,  ///< The request does all that it asks for.
    };

    /// See `Kind::reject`.
    static SimulatorFault reject(int status, std::string message = {});
    /// See `Kind::balancer`.
    static SimulatorFault balancer(int status);
    /// See `Kind::node_failure`.
    static SimulatorFault node_failure();
    /// See `Kind::close`.
    static SimulatorFault close(Moment moment = Moment::after);
    /// See `Kind::reset`.
    static SimulatorFault reset(Moment moment = Moment::after);
    /// Cuts after `bytes`, or at a random point of the response (which may be before its first byte).
    static SimulatorFault cut(std::optional<std::size_t> bytes = {});
    /// As `cut`, with a reset at the end.
    static SimulatorFault cut_reset(std::optional<std::size_t> bytes = {});
    /// See `Kind::close_after`.
    static SimulatorFault close_after();
    /// See `Kind::drip`.
    static SimulatorFault drip(std::chrono::nanoseconds per_byte);
    /// See `Kind::delay`.
    static SimulatorFault delayed(std::chrono::nanoseconds delay);
    /// See `Kind::hang`.
    static SimulatorFault hang(Moment moment = Moment::after);
    /// See `Kind::stall`.
    static SimulatorFault stall(Moment moment = Moment::after);
    /// See `Kind::raw`.
    static SimulatorFault raw(std::string text, Moment moment = Moment::after);

    /// What the client sees.
    Kind kind;
    /// What the platform does.
    Moment moment;
    /// For `reject` and `balancer`: 400 to 599.
    int status = 500;
    /// For `reject`: the error's message, the usual one for the status if empty. For `raw`: the bytes.
    std::string text;
    /// For `reject`: sent as `Retry-After`, in whole seconds.
    std::optional<std::chrono::nanoseconds> retry_after;
    /// For `cut` and `cut_reset`: how much of the response is sent, head and body counted; random if not set.
    std::optional<std::size_t> bytes;
    /// For `drip` and `delay`: 0 to 365 days.
    std::chrono::nanoseconds delay{0};
    /// Whether an end of the connection is announced by TLS (close_notify). Resets never are.
    bool announced = false;
    /// Whether the server dies before it has put its caches right: a name that the request made is then still
    /// believed missing (`SimulatorOptions::negative_alias_cache`).
    bool stale_cache = false;

private:
    SimulatorFault(Kind kind_value, Moment moment_value) : kind(kind_value), moment(moment_value) {}
};

/// A node that drains for a while: new snapshots there are refused with 503 at once. What is being made or
/// waits for a slot goes on.
struct SimulatorDrain {
    /// The node, and when.
    SimulatorDrain(std::size_t which, std::chrono::nanoseconds begins_at, std::chrono::nanoseconds lasts)
        : node(which),
          from(begins_at),
          length(lasts) {}

    /// From 0.
    std::size_t node;
    /// Since the simulator began.
    std::chrono::nanoseconds from;
    /// How long it lasts.
    std::chrono::nanoseconds length;
};

/// What the simulator is like. Plain values, checked by `Simulator`'s constructor. Durations are at most 365
/// days.
struct SimulatorOptions {
    /// Which server to be. They differ in what a client must bear; all but `e2b` are other servers that speak
    /// the same API, as far as that is known.
    enum class Profile {
        e2b,    ///< The platform.
        older,  ///< Self-hosted, February to July 2026: any failed checkpoint kills the sandbox, names do not
                ///< filter lists, `memory` and `POST /v2/sandboxes` are unknown.
        kruise, ///< OpenKruise Agents: a path prefix, names ignored and null, other ids, snapshots that go on
                ///< when their caller is gone.
        cube, ///< CubeSandbox: a path prefix, ids `snap-...`, names as labels, rows with a state, work for up
              ///< to 240 s and then 408, deletion with 200.
        none, ///< A server without the endpoints of snapshots.
    };

    SimulatorOptions() {}

    /// The server to be. Default: the platform.
    Profile profile = Profile::e2b;

    /// The numeric IPv4 or IPv6 address to listen on.
    std::string address = "127.0.0.1";
    /// The port to listen on; 0 takes a free one.
    std::uint16_t port = 0;
    /// Serve plain http instead of TLS.
    bool plain_http = false;
    /// Names and addresses that the certificate is valid for besides 127.0.0.1, ::1 and localhost.
    std::vector<std::string> certificate_names;
    /// How many threads serve connections. Range 1 to 64.
    unsigned threads = 1;

    /// The one key that is accepted. Empty: one like `e2b_` and 40 hex digits is made.
    std::string api_key;
    /// The team that owns the key: the namespace of all names. Characters `[a-z0-9_-]`.
    std::string team = "team-sim";
    /// How many sandboxes run at first, spread evenly over the nodes. At most 1'000'000.
    std::size_t sandboxes = 1'000;
    /// How many nodes there are. At least 1.
    std::size_t nodes = 16;
    /// How many snapshots each node takes at a time; 0 means as many as are asked for.
    std::size_t slots_per_node = 3;
    /// How many sandboxes each node has, in proportion to the others: one weight for each node, none below 0
    /// and one at least above. Empty: all alike.
    std::vector<double> node_weights;
    /// Nodes that drain for a while.
    std::vector<SimulatorDrain> drains;
    /// How long a snapshot waits for a slot before it is refused with 503.
    std::chrono::nanoseconds queue_timeout = std::chrono::seconds(15);

    /// How long a snapshot takes: `latency`, and up to `latency_spread` more, evenly distributed.
    std::chrono::nanoseconds latency{0};
    /// See `latency`.
    std::chrono::nanoseconds latency_spread{0};
    /// A share of the sandboxes, 0 to 1, whose snapshots take `slow_latency` instead; which, decides the
    /// seed.
    double slow_share = 0;
    /// See `slow_share`.
    std::chrono::nanoseconds slow_latency{0};

    /// The API's limiter: this many requests per `rate_window`, and as many at once; 0 for no limit. At most
    /// one per nanosecond.
    std::size_t rate_limit = 0;
    /// See `rate_limit`.
    std::chrono::nanoseconds rate_window = std::chrono::seconds(1);

    // The next three are not used by the profiles `kruise` and `cube`, which have limits of their own.

    /// The server gives up a request after this: the snapshot is abandoned, and the response is a 500.
    std::chrono::nanoseconds request_timeout = std::chrono::seconds(70);
    /// A response later than this is lost, and the load balancer sends 502 in its place.
    std::chrono::nanoseconds write_timeout = std::chrono::seconds(75);
    /// The load balancer itself gives up after this: it sends 504, and hangs up on a snapshot in flight.
    std::chrono::nanoseconds balancer_timeout = std::chrono::seconds(80);
    /// How long an unused connection is kept.
    std::chrono::nanoseconds keep_alive = std::chrono::seconds(610);
    /// Closes a connection, unannounced, after this many responses; 0 for no limit.
    std::size_t max_requests_per_connection = 0;

    /// Whether the server sees that a client (or the load balancer) hangs up, and cancels its snapshot.
    /// Otherwise the snapshot goes on. The profiles `kruise` and `cube` never cancel one.
    bool cancel_on_hang_up = true;
    /// What becomes of a sandbox whose snapshot is cancelled, or given up, between its pause and its resume.
    /// By default its machine is lost while its row goes on saying that it runs (`lost_sandboxes`); with
    /// this, the machine runs on.
    bool in_place_checkpoint = false;
    /// How long after the sandbox runs again it takes until the snapshot is ready and the response is sent.
    /// What hangs up meanwhile changes nothing, nor does `request_timeout`: so a snapshot can become ready
    /// later than that.
    std::chrono::nanoseconds status_delay{0};
    /// Whether the team may take snapshots without memory. Otherwise they are refused with 400.
    bool filesystem_snapshots = true;
    /// How long a name that was looked up in vain is believed not to exist, unless a request makes it
    /// meanwhile; 0 for never. A snapshot's own request looks its name up, so that a first snapshot that
    /// fails leaves a name that is taken and believed missing: the next request for it fails as well.
    std::chrono::nanoseconds negative_alias_cache = std::chrono::minutes(5);

    /// Decides ids, latencies and the faults that come by probability. The same seed and the same requests in
    /// the same order give the same responses.
    std::uint64_t seed = 1;
    /// Time stands still for sandboxes, slots, limits and delays until `Simulator::advance` moves it.
    bool manual_time = false;

    /// Called once for each snapshot that was made, before the response is sent. It runs on a thread of the
    /// simulator, one call at a time, and must be quick, must not throw, and must not call the simulator.
    std::function<void(SimulatedSnapshot const&)> on_snapshot;
    /// Called for each request that came with the right key (of `SimulatorEndpoint::other`: with any), before
    /// anything is done. What is said of `on_snapshot` holds for it, too.
    std::function<void(ReceivedRequest const&)> on_request;
};

/// Counts of what the simulator has seen.
struct SimulatorStats {
    SimulatorStats() {}

    /// Connections, from the beginning on.
    std::uint64_t connections_accepted = 0;
    /// Connections at present.
    std::uint64_t connections_open = 0;
    /// TLS handshakes that were completed.
    std::uint64_t handshakes = 0;
    /// Those of `handshakes` that resumed a session.
    std::uint64_t handshakes_resumed = 0;
    /// Connections that ended before the handshake did.
    std::uint64_t handshakes_failed = 0;
    /// Requests that were read, well-formed or not.
    std::uint64_t requests = 0;
    /// Responses by the hundreds of their status, `answers[2]` for 2xx. Those that a fault swallowed don't
    /// count.
    std::uint64_t answers[6] = {};
    /// Snapshots that were made.
    std::uint64_t snapshots = 0;
    /// Snapshots that ended early because the client hung up.
    std::uint64_t snapshots_cancelled = 0;
    /// Sandboxes whose machine was lost in a snapshot, whether or not anybody has noticed since.
    std::uint64_t sandboxes_lost = 0;
    /// Requests that a fault struck.
    std::uint64_t faults = 0;
};

/// A double of the E2B platform for tests: an HTTPS server that responds as the platform does, and that can
/// be told to have a bad day.
///
/// It takes snapshots (`POST /sandboxes/{sandboxID}/snapshots`), lists and deletes them, lists, shows, makes,
/// pauses and kills sandboxes. It accepts HTTP/1.1 with keep-alive; by ALPN it declines HTTP/2. Its state can
/// be asked for and asserted on.
///
/// Thread safety: every function may be called from any thread.
///
/// Lifetime: it serves, on threads of its own, from construction until `stop` or destruction. Sockets count
/// against the process's limit of open files, which it leaves alone.
///
/// Platform: Linux.
///
/// Example:
/// ```
/// e2b::Simulator simulator;
/// e2b::ClientConfig config;
/// config.base_url = simulator.url();
/// config.api_key = simulator.api_key();
/// config.tls.ca_pem = simulator.ca_pem();
/// ```
class E2B_SNAPSHOT_API Simulator {
public:
    /// Makes the sandboxes and the certificates, listens, and begins to serve.
    ///
    /// Errors: throws `std::invalid_argument` naming the option; `std::system_error` when it cannot listen.
    explicit Simulator(SimulatorOptions options = SimulatorOptions());
    Simulator(Simulator const&) = delete;
    Simulator& operator=(Simulator const&) = delete;
    ~Simulator();

    /// Cuts all connections, and returns when the threads have ended. What it has seen can still be asked
    /// for. Must not be called from `on_snapshot` or `on_request`.
    void stop();

    /// `https://127.0.0.1:<port>`, or as the options say, and the path prefix of the profile.
    [[nodiscard]] std::string url() const;
    /// The port that it listens on.
    [[nodiscard]] std::uint16_t port() const noexcept;
    /// The certificate of the authority that signed the server's, in PEM. Empty with `plain_http`.
    [[nodiscard]] std::string const& ca_pem() const noexcept;
    /// The key that it accepts.
    [[nodiscard]] std::string const& api_key() const noexcept;

    /// The ids of the sandboxes that are not dead, as the platform believes, in the order in which they were
    /// made.
    [[nodiscard]] std::vector<std::string> sandbox_ids() const;
    /// Those of them that are dead all the same: their machine was lost in a snapshot, and the platform says
    /// that they run. The next snapshot of one gets the ambiguous 500, and then the platform
    /// knows.
    [[nodiscard]] std::vector<std::string> lost_sandboxes() const;
    /// Whether the sandbox has its machine, running or paused. False for an unknown one, too.
    [[nodiscard]] bool is_alive(std::string_view id) const;
    /// Every snapshot that was made, in the order in which they finished; deleted ones as well.
    [[nodiscard]] std::vector<SimulatedSnapshot> snapshots() const;
    /// The counts at this moment.
    [[nodiscard]] SimulatorStats stats() const;
    /// How many requests arrived with the right key, of one kind; those that the block or the limiter then
    /// refused as well. `SimulatorEndpoint::other` with any key.
    [[nodiscard]] std::uint64_t requests(SimulatorEndpoint endpoint) const;
    /// How many of these asked for a snapshot of this sandbox.
    [[nodiscard]] std::uint64_t requests(std::string_view sandbox_id) const;
    /// How many snapshots are being made, wait for a slot, or wait for another caller of the same sandbox.
    [[nodiscard]] std::size_t in_flight() const;

    /// Waits until `in_flight()` is `count`; false if that took longer than `timeout` of real time.
    bool wait_for_in_flight(std::size_t count,
                            std::chrono::nanoseconds timeout = std::chrono::seconds(10)) const;

    /// Starts one more sandbox and returns its id: the given one (`[a-z0-9]`, at most 32) or a new one.
    ///
    /// Errors: throws `std::invalid_argument` for an id that is not allowed or taken.
    std::string add_sandbox(std::string_view id = {},
                            std::vector<std::pair<std::string, std::string>> metadata = {});
    /// Makes an ordinary template `<team>/<alias>`, so that snapshots of that name become builds of it.
    void add_template(std::string_view alias);
    /// False for an unknown or dead sandbox, or one that is being snapshotted.
    bool pause_sandbox(std::string_view id);
    /// A paused sandbox runs again. False otherwise.
    bool resume_sandbox(std::string_view id);
    /// From now on the sandbox has an envd older than 0.5.0, and snapshots of it are refused with 400. False
    /// for an unknown or dead sandbox.
    bool outdate_sandbox(std::string_view id);
    /// False for an unknown or dead sandbox. A snapshot in flight fails with the ambiguous 500.
    bool kill_sandbox(std::string_view id);
    /// Kills every sandbox of the node; snapshots in flight there fail with the ambiguous 500.
    void fail_node(std::size_t node);
    /// From now on the node is too old for snapshots without memory, which it refuses with 409. A sandbox
    /// that is paused and resumed goes to another node, if one is new enough.
    void outdate_node(std::size_t node);
    /// From now on the node drains for so long, as `SimulatorOptions::drains` has it.
    void drain_node(std::size_t node, std::chrono::nanoseconds length);
    /// Snapshots of this sandbox take this long from now on. False for an unknown one.
    bool set_latency(std::string_view id, std::chrono::nanoseconds latency);
    /// Snapshots take this long from now on, as `SimulatorOptions::latency` has it.
    void set_latency(std::chrono::nanoseconds latency);
    /// Every request with the right key gets a 403 until this is undone: the team is blocked.
    void block_team(bool blocked);

    /// The next `times` snapshot requests for this sandbox suffer this fault. Scripts for one sandbox follow
    /// one another in order.
    ///
    /// Errors: throws `std::invalid_argument` for a status outside its range.
    void script(std::string_view sandbox_id, SimulatorFault fault, std::size_t times = 1);
    /// The next `times` requests of one kind suffer this fault. A script for the sandbox goes first.
    void script(SimulatorEndpoint endpoint, SimulatorFault fault, std::size_t times = 1);
    /// From now on each request of one kind suffers this fault with this probability, 0 to 1. Several are
    /// tried in order, each on those that the ones before spared.
    void disturb(double probability, SimulatorFault fault,
                 SimulatorEndpoint endpoint = SimulatorEndpoint::create_snapshot);
    /// Forgets all scripts and disturbances.
    void clear_faults();

    /// Closes the connections that are between requests, as a load balancer does when it drains.
    void close_idle_connections();
    /// Resets every connection, whatever it is doing.
    void reset_connections();

    /// Moves the time of a simulator with `manual_time`, and returns when all that became due was decided;
    /// the responses may still be under way. Errors: throws `std::logic_error` without `manual_time`.
    void advance(std::chrono::nanoseconds duration);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace e2b::inline v0
