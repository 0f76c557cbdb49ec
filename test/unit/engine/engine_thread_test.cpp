// A client on one context, its callers on another, and cancellation from wherever. For ThreadSanitizer above
// all.
#include "rig.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <array>
#include <atomic>
#include <deque>
#include <exception>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

using CallerStrand = asio::strand<asio::thread_pool::executor_type>;

// A call whose coroutine and handler live on a strand of the callers' pool; so does what cancels it.
struct PoolCall {
    PoolCall(CallerStrand on, std::latch& all_done) : strand(std::move(on)), done(all_done) {}

    CallerStrand strand;
    std::latch& done;
    asio::cancellation_signal signal;
    std::string end;
    unsigned completions = 0;
};

asio::awaitable<void> run_call(Client& client, PoolCall& call, unsigned number) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    SnapshotRequest request("i" + std::to_string(number));
    call.end = describe(co_await client.try_create_snapshot(std::move(request)));
}

void start(Client& client, PoolCall& call, unsigned number) {
    asio::co_spawn(
        call.strand, run_call(client, call, number),
        asio::bind_cancellation_slot(call.signal.slot(),
                                     asio::bind_executor(call.strand, [&call](std::exception_ptr exception) {
                                         ++call.completions;
                                         if (exception)
                                             call.end = "exception";
                                         call.done.count_down();
                                     })));
}

// A client on an io_context with two threads, callers on a pool with two.
struct Threads {
    Threads() : work(context.get_executor()) {
        for (auto& thread : runners)
            thread = std::thread([this] { context.run(); });
    }
    ~Threads() {
        work.reset();
        callers.join();
        for (auto& thread : runners)
            thread.join();
    }

    MockNetwork network;
    ManualClock clock;
    asio::io_context context{2};
    asio::executor_work_guard<asio::io_context::executor_type> work;
    asio::thread_pool callers{2};
    std::array<std::thread, 2> runners;
};

// Every third request is answered a turn of the strand later, every other one at once.
void answer_all(Threads& threads, net::Strand const& strand) {
    threads.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    threads.network.on_exchange = [strand, turn = 0U](MockConnection& connection) mutable {
        if (++turn % 3 != 0) {
            connection.commit();
            return connection.receive(created());
        }
        net::ConnectionPtr held(&connection);
        strand.run([held = std::move(held), exchange = connection.uses()] {
            auto& later = static_cast<MockConnection&>(*held);
            if (later.stage() != Stage::exchanging || later.uses() != exchange)
                return;
            later.commit();
            later.receive(created());
        });
    };
}

ClientConfig few_connections() {
    auto config = mock_config();
    config.max_connections = 4;
    return config;
}

} // namespace

TEST_CASE("calls are cancelled from other threads while they begin, wait, run and end", "[threads]") {
    constexpr unsigned count = 3000;
    Threads threads;
    std::latch done(count);
    std::deque<PoolCall> calls;
    {
        std::weak_ptr<engine::Engine> engine;
        Client client = make_client(threads.context.get_executor(), few_connections(), threads.network,
                                    threads.clock, &engine);
        answer_all(threads, engine.lock()->strand());
        for (unsigned i = 0; i < count; ++i) {
            auto& call = calls.emplace_back(asio::make_strand(threads.callers.get_executor()), done);
            start(client, call, i);
            if (i % 2 == 0)
                asio::post(call.strand, [&call, i] {
                    call.signal.emit(i % 4 == 0 ? Cancel::terminal : Cancel::total);
                    call.signal.emit(Cancel::terminal);
                });
        }
        done.wait();
        auto const stats = client.stats();
        CHECK(stats.in_flight == 0);
        CHECK(stats.calls_started == stats.created + stats.not_sent + stats.unknown);
    }
    threads.callers.join();
    for (unsigned i = 0; i < count; ++i) {
        REQUIRE(calls[i].completions == 1);
        auto const& end = calls[i].end;
        bool const cancelled = end == "not_sent cancelled" || end == "unknown cancelled";
        CHECK((end == "created" || (i % 2 == 0 && cancelled)));
    }
    CHECK(threads.network.violations().empty());
}

TEST_CASE("the client is destroyed in one thread while others call it", "[threads]") {
    constexpr unsigned rounds = 60;
    constexpr unsigned each = 50;
    for (unsigned round = 0; round < rounds; ++round) {
        Threads threads;
        std::latch done(each);
        std::deque<PoolCall> calls;
        std::weak_ptr<engine::Engine> engine;
        auto client = std::make_unique<Client>(make_client(threads.context.get_executor(), few_connections(),
                                                           threads.network, threads.clock, &engine));
        answer_all(threads, engine.lock()->strand());
        // A call may be begun only while there is a client; what is under way does not need it.
        std::latch begun(each);
        for (unsigned i = 0; i < each; ++i) {
            auto& call = calls.emplace_back(asio::make_strand(threads.callers.get_executor()), done);
            asio::post(call.strand, [&, i] {
                start(*client, call, i);
                asio::post(call.strand, [&begun] { begun.count_down(); });
            });
        }
        begun.wait();
        auto const stats = client->stats();
        CHECK(stats.open <= 4 * 3); // three gauges, read one after the other
        client.reset();
        done.wait();
        // Asio's count of an executor's owners rests on a fence, of which ThreadSanitizer knows nothing: the
        // calls, which still hold executors, are destroyed when nobody else does.
        threads.callers.join();
        for (auto const& call : calls) {
            REQUIRE(call.completions == 1);
            auto const& end = call.end;
            CHECK((end == "created" || end == "not_sent client_closed" || end == "unknown client_closed"));
        }
    }
}

TEST_CASE("the clock runs out in the strand's thread while callers come and go", "[threads]") {
    constexpr unsigned count = 500;
    Threads threads;
    std::latch done(count);
    std::deque<PoolCall> calls;
    {
        auto config = few_connections();
        config.timeout = 1s;
        config.attempt_timeout = 1s;
        std::weak_ptr<engine::Engine> engine;
        Client client =
            make_client(threads.context.get_executor(), config, threads.network, threads.clock, &engine);
        auto const strand = engine.lock()->strand();
        threads.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
        threads.network.on_exchange = [](MockConnection& connection) { connection.commit(); };
        for (unsigned i = 0; i < count; ++i)
            start(client, calls.emplace_back(asio::make_strand(threads.callers.get_executor()), done), i);
        // Nobody is answered: only the clock ends calls. Each turn is bounded by the one before.
        for (unsigned turn = 0; !done.try_wait() && turn < 100'000; ++turn) {
            std::latch turned(1);
            strand.run([&] {
                threads.clock.turn_to(threads.clock.now() + 100ms);
                turned.count_down();
            });
            turned.wait();
        }
        done.wait();
    }
    threads.callers.join();
    unsigned unknown = 0;
    for (auto const& call : calls) {
        REQUIRE(call.completions == 1);
        CHECK((call.end == "unknown deadline" || call.end == "not_sent deadline"));
        unknown += call.end == "unknown deadline" ? 1 : 0;
    }
    CHECK(unknown > 0);
}
