// The client's handle: when it may go, and what keeps what alive.
#include "rig.hpp"

#include <e2b/bulk.hpp>
#include <e2b/reconcile.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

void answer_dials(Rig& rig) {
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    rig.network.on_exchange = [](MockConnection& connection) { connection.commit(); };
}

// Counts the coroutines that hold one.
struct Counted {
    explicit Counted(int& counter) : count(&counter) { ++*count; }
    Counted(Counted&& other) noexcept : count(std::exchange(other.count, nullptr)) {}
    Counted& operator=(Counted&&) = delete;
    ~Counted() {
        if (count != nullptr)
            --*count;
    }
    int* count;
};

// Keeps its client in its own frame, and waits for it.
asio::awaitable<void> owner(Counted, std::shared_ptr<Client> client, std::string& end) {
    auto const result = co_await client->try_create_snapshot("iowner");
    end = describe(result);
}

// Ends its own client while others wait for it.
asio::awaitable<void> destroyer(Counted, std::shared_ptr<Client> client, std::string& end) {
    auto failed = client->try_create_snapshot("ilate");
    client.reset();
    end = describe(co_await std::move(failed));
}

} // namespace

TEST_CASE("a coroutine may destroy the client that others wait for, and one it has not asked yet",
          "[client]") {
    Rig rig;
    answer_dials(rig);
    auto const& call = rig.call("i1");
    rig.poll();
    int frames = 0;
    std::string end;
    asio::co_spawn(*rig.context, destroyer(Counted(frames), std::move(rig.client), end), asio::detached);
    rig.poll();
    CHECK(end == "not_sent client_closed");
    CHECK(describe(*call.result) == "unknown client_closed");
    CHECK(frames == 0);
    CHECK(rig.network.open() == 0);
}

TEST_CASE("a client in the frame of the coroutine that waits for it goes with the context", "[client]") {
    Rig rig;
    answer_dials(rig);
    int frames = 0;
    std::string end;
    bool const with_slot = GENERATE(false, true);
    auto signal = std::make_unique<asio::cancellation_signal>();
    if (with_slot)
        asio::co_spawn(*rig.context, owner(Counted(frames), std::move(rig.client), end),
                       asio::bind_cancellation_slot(signal->slot(), [](std::exception_ptr) {}));
    else
        asio::co_spawn(*rig.context, owner(Counted(frames), std::move(rig.client), end), asio::detached);
    rig.poll();
    CHECK(frames == 1);
    SECTION("stopped and destroyed") {
        rig.context->stop();
        rig.drop_context();
    }
    SECTION("the signal goes first") {
        signal.reset();
        rig.drop_context();
    }
    CHECK(end.empty());
    CHECK(frames == 0);
    CHECK(rig.network.alive() == 0);
}

TEST_CASE("a client that owned nothing more than its frame ends with its call", "[client]") {
    Rig rig;
    answer_dials(rig);
    int frames = 0;
    std::string end;
    asio::co_spawn(*rig.context, owner(Counted(frames), std::move(rig.client), end), asio::detached);
    rig.poll();
    rig.step([&] { rig.network.get(Stage::exchanging).receive(created()); });
    CHECK(end == "created");
    CHECK(frames == 0);
    CHECK(rig.network.alive() == 0);
    CHECK(rig.engine.expired());
}

TEST_CASE("the handle may be moved while calls are in flight, and what it replaces is ended", "[client]") {
    Rig rig;
    answer_dials(rig);
    auto const& call = rig.call("i1");
    rig.poll();
    auto moved = std::make_unique<Client>(std::move(*rig.client));
    CHECK(moved->stats().in_flight == 1);
    rig.poll();
    CHECK_FALSE(call.done());

    MockNetwork network;
    ManualClock clock;
    *moved = make_client(rig.context->get_executor(), mock_config(), network, clock);
    rig.poll();
    CHECK(describe(*call.result) == "unknown client_closed");
    CHECK(moved->stats().in_flight == 0);
    CHECK(rig.network.open() == 0);
    moved.reset();
    rig.poll();
    CHECK(network.stopped());
}

TEST_CASE("a call in flight keeps the context at work, and its end lets it go", "[client]") {
    Rig rig;
    answer_dials(rig);
    rig.call("i1");
    rig.poll();
    CHECK_FALSE(rig.context->stopped());
    rig.engine.lock()->strand().run([&] { rig.network.get(Stage::exchanging).receive(created()); });
    CHECK(rig.context->run() > 0);
    CHECK(rig.context->stopped());
    CHECK(rig.calls[0].done());
}

TEST_CASE("arguments are checked before anything else, and the refusal is delivered", "[client]") {
    Rig rig;
    auto const& call = rig.call("i/../x");
    rig.context->restart();
    CHECK_FALSE(call.done());
    rig.poll();
    CHECK(describe(*call.result) == "not_sent invalid_argument");
    CHECK(call.result->error().to_string().find("e2b_key") == std::string::npos);
    CHECK(rig.network.dials() == 0);
    CHECK(rig.stats().calls_started == 0);

    SECTION("unless the context goes first") {
        auto const& lost = rig.call("i/../x");
        rig.context->restart();
        rig.context->run_one(); // its coroutine has asked, and the refusal is under way
        CHECK(rig.frames == 1);
        rig.drop_client();
        rig.drop_context();
        CHECK_FALSE(lost.done());
    }
}

TEST_CASE("coroutines pass on terminal cancellation without being asked to", "[client]") {
    Rig rig;
    answer_dials(rig);
    asio::cancellation_signal signal;
    std::string end;
    int frames = 0;
    asio::co_spawn(*rig.context, owner(Counted(frames), rig.client, end),
                   asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
    rig.poll();
    signal.emit(Cancel::total);
    signal.emit(Cancel::partial);
    rig.poll();
    CHECK(end.empty());
    signal.emit(Cancel::terminal);
    rig.poll();
    CHECK(end == "unknown cancelled");
}

TEST_CASE("a client that was moved from, or given no executor, is a logic error", "[client]") {
    boost::asio::io_context context;
    CHECK_THROWS_AS(Client(boost::asio::any_io_executor(), mock_config()), std::invalid_argument);
    Client from(context.get_executor(), mock_config());
    Client to(std::move(from));
    CHECK_THROWS_AS(from.create_snapshot("i"), std::logic_error);
    CHECK_THROWS_AS(from.try_create_snapshot("i"), std::logic_error);
    CHECK_THROWS_AS(from.list_snapshots(), std::logic_error);
    CHECK_THROWS_AS(from.try_list_snapshots(), std::logic_error);
    CHECK_THROWS_AS(from.delete_snapshot("i"), std::logic_error);
    CHECK_THROWS_AS(from.try_delete_snapshot("i"), std::logic_error);
    CHECK_THROWS_AS(from.get_sandbox("i"), std::logic_error);
    CHECK_THROWS_AS(from.try_get_sandbox("i"), std::logic_error);
    CHECK_THROWS_AS(from.list_sandboxes(), std::logic_error);
    CHECK_THROWS_AS(from.try_list_sandboxes(), std::logic_error);
    CHECK_THROWS_AS(from.create_sandbox("i"), std::logic_error);
    CHECK_THROWS_AS(from.try_create_sandbox("i"), std::logic_error);
    CHECK_THROWS_AS(from.list_tags("i"), std::logic_error);
    CHECK_THROWS_AS(from.try_list_tags("i"), std::logic_error);
    CHECK_THROWS_AS(from.find_template("i"), std::logic_error);
    CHECK_THROWS_AS(from.try_find_template("i"), std::logic_error);
    CHECK_THROWS_AS(from.get_template("i"), std::logic_error);
    CHECK_THROWS_AS(from.try_get_template("i"), std::logic_error);
    CHECK_THROWS_AS(from.platform_time_limit(), std::logic_error);
    CHECK_THROWS_AS(reconcile(from, {SnapshotRequest("i"), {}}), std::logic_error);
    CHECK_THROWS_AS(from.close(), std::logic_error);
    CHECK_THROWS_AS(from.stats(), std::logic_error);
    CHECK_THROWS_AS(BulkRun(from, BulkOptions()), std::logic_error);
    from = std::move(to);
    CHECK(from.stats().in_flight == 0);
}

TEST_CASE("a client may outlive its context", "[client]") {
    Rig rig;
    answer_dials(rig);
    asio::io_context other;
    std::string of_here = "never resumed";
    std::string of_other = of_here;
    bool closed = false;
    auto const call = [](Client& client, std::string& end) -> asio::awaitable<void> {
        end = describe(co_await client.try_create_snapshot("i1"));
    };
    asio::co_spawn(*rig.context, call(*rig.client, of_here), asio::detached);
    asio::co_spawn(other, call(*rig.client, of_other), asio::detached);
    SECTION("calls in flight") {
        other.poll();
        rig.poll();
        REQUIRE(rig.stats().in_flight == 2);
    }
    SECTION("calls that have not begun") {}
    rig.drop_context();
    other.run();
    CHECK(of_here == "never resumed");
    CHECK((of_other == "unknown client_closed" || of_other == "not_sent client_closed"));
    CHECK(rig.network.open() == 0);
    // It can still be asked, and says so.
    other.restart();
    asio::co_spawn(other, call(*rig.client, of_other), asio::detached);
    asio::co_spawn(other, rig.client->close(), [&](std::exception_ptr problem) { closed = !problem; });
    other.run();
    CHECK(of_other == "not_sent client_closed");
    CHECK(closed);
    CHECK(rig.stats().open == 0);
}
