// A run is stopped, at any moment and wherever its requests go.
#include "engine/engine.hpp"
#include "integration/bulk_rig.hpp"
#include "net/system_time.hpp"
#include "net/tcp_connector.hpp"
#include "support/byte_server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/query.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <random>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace e2b::test {

namespace {

// A client's only member is private; naming it as the argument of an explicit instantiation is allowed
// nonetheless.
std::shared_ptr<engine::Engine>& engine_of(Client& client);

template <std::shared_ptr<engine::Engine> Client::* Member>
struct EngineAccess {
    friend std::shared_ptr<engine::Engine>& engine_of(Client& client) { return client.*Member; }
};
template struct EngineAccess<&Client::engine_>;

} // namespace

} // namespace e2b::test

namespace {

using Clock = std::chrono::steady_clock;
using SystemClock = std::chrono::system_clock;

std::uint16_t closed_port() {
    asio::io_context context;
    asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

// A look-up that does not return before this is destroyed.
class HangingLookup {
public:
    HangingLookup() = default;
    HangingLookup(HangingLookup const&) = delete;
    HangingLookup& operator=(HangingLookup const&) = delete;
    ~HangingLookup() {
        std::lock_guard const lock(state_->mutex);
        state_->released = true;
        state_->changed.notify_all();
    }

    [[nodiscard]] net::Resolver::Lookup lookup() const {
        return [state = state_](std::string const&, std::uint16_t) {
            std::unique_lock lock(state->mutex);
            state->changed.wait(lock, [&] { return state->released; });
            net::Resolved resolved;
            resolved.error = Errc::dns_temporary;
            return resolved;
        };
    }

private:
    struct State {
        std::mutex mutex;
        std::condition_variable changed;
        bool released = false;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

// Makes the client ask this for its host's address.
void set_lookup(Client& client, asio::io_context& context, net::Resolver::Lookup lookup) {
    auto engine = std::make_shared<engine::Engine>(context.get_executor(), engine_of(client)->config());
    engine::EngineParts parts;
    parts.time = std::make_unique<net::SystemTime>(engine->strand());
    parts.make_connector = [&](net::Timers& timers) {
        return std::make_unique<net::TcpConnector>(engine->strand(), timers, engine->config(), lookup);
    };
    engine->assemble(std::move(parts));
    engine_of(client)->abort();
    engine_of(client) = std::move(engine);
}

// Where requests go.
struct Place {
    ClientConfig config;
    std::unique_ptr<Simulator> simulator;
    std::unique_ptr<ByteServer> server;
    std::unique_ptr<HangingLookup> lookup;

    [[nodiscard]] std::uint64_t requests() const {
        return simulator ? simulator->requests(SimulatorEndpoint::create_snapshot) : 0;
    }
};

ClientConfig somewhere(std::uint16_t port) {
    ClientConfig config;
    config.base_url = "https://127.0.0.1:" + std::to_string(port);
    config.api_key = "e2b_key";
    return config;
}

Place of_simulator(std::optional<SimulatorFault> fault) {
    Place place;
    auto options = unlimited(60);
    options.latency = 20ms;
    options.latency_spread = 20ms;
    place.simulator = std::make_unique<Simulator>(options);
    if (fault)
        place.simulator->disturb(1, *fault);
    place.config = config_for(*place.simulator);
    return place;
}

Place make_place(std::string const& kind) {
    Place place;
    if (kind == "up")
        return of_simulator({});
    if (kind == "busy")
        return of_simulator(SimulatorFault::reject(503));
    if (kind == "limited") {
        auto fault = SimulatorFault::reject(429);
        fault.retry_after = 1s;
        return of_simulator(fault);
    }
    if (kind == "closed port") {
        place.config = somewhere(closed_port());
    } else if (kind == "silent handshake") {
        place.server = std::make_unique<ByteServer>(std::nullopt, [](Peer& peer) { peer.stall(); });
        place.config = somewhere(place.server->port());
    } else {
        place.lookup = std::make_unique<HangingLookup>();
        place.config = somewhere(1);
        place.config.base_url = "https://api.example.test";
    }
    return place;
}

std::vector<SnapshotRequest> sixty(Place const& place) {
    if (place.simulator) {
        auto const ids = place.simulator->sandbox_ids();
        return {ids.begin(), ids.end()};
    }
    std::vector<SnapshotRequest> requests;
    for (int i = 0; i < 60; ++i)
        requests.emplace_back("i" + std::to_string(10'000 + i));
    return requests;
}

// A client of a place, and a thread for it.
class Runner {
public:
    explicit Runner(Place const& place) : client(context.get_executor(), place.config) {
        if (place.lookup)
            set_lookup(client, context, place.lookup->lookup());
        thread_ = std::thread([this] { context.run(); });
    }
    Runner(Runner const&) = delete;
    Runner& operator=(Runner const&) = delete;
    ~Runner() {
        asio::co_spawn(context, client.close(0s), asio::use_future).get();
        work_.reset();
        thread_.join();
    }

    asio::io_context context;
    Client client;

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_{context.get_executor()};
    std::thread thread_;
};

int rounds() {
    char const* const wanted = std::getenv("E2B_STOP_ROUNDS");
    return wanted != nullptr ? std::atoi(wanted) : 12;
}

// Stops a run after a while, and yields how long it then went on after its last snapshot.
std::chrono::nanoseconds stop_after(Place const& place, std::chrono::nanoseconds delay, bool by_signal) {
    auto const requests_before = place.requests();
    Runner runner(place);
    BulkRun run(runner.client);
    auto const requests = sixty(place);
    asio::cancellation_signal signal;
    auto execute = [&]() -> asio::awaitable<std::vector<Result<SnapshotInfo>>> {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        auto work = run.collect(requests);
        co_return co_await std::move(work);
    };
    auto ended = asio::co_spawn(runner.context, execute(),
                                asio::bind_cancellation_slot(signal.slot(), asio::use_future));
    std::this_thread::sleep_for(delay);
    if (by_signal)
        on(runner.context, [&] { signal.emit(asio::cancellation_type::total); });
    else
        run.drain();
    auto const stopped_at = SystemClock::now();
    auto const results = ended.get();
    auto const ended_at = SystemClock::now();

    CHECK(results.size() == 60);
    unsigned attempts = 0;
    for (auto const& result : results) {
        attempts += result.attempts();
        auto const error = result ? Errc() : result.error().error;
        bool const is_known =
            result || error == Errc::cancelled || error == Errc::busy || error == Errc::rate_limited;
        CHECK(is_known);
        if (error == Errc::cancelled)
            CHECK(result.outcome() == Outcome::not_sent);
    }
    CHECK(run.progress().done() == 60);
    CHECK(run.progress().in_flight == 0);
    // None that the records do not tell of, and none afterwards.
    std::this_thread::sleep_for(5ms);
    CHECK(place.requests() - requests_before == attempts);
    auto last = stopped_at;
    if (place.simulator) {
        for (auto const& made : place.simulator->snapshots())
            last = std::max(last, made.finished_at);
    }
    return ended_at - last;
}

} // namespace

TEST_CASE("stopped at any moment, a run ends with its last committed request", "[bulk][stop]") {
    auto const kind = GENERATE(as<std::string>(), "up", "busy", "limited", "closed port", "silent handshake",
                               "silent resolver");
    CAPTURE(kind);
    auto const place = make_place(kind);
    std::mt19937 engine(7);
    std::uniform_int_distribution<int> microseconds(0, 60'000);
    int late = 0;
    for (int i = 0; i < rounds(); ++i) {
        auto const after = stop_after(place, std::chrono::microseconds(microseconds(engine)), i % 3 == 0);
        late += after > 200ms ? 1 : 0;
        CHECK(after < 2s);
    }
    // A machine that is busy with other things may hold one up.
    CHECK(late <= 1 + rounds() / 100);
}

TEST_CASE("what was not sent when the run was stopped is not sent when the API comes back", "[bulk][stop]") {
    auto const port = closed_port();
    Place place;
    place.config = somewhere(port);
    place.config.base_url = "http://127.0.0.1:" + std::to_string(port);
    Runner runner(place);
    BulkRun run(runner.client);
    auto ended = asio::co_spawn(runner.context, run.collect(sixty(place)), asio::use_future);
    std::this_thread::sleep_for(100ms);
    run.drain();
    auto const results = ended.get();
    for (auto const& result : results) {
        CHECK(result.outcome() == Outcome::not_sent);
        CHECK(result.error().error == Errc::cancelled);
        CHECK(result.attempts() == 0);
    }
    auto options = unlimited(1);
    options.port = port;
    options.plain_http = true;
    Simulator const simulator(options);
    std::this_thread::sleep_for(300ms);
    CHECK(simulator.stats().requests == 0);
}

TEST_CASE("a run executes once", "[bulk]") {
    Fleet fleet(unlimited(3));
    BulkRun run(fleet.client, telling(fleet.sink()));
    CHECK(fleet.start(run.collect(fleet.requests())).get().size() == 3);
    auto again = fleet.start(run.execute(fleet.requests()));
    CHECK_THROWS_AS(again.get(), std::logic_error);
    auto moved = std::move(run);
    auto third = fleet.start(moved.execute(fleet.requests()));
    CHECK_THROWS_AS(third.get(), std::logic_error);
    CHECK(fleet.results.empty());
}

TEST_CASE("a run whose context is destroyed lets go of all it holds", "[bulk]") {
    Simulator simulator(frozen(10));
    auto const sandboxes = simulator.sandbox_ids();
    auto const held = std::make_shared<int>(0);
    auto client = std::unique_ptr<Client>();
    auto outlives = std::unique_ptr<BulkRun>();
    {
        asio::io_context context;
        client = std::make_unique<Client>(context.get_executor(), config_for(simulator));
        outlives = std::make_unique<BulkRun>(*client, telling([held](BulkResult const&) {}));
        // Both a run that the coroutine owns and one that it does not.
        auto const own = [](Client& of, std::vector<std::string> ids,
                            std::shared_ptr<int> kept) -> asio::awaitable<void> {
            BulkRun run(of, telling([kept](BulkResult const&) {}));
            co_await run.execute(std::move(ids));
        };
        asio::co_spawn(context, own(*client, sandboxes, held), asio::detached);
        asio::co_spawn(context, outlives->execute(sandboxes), asio::detached);
        while (simulator.in_flight() < 10)
            context.run_one_for(10ms);
        CHECK(held.use_count() > 1);
    }
    CHECK(held.use_count() == 1);
    CHECK(outlives->progress().in_flight == 10);
    outlives->drain();
    outlives.reset();
    client.reset();
}
