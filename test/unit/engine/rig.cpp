#include "rig.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <utility>
#include <vector>

namespace e2b::test {

namespace asio = boost::asio;

namespace {

// A client's only member is private; naming it as the argument of an explicit instantiation is allowed
// nonetheless.
std::shared_ptr<engine::Engine>& engine_of(Client& client);

template <std::shared_ptr<engine::Engine> Client::* Member>
struct EngineAccess {
    friend std::shared_ptr<engine::Engine>& engine_of(Client& client) { return client.*Member; }
};
template struct EngineAccess<&Client::engine_>;

struct CountFrames {
    explicit CountFrames(int& counter) : count(counter) { ++count; }
    CountFrames(CountFrames const&) = delete;
    CountFrames& operator=(CountFrames const&) = delete;
    ~CountFrames() { --count; }
    int& count;
};

asio::awaitable<void> run_call(int& frames, Client& client, std::shared_ptr<Client> /*kept*/,
                               std::string sandbox_id, CallOptions options, Call& call) {
    CountFrames const counted(frames);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    SnapshotRequest request(std::move(sandbox_id));
    call.result = co_await client.try_create_snapshot(std::move(request), std::move(options));
}

} // namespace

ClientConfig mock_config() {
    ClientConfig config;
    config.base_url = "http://127.0.0.1:1";
    config.api_key = "e2b_key";
    config.timeout = std::chrono::seconds(60);
    config.attempt_timeout = std::chrono::seconds(10);
    config.retry.base_backoff = std::chrono::seconds(1);
    config.retry.max_backoff = std::chrono::seconds(1);
    return config;
}

Client make_client(asio::any_io_executor executor, ClientConfig config, MockNetwork& network,
                   ManualClock& clock, std::weak_ptr<engine::Engine>* made) {
    // Its engine for the real network is never used.
    Client client(executor, config);
    auto mocked = std::make_shared<engine::Engine>(std::move(executor), std::move(config));
    network.clock = &clock;
    engine::EngineParts parts;
    parts.time = clock.make_source();
    parts.make_connector = [&](net::Timers&) { return network.make_connector(mocked->strand()); };
    mocked->assemble(std::move(parts));
    if (made != nullptr)
        *made = mocked;
    engine_of(client) = std::move(mocked);
    return client;
}

std::string describe(Result<SnapshotInfo> const& result) {
    auto text = std::string(to_string(result.outcome()));
    if (!result)
        text.append(" ").append(to_string(result.error().error));
    return text;
}

Rig::Rig(ClientConfig config) : context(std::make_unique<asio::io_context>(1)) {
    client = std::make_shared<Client>(
        make_client(context->get_executor(), std::move(config), network, clock, &engine));
}

Rig::~Rig() {
    client.reset();
    if (context)
        poll();
    CHECK(engine.expired());
    CHECK(network.alive() == 0);
    CHECK(frames == 0);
    for (auto const& violation : network.violations())
        FAIL_CHECK(violation);
    for (auto const& call : calls) {
        CHECK(call.exception == nullptr);
        CHECK((call.completions == 1 || (call.completions == 0 && !context)));
    }
}

Call& Rig::call(std::string sandbox_id, CallOptions options, Keep keep) {
    auto& call = calls.emplace_back();
    auto kept = keep == Keep::yes ? client : nullptr;
    asio::co_spawn(
        *context, run_call(frames, *client, std::move(kept), std::move(sandbox_id), std::move(options), call),
        asio::bind_cancellation_slot(call.signal.slot(), [&call](std::exception_ptr exception) {
            ++call.completions;
            call.exception = std::move(exception);
        }));
    return call;
}

void Rig::poll() {
    context->restart();
    context->poll();
}

void Rig::step(std::function<void()> const& step) {
    if (auto const alive = engine.lock())
        alive->strand().run(step);
    poll();
}

void Rig::advance(core::Duration by) {
    auto const target = clock.now() + by;
    for (auto due = clock.armed(); due && *due <= target; due = clock.armed())
        step([this, at = *due] { clock.turn_to(at); });
    step([this, target] { clock.turn_to(target); });
}

void Rig::play_along(std::string const& response) {
    network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    network.on_exchange = [response](MockConnection& connection) {
        connection.commit();
        connection.receive(response);
    };
    step([this] {
        // Those that exist now: what is done to one may bring others.
        std::vector<net::ConnectionPtr> const present(network.connections().begin(),
                                                      network.connections().end());
        for (auto const& each : present) {
            auto& connection = static_cast<MockConnection&>(*each);
            if (connection.stage() == Stage::dialing)
                network.on_dial(connection);
            else if (connection.stage() == Stage::exchanging)
                network.on_exchange(connection);
        }
    });
}

unsigned const& Rig::close() {
    auto& completions = closes_.emplace_back();
    asio::co_spawn(*context, client->close(), [&completions](std::exception_ptr) { ++completions; });
    return completions;
}

unsigned const& Rig::close(std::chrono::nanoseconds grace, asio::cancellation_slot slot) {
    auto& completions = closes_.emplace_back();
    asio::co_spawn(*context, client->close(grace),
                   asio::bind_cancellation_slot(slot, [&completions](std::exception_ptr) { ++completions; }));
    return completions;
}

void Rig::expect_rest() {
    if (!client)
        return;
    auto const now = stats();
    CHECK(now.in_flight == 0);
    CHECK(now.late == 0);
    CHECK(now.waiting == 0);
    CHECK(now.leased == 0);
    CHECK(now.dialing == 0);
    CHECK(now.idle == now.open);
    CHECK(now.open == network.open());
    CHECK(now.calls_started == now.created + now.succeeded + now.rejected + now.not_sent + now.unknown);
}

} // namespace e2b::test
