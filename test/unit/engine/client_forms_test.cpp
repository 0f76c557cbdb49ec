// Every way to write a call, compiled and run: compilers have been known to destroy the temporaries of some
// of them twice.
#include "rig.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

// Longer than what a string keeps inside itself, so that a second destruction shows.
constexpr char id[] = "i0123456789abcdefghijklmnopqrstuvwxyz";
constexpr char name[] = "a-name-that-is-longer-than-a-small-string:and-its-tag";

std::string answer_to(std::string_view request) {
    if (request.starts_with("POST /v2/sandboxes HTTP"))
        return response(201, R"({"sandboxID":"inew","templateID":"t"})");
    if (request.starts_with("POST"))
        return created(request.find(name) != std::string_view::npos ? "named:default" : "plain:default");
    if (request.starts_with("DELETE"))
        return "HTTP/1.1 204 No Content\r\n\r\n";
    if (request.starts_with("GET /snapshots"))
        return response(200, R"([{"snapshotID":"one:default","names":["team/one"]}])",
                        "X-Next-Token: more\r\n");
    if (request.starts_with("GET /v2/sandboxes"))
        return response(200, R"([{"sandboxID":"ione","templateID":"t","state":"running"}])");
    return response(200, R"({"sandboxID":"ione","templateID":"t","state":"running"})");
}

// Runs a coroutine over a client whose platform responds to everything.
void run(asio::awaitable<void> (*forms)(Client&)) {
    Rig rig;
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    rig.network.on_exchange = [](MockConnection& connection) {
        auto const reply = answer_to(connection.request_buffer());
        connection.commit();
        connection.receive(reply);
    };
    unsigned completions = 0;
    std::exception_ptr exception;
    asio::co_spawn(*rig.context, forms(*rig.client), [&](std::exception_ptr thrown) {
        ++completions;
        exception = std::move(thrown);
    });
    rig.poll();
    if (exception)
        std::rethrow_exception(exception);
    REQUIRE(completions == 1);
    rig.expect_rest();
}

// Catch2 names an expression twice, and a `co_await` in it would be awaited twice.
template <class Seen, class Wanted>
void expect(Seen const& seen, Wanted const& wanted) {
    CHECK(seen == wanted);
}

SnapshotInfo const plain("plain:default", {});
SnapshotInfo const named("named:default", {});

CallOptions impatient() {
    CallOptions options;
    options.timeout = 5s;
    options.retry = RetryPolicy();
    return options;
}

asio::awaitable<void> that_throw(Client& client) {
    expect(co_await client.create_snapshot(id), plain);
    expect(co_await client.create_snapshot(std::string(id)), plain);
    expect(co_await client.create_snapshot(SnapshotRequest(id)), plain);
    expect(co_await client.create_snapshot(SnapshotRequest(id, name)), named);
    expect(co_await client.create_snapshot({id, name}), named);
    expect(co_await client.create_snapshot({std::string(id), std::string(name)}), named);
    expect(co_await client.create_snapshot({id, std::nullopt}), plain);

    expect(co_await client.create_snapshot(id, {}), plain);
    expect(co_await client.create_snapshot(id, CallOptions()), plain);
    expect(co_await client.create_snapshot(id, impatient()), plain);
    expect(co_await client.create_snapshot({id, name}, impatient()), named);

    SnapshotRequest request(id);
    request.name = name;
    CallOptions const options = impatient();
    expect(co_await client.create_snapshot(request), named);
    expect(co_await client.create_snapshot(request, options), named);
    expect(co_await client.create_snapshot(std::move(request), options), named);
    expect((co_await client.create_snapshot(id)).snapshot_id, "plain:default");
}

asio::awaitable<void> that_do_not_throw(Client& client) {
    expect((co_await client.try_create_snapshot(id)).value(), plain);
    expect((co_await client.try_create_snapshot({id, name}, impatient()))->snapshot_id, "named:default");
    auto const result = co_await client.try_create_snapshot(SnapshotRequest(id, name), {});
    CHECK(result.outcome() == Outcome::created);
    if (auto const inside = co_await client.try_create_snapshot(id); inside)
        CHECK(*inside == plain);
    else
        FAIL("no snapshot");

    auto const refused = co_await client.try_create_snapshot("../etc");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().error == Errc::invalid_argument);
    CHECK(refused.error().outcome == Outcome::not_sent);
    CHECK(refused.error().phase == Phase::argument);
    std::string message;
    try {
        co_await client.create_snapshot({"../etc", name}, impatient());
    } catch (SnapshotError const& error) {
        CHECK(error.code() == Errc::invalid_argument);
        message = error.what();
    }
    CHECK(message.find("sandbox_id") != std::string::npos);
}

asio::awaitable<void> awaitables_kept(Client& client) {
    auto later = client.create_snapshot({id, name}, impatient());
    expect(co_await std::move(later), named);
    {
        auto const never = client.create_snapshot({id, name}, impatient());
    }

    std::vector<asio::awaitable<SnapshotInfo>> many;
    for (int i = 0; i < 10; ++i)
        many.push_back(client.create_snapshot(SnapshotRequest(id, name)));
    for (auto& each : many)
        expect(co_await std::move(each), named);
}

asio::awaitable<void> together(Client& client) {
    using namespace asio::experimental::awaitable_operators;
    auto const [first, second] =
        co_await (client.create_snapshot(id) && client.create_snapshot({id, name}, impatient()));
    CHECK(first == plain);
    CHECK(second == named);
    auto const either = co_await (client.create_snapshot(id) || client.create_snapshot({id, name}));
    CHECK(either.index() < 2);
}

asio::awaitable<void> neighbours(Client& client) {
    SnapshotQuery query;
    query.sandbox_id = id;
    expect((co_await client.list_snapshots()).items.size(), 1U);
    expect((co_await client.list_snapshots({}, {})).next_token, "more");
    expect((co_await client.list_snapshots(query, impatient())).has_next(), true);
    expect((co_await client.try_list_snapshots(SnapshotQuery(), CallOptions()))->items.size(), 1U);
    expect(co_await client.delete_snapshot("team/a-name-that-is-longer-than-a-small-string:tag"),
           Deletion::deleted);
    expect((co_await client.try_delete_snapshot(std::string(id), impatient())).value(), Deletion::deleted);
    expect((co_await client.get_sandbox(id)).state, "running");
    expect((co_await client.try_get_sandbox(id, {}))->sandbox_id, "ione");
    expect((co_await client.list_sandboxes()).items.size(), 1U);
    expect((co_await client.try_list_sandboxes({}, impatient()))->items.at(0).sandbox_id, "ione");
    expect((co_await client.create_sandbox(name)).sandbox_id, "inew");
    expect((co_await client.create_sandbox(SandboxRequest(name), {})).sandbox_id, "inew");
    expect((co_await client.try_create_sandbox({name}, impatient()))->template_id, "t");
    co_await client.close();
    co_await client.close(1s);
}

} // namespace

TEST_CASE("a call that throws, in all its forms", "[client]") {
    run(that_throw);
}

TEST_CASE("a call that does not throw, in all its forms", "[client]") {
    run(that_do_not_throw);
}

TEST_CASE("awaitables may be kept, moved and forgotten", "[client]") {
    run(awaitables_kept);
}

TEST_CASE("calls may be combined", "[client]") {
    run(together);
}

TEST_CASE("the neighbouring calls, in all their forms", "[client]") {
    run(neighbours);
}

TEST_CASE("a call can be started with any completion token", "[client]") {
    Rig rig;
    rig.play_along();
    auto future = asio::co_spawn(*rig.context, rig.client->create_snapshot({id, name}), asio::use_future);
    std::string seen;
    asio::co_spawn(*rig.context, rig.client->create_snapshot(id, impatient()),
                   [&](std::exception_ptr exception, SnapshotInfo info) {
                       CHECK(exception == nullptr);
                       seen = std::move(info.snapshot_id);
                   });
    asio::co_spawn(*rig.context, rig.client->try_create_snapshot("..", {}),
                   [](std::exception_ptr exception, Result<SnapshotInfo> const& result) {
                       CHECK(exception == nullptr);
                       CHECK(describe(result) == "not_sent invalid_argument");
                   });
    rig.poll();
    REQUIRE(future.wait_for(0s) == std::future_status::ready);
    CHECK(future.get().snapshot_id == "snap:default");
    CHECK(seen == "snap:default");
}
