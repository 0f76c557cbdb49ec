// The calls with each kind of completion token, and what belongs to a token: its executor, allocator,
// cancellation slot and immediate executor.
#include "api/place.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#if BOOST_VERSION >= 108200
#include <boost/asio/bind_immediate_executor.hpp>
#endif
#if BOOST_VERSION >= 108600
#include <boost/asio/cancel_after.hpp>
#endif

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <tuple>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

constexpr char const* nobody = "i0123456789abcdefghij";

// A client on a context that the test runs until the client is closed.
struct Stage {
    explicit Stage(SimulatorOptions options = few_sandboxes())
        : place(std::move(options)),
          client(context.get_executor(), place.config) {}
    // Closes the client and runs all that is left.
    void finish() {
        async_close(client, asio::detached);
        context.run();
    }
    // A platform whose snapshots end only as the test moves its time.
    static SimulatorOptions frozen() {
        auto options = few_sandboxes();
        options.latency = 1s;
        options.manual_time = true;
        return options;
    }
    void run_until(std::function<bool()> const& holds) {
        while (!holds())
            context.run_one_for(10ms);
    }

    Place place;
    asio::io_context context;
    Client client;
};

// An allocator that counts what is taken of it and not given back.
template <class T>
struct Counting {
    using value_type = T;
    explicit Counting(std::ptrdiff_t& of_bytes, int& of_times) : bytes(&of_bytes), times(&of_times) {}
    template <class U>
    Counting(Counting<U> const& other) : bytes(other.bytes),
                                         times(other.times) {}
    T* allocate(std::size_t count) {
        *bytes += static_cast<std::ptrdiff_t>(count * sizeof(T));
        ++*times;
        return std::allocator<T>().allocate(count);
    }
    void deallocate(T* memory, std::size_t count) {
        *bytes -= static_cast<std::ptrdiff_t>(count * sizeof(T));
        std::allocator<T>().deallocate(memory, count);
    }
    friend bool operator==(Counting const& left, Counting const& right) { return left.bytes == right.bytes; }

    std::ptrdiff_t* bytes;
    int* times;
};

} // namespace

TEST_CASE("a callback, with and without an exception", "[api][token]") {
    Stage stage;
    int called = 0;
    auto const label = std::make_shared<int>(0);
    async_create_snapshot(stage.client, stage.place.ids[0],
                          [&, label](std::exception_ptr error, SnapshotInfo info) {
                              CHECK_FALSE(error);
                              CHECK_FALSE(info.snapshot_id.empty());
                              ++called;
                          });
    async_create_snapshot(stage.client, nobody, CallOptions(),
                          [&, label](std::exception_ptr error, SnapshotInfo const&) {
                              CHECK_THROWS_AS(std::rethrow_exception(error), SnapshotError);
                              ++called;
                          });
    async_try_create_snapshot(stage.client, nobody, [&, label](Result<SnapshotInfo> const& result) {
        CHECK(result.error() == Errc::not_found);
        ++called;
    });
    async_try_create_snapshot(stage.client, "..", {},
                              [&, own = std::make_unique<int>(1)](Result<SnapshotInfo> result) {
                                  CHECK(result.error() == Errc::invalid_argument);
                                  ++called;
                              });
    CHECK(called == 0);
    stage.run_until([&] { return called == 4; });
    stage.finish();
    CHECK(called == 4);
    CHECK(label.use_count() == 1);
}

TEST_CASE("futures, for each call", "[api][token]") {
    Stage stage;
    auto& client = stage.client;
    auto work = asio::make_work_guard(stage.context);
    std::thread thread([&] { stage.context.run(); });
    auto const& ids = stage.place.ids;
    auto const use_future = asio::use_future;
    auto const made = async_create_snapshot(client, {ids[0], "name"}, use_future).get();
    CHECK(made.names.size() == 1);
    CHECK_THROWS_AS(async_create_snapshot(client, nobody, use_future).get(), SnapshotError);
    CHECK(async_try_create_snapshot(client, nobody, use_future).get().error() == Errc::not_found);
    CHECK(async_list_snapshots(client, {}, use_future).get().items.size() == 1);
    CHECK(async_try_list_snapshots(client, {}, use_future).get()->items.size() == 1);
    CHECK(async_get_sandbox(client, ids[0], use_future).get().state == "running");
    CHECK(async_try_get_sandbox(client, nobody, use_future).get().error() == Errc::not_found);
    CHECK(async_list_sandboxes(client, {}, use_future).get().items.size() == ids.size());
    CHECK(async_try_list_sandboxes(client, {}, use_future).get()->items.size() == ids.size());
    CHECK_FALSE(async_create_sandbox(client, "name", use_future).get().sandbox_id.empty());
    auto const sandbox = async_try_create_sandbox(client, "name", {}, use_future).get();
    CHECK(sandbox.outcome() == Outcome::created);
    CHECK(async_list_tags(client, "name", use_future).get().size() == 1);
    CHECK(async_try_list_tags(client, "nobodys", use_future).get().error() == Errc::not_found);
    auto const id = async_find_template(client, "name", use_future).get();
    CHECK(async_try_find_template(client, "name", use_future).get() == id);
    CHECK(async_get_template(client, id, use_future).get().builds.size() == 1);
    CHECK(async_try_get_template(client, id, "", {}, use_future).get()->template_id == id);
    CHECK(async_delete_snapshot(client, "nobodys", use_future).get() == Deletion::absent);
    CHECK(async_try_delete_snapshot(client, "nobodys", use_future).get() == Deletion::absent);

    SandboxPages pages(client);
    CHECK(async_next(pages, use_future).get().size() == ids.size() + 2);
    SnapshotPages snapshots(client);
    CHECK(async_try_next(snapshots, use_future).get()->size() == 1);
    auto const long_ago = std::chrono::system_clock::now() - 1h;
    ReconcileRequest const question({ids[1], "other"}, long_ago);
    CHECK(async_reconcile(client, question, use_future).get().finding ==
          Reconciliation::Finding::not_created);

    BulkRun run(client);
    CHECK(async_execute(run, ids, use_future).get().created == ids.size());
    BulkRun second(client);
    BulkRange source{std::vector<std::string>(ids)};
    CHECK(async_execute(second, source, use_future).get().created == ids.size());
    BulkRun third(client);
    CHECK(async_collect(third, {ids.begin(), ids.end()}, use_future).get().size() == ids.size());
    CHECK_THROWS_AS(async_execute(third, ids, use_future).get(), std::logic_error);

    async_close(client, 1s, use_future).get();
    async_close(client, use_future).get();
    CHECK(async_try_create_snapshot(client, ids[0], use_future).get().error() == Errc::client_closed);
    work.reset();
    thread.join();
}

TEST_CASE("as_tuple", "[api][token]") {
    Stage stage;
    auto const work = [&]() -> asio::awaitable<void> {
        constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
        auto const [none, info] = co_await async_create_snapshot(stage.client, stage.place.ids[0], as_tuple);
        CHECK_FALSE(none);
        CHECK_FALSE(info.snapshot_id.empty());
        auto const [error, nothing] = co_await async_create_snapshot(stage.client, nobody, as_tuple);
        CHECK(error);
        CHECK(nothing.snapshot_id.empty());
        auto const [result] = co_await async_try_create_snapshot(stage.client, nobody, as_tuple);
        CHECK(result.error() == Errc::not_found);
        co_await async_close(stage.client, asio::use_awaitable);
    };
    auto ended = asio::co_spawn(stage.context, work(), asio::use_future);
    stage.context.run();
    ended.get();
}

TEST_CASE("awaitables over an executor of a type of their own", "[api][token]") {
    Stage stage;
    using Executor = asio::io_context::executor_type;
    constexpr asio::use_awaitable_t<Executor> use_awaitable;
    auto const work = [&]() -> asio::awaitable<std::string, Executor> {
        auto const info =
            co_await async_create_snapshot(stage.client, {stage.place.ids[0], "n"}, use_awaitable);
        auto const result = co_await async_try_create_snapshot(stage.client, nobody, use_awaitable);
        CHECK(result.error() == Errc::not_found);
        co_await async_close(stage.client, use_awaitable);
        co_return info.snapshot_id;
    };
    auto ended = asio::co_spawn(stage.context.get_executor(), work(), asio::use_future);
    stage.context.run();
    CHECK(ended.get() == "team-sim/n:default");

    // And over a strand of one.
    Client client(stage.context.get_executor(), stage.place.config);
    using Strand = asio::strand<Executor>;
    auto const strand = asio::make_strand(stage.context);
    auto const stranded = [&]() -> asio::awaitable<void, Strand> {
        auto const result =
            co_await async_try_create_snapshot(client, stage.place.ids[1], asio::use_awaitable_t<Strand>());
        CHECK(result);
        CHECK(strand.running_in_this_thread());
        co_await async_close(client, asio::use_awaitable_t<Strand>());
    };
    auto second = asio::co_spawn(strand, stranded(), asio::use_future);
    stage.context.restart();
    stage.context.run();
    second.get();
}

TEST_CASE("without a token the operation is deferred, and may outlive the client's handle", "[api][token]") {
    Stage stage;
    auto later = async_try_create_snapshot(stage.client, stage.place.ids[0]);
    auto never = async_try_create_snapshot(stage.client, stage.place.ids[1]);
    stage.context.poll();
    stage.context.restart();
    CHECK(stage.place.simulator.stats().requests == 0);
    Client moved(std::move(stage.client));
    std::optional<Result<SnapshotInfo>> made;
    std::move(later)([&](Result<SnapshotInfo> result) {
        made = std::move(result);
        async_close(moved, asio::detached);
    });
    stage.context.run();
    REQUIRE(made);
    CHECK(*made);
    CHECK(stage.place.simulator.snapshots().size() == 1);
}

TEST_CASE("a deferred reconciliation may outlive the client's handle", "[api][token]") {
    Stage stage;
    auto const long_ago = std::chrono::system_clock::now() - 1h;
    auto moved_from = async_reconcile(stage.client, {{stage.place.ids[0], "name"}, long_ago});
    std::optional<Client> short_lived(std::in_place, stage.context.get_executor(), stage.place.config);
    auto orphan = async_reconcile(*short_lived, {{stage.place.ids[0], "name"}, long_ago});
    Client moved(std::move(stage.client));
    short_lived.reset();
    int called = 0;
    std::move(moved_from)([&](std::exception_ptr error, Reconciliation const& answer) {
        CHECK_FALSE(error);
        CHECK(answer.finding == Reconciliation::Finding::not_created);
        ++called;
    });
    std::move(orphan)([&](std::exception_ptr error, Reconciliation const& answer) {
        CHECK_FALSE(error);
        CHECK(answer.finding == Reconciliation::Finding::unknown);
        CHECK(answer.reason.find("client_closed") != std::string::npos);
        ++called;
    });
    stage.run_until([&] { return called == 2; });
    async_close(moved, asio::detached);
    stage.context.run();
}

TEST_CASE("pages and runs may outlive the client's handle", "[api][token]") {
    Stage stage;
    SandboxPages pages(stage.client);
    BulkRun run(stage.client);
    auto next = async_try_next(pages);
    auto execute = async_execute(run, stage.place.ids);
    Client moved(std::move(stage.client));
    int called = 0;
    std::move(next)([&](Result<std::vector<SandboxInfo>> const& rows) {
        CHECK(rows->size() == stage.place.ids.size());
        ++called;
    });
    std::move(execute)([&](std::exception_ptr error, BulkProgress const& progress) {
        CHECK_FALSE(error);
        CHECK(progress.created == stage.place.ids.size());
        ++called;
    });
    stage.run_until([&] { return called == 2; });

    SandboxPages orphans(moved);
    BulkRun orphan(moved);
    async_close(moved, asio::detached);
    {
        Client const ended(std::move(moved));
    }
    async_try_next(orphans, [&](Result<std::vector<SandboxInfo>> const& rows) {
        CHECK(rows.error() == Errc::client_closed);
        ++called;
    });
    async_execute(orphan, stage.place.ids, [&](std::exception_ptr error, BulkProgress const& progress) {
        CHECK_FALSE(error);
        CHECK(progress.not_sent == stage.place.ids.size());
        ++called;
    });
    stage.run_until([&] { return called == 4; });
}

TEST_CASE("a parallel group", "[api][token]") {
    Stage stage;
    auto& client = stage.client;
    int called = 0;
    asio::experimental::make_parallel_group(async_create_snapshot(client, stage.place.ids[0]),
                                            async_create_snapshot(client, nobody),
                                            async_try_create_snapshot(client, stage.place.ids[1]))
        .async_wait(asio::experimental::wait_for_all(),
                    [&](auto const& /*order*/, std::exception_ptr first, SnapshotInfo const& info,
                        std::exception_ptr second, SnapshotInfo const&, Result<SnapshotInfo> const& third) {
                        CHECK_FALSE(first);
                        CHECK_FALSE(info.snapshot_id.empty());
                        CHECK(second);
                        CHECK(third);
                        ++called;
                    });
    stage.run_until([&] { return called == 1; });
    stage.finish();
}

TEST_CASE("the first of a parallel group cancels the others", "[api][token]") {
    Stage stage(Stage::frozen());
    int called = 0;
    asio::experimental::make_parallel_group(async_try_create_snapshot(stage.client, stage.place.ids[0]),
                                            async_try_get_sandbox(stage.client, stage.place.ids[0]))
        .async_wait(
            asio::experimental::wait_for_one(),
            [&](auto const& order, Result<SnapshotInfo> const& snapshot, Result<SandboxInfo> const& sandbox) {
                CHECK(order[0] == 1);
                CHECK(snapshot.error() == Errc::cancelled);
                CHECK(sandbox);
                ++called;
            });
    stage.run_until([&] { return called == 1; });
    async_close(stage.client, 0s, asio::detached);
    stage.context.run();
}

TEST_CASE("the handler runs on its associated executor, the client's without one", "[api][token]") {
    Stage stage;
    auto const strand = asio::make_strand(stage.context);
    asio::thread_pool pool(1);
    std::thread::id const here = std::this_thread::get_id();
    std::atomic<int> called = 0;
    async_try_create_snapshot(stage.client, stage.place.ids[0],
                              asio::bind_executor(strand, [&](Result<SnapshotInfo> const& result) {
                                  CHECK(result);
                                  CHECK(strand.running_in_this_thread());
                                  ++called;
                              }));
    std::atomic<bool> is_elsewhere = false;
    async_try_create_snapshot(stage.client, stage.place.ids[1],
                              asio::bind_executor(pool, [&](Result<SnapshotInfo> const&) {
                                  is_elsewhere = std::this_thread::get_id() != here;
                                  ++called;
                              }));
    async_try_create_snapshot(stage.client, "..", [&](Result<SnapshotInfo> const&) {
        CHECK(std::this_thread::get_id() == here);
        ++called;
    });
    stage.run_until([&] { return called == 3; });
    CHECK(is_elsewhere);
    stage.finish();
    pool.join();
}

TEST_CASE("the handler lives in its associated allocator's memory, until it is called", "[api][token]") {
    Stage stage;
    std::ptrdiff_t bytes = 0;
    int times = 0;
    int called = 0;
    auto const handler = [&](Result<SnapshotInfo> const&) {
        CHECK(bytes == 0);
        ++called;
    };
    Counting<std::byte> const allocator(bytes, times);
    async_try_create_snapshot(stage.client, stage.place.ids[0], asio::bind_allocator(allocator, handler));
    CHECK(bytes > 0);
    async_try_create_snapshot(
        stage.client, "..", asio::bind_allocator(allocator, [&](Result<SnapshotInfo> const&) { ++called; }));
    CHECK(times == 2);
    {
        // One that is never started takes nothing.
        auto const never = async_try_create_snapshot(stage.client, stage.place.ids[0]);
        CHECK(times == 2);
    }
    stage.run_until([&] { return called == 2; });
    CHECK(bytes == 0);
    stage.finish();
}

TEST_CASE("the associated cancellation slot stops a call", "[api][token]") {
    Stage stage(Stage::frozen());
    asio::cancellation_signal signal;
    std::optional<Result<SnapshotInfo>> ended;
    async_try_create_snapshot(stage.client, stage.place.ids[0],
                              asio::bind_cancellation_slot(signal.slot(), [&](Result<SnapshotInfo> result) {
                                  ended = std::move(result);
                              }));
    stage.run_until([&] { return stage.place.simulator.in_flight() == 1; });
    signal.emit(asio::cancellation_type::total); // it is committed
    stage.context.poll();
    CHECK_FALSE(ended);
    signal.emit(asio::cancellation_type::partial);
    stage.run_until([&] { return ended.has_value(); });
    CHECK(ended->error() == Errc::cancelled);
    CHECK(ended->error().outcome == Outcome::unknown);
    CHECK_FALSE(signal.slot().has_handler());

    // A run takes `total` for `drain`. The first sandbox is still busy.
    std::vector<std::string> const others(stage.place.ids.begin() + 1, stage.place.ids.end());
    BulkOptions options;
    options.max_in_flight = 2;
    BulkRun run(stage.client, options);
    std::optional<BulkProgress> counts;
    async_execute(
        run, others,
        asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error, BulkProgress progress) {
            CHECK_FALSE(error);
            counts = progress;
        }));
    stage.run_until([&] { return stage.place.simulator.in_flight() == 3; });
    signal.emit(asio::cancellation_type::total);
    stage.run_until([&] {
        stage.place.simulator.advance(1s);
        return counts.has_value();
    });
    CHECK(counts->created == 2);
    CHECK(counts->not_sent == others.size() - 2);
    async_close(stage.client, 0s, asio::detached);
    stage.context.run();
}

#if BOOST_VERSION >= 108200
TEST_CASE("what is refused at once is dispatched to the immediate executor", "[api][token]") {
    Stage stage;
    int called = 0;
    auto const count = [&](Result<SnapshotInfo> const& result) {
        CHECK(result.error() == Errc::invalid_argument);
        ++called;
    };
    async_try_create_snapshot(stage.client, "..", count);
    CHECK(called == 0);
    async_try_create_snapshot(stage.client, "..",
                              asio::bind_immediate_executor(asio::system_executor(), count));
    CHECK(called == 1);
    async_create_sandbox(stage.client, "",
                         asio::bind_immediate_executor(asio::system_executor(),
                                                       [&](std::exception_ptr error, SandboxInfo const&) {
                                                           CHECK(error);
                                                           ++called;
                                                       }));
    CHECK(called <= 2);
    stage.finish();
    CHECK(called == 3);
}
#endif

#if BOOST_VERSION >= 108600
TEST_CASE("cancel_after", "[api][token]") {
    Stage stage(Stage::frozen());
    std::optional<Result<SnapshotInfo>> ended;
    async_try_create_snapshot(
        stage.client, stage.place.ids[0],
        asio::cancel_after(50ms, [&](Result<SnapshotInfo> result) { ended = std::move(result); }));
    stage.run_until([&] { return ended.has_value(); });
    CHECK(ended->error() == Errc::cancelled);
    async_close(stage.client, 0s, asio::detached);
    stage.context.run();
}
#endif

TEST_CASE("a handler whose context ends first is let go", "[api][token]") {
    auto const held = std::make_shared<int>(0);
    Place const place(Stage::frozen());
    std::optional<Client> client;
    {
        asio::io_context context;
        client.emplace(context.get_executor(), place.config);
        async_create_snapshot(*client, place.ids[0], [held](std::exception_ptr, SnapshotInfo const&) {});
        async_create_sandbox(*client, "name", [held](std::exception_ptr, SandboxInfo const&) {});
        async_close(*client, 1h, [held](boost::system::error_code) {});
        while (place.simulator.in_flight() == 0)
            context.run_one_for(10ms);
        CHECK(held.use_count() > 1);
    }
    CHECK(held.use_count() == 1);
}
