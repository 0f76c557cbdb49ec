// The calls in stackful coroutines.
#include "api/place.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/spawn.hpp>

using namespace e2b;
using namespace e2b::test;

TEST_CASE("stackful coroutines", "[api][token]") {
    Place const place;
    asio::io_context context;
    Client client(context.get_executor(), place.config);
    int done = 0;
    auto const work = [&](asio::yield_context yield) {
        CHECK(async_try_create_snapshot(client, {place.ids[0], "name"}, yield)->names.size() == 1);
        CHECK(async_try_create_snapshot(client, "i0123456789abcdefghij", yield).error() == Errc::not_found);
        CHECK(async_try_get_sandbox(client, place.ids[0], yield).value().state == "running");
        BulkRun run(client);
        auto const [error, progress] = async_execute(run, place.ids, asio::as_tuple(yield));
        CHECK_FALSE(error);
        CHECK(progress.created == place.ids.size());
        auto const [failure, info] =
            async_create_snapshot(client, "i0123456789abcdefghij", asio::as_tuple(yield));
        CHECK_THROWS_AS(std::rethrow_exception(failure), SnapshotError);
#if BOOST_VERSION >= 108400 // older ones crash on the exception of a success
        CHECK(async_create_snapshot(client, {place.ids[0], "name"}, yield).names.size() == 1);
        CHECK_THROWS_AS(async_create_snapshot(client, "i0123456789abcdefghij", yield), SnapshotError);
#endif
        async_close(client, yield);
    };
    asio::spawn(context, work, [&](std::exception_ptr error) {
        CHECK_FALSE(error);
        ++done;
    });
    context.run();
    CHECK(done == 1);
}
