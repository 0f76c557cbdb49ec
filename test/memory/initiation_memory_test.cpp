// Where memory fails while an operation is initiated, its handler is called once.
#include "support/catch.hpp"
#include "support/failing_memory.hpp"

#include <e2b/async.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <memory_resource>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

// A client of which nothing answers, outside of whose context the operations are initiated.
struct Place {
    Place() {
        ClientConfig config;
        config.base_url = "http://127.0.0.1:1";
        config.api_key = "e2b_0123456789abcdef0123456789abcdef01234567";
        client.emplace(context.get_executor(), std::move(config));
        options.timeout = 1ms;
    }

    asio::io_context context;
    std::optional<Client> client;
    SnapshotRequest snapshot{"i0123456789abcdefghij"};
    SandboxRequest sandbox{"a-template-with-a-long-name"};
    CallOptions options;
    unsigned called = 0;
};

enum class MayThrow : bool { no, yes };

// Initiates it with the nth allocation failing, for every n.
void for_each_allocation(std::function<void(Place&)> const& initiate, MayThrow may_throw = MayThrow::no) {
    for (unsigned nth = 1;; ++nth) {
        INFO("allocation " << nth);
        Place place;
        bool failed = false;
        bool has_thrown = false;
        {
            FailingMemory const memory(nth);
            try {
                initiate(place);
            } catch (std::bad_alloc const&) {
                has_thrown = true;
            }
            failed = memory.failed();
        }
        place.context.run_for(5s);
        CHECK_FALSE((has_thrown && may_throw == MayThrow::no));
        CHECK(place.called == (has_thrown ? 0 : 1));
        if (!failed) {
            CHECK(nth > 3);
            break;
        }
    }
}

} // namespace

TEST_CASE("a snapshot for which memory fails ends once", "[memory]") {
    for_each_allocation([](Place& place) {
        async_try_create_snapshot(*place.client, std::move(place.snapshot), place.options,
                                  [&place](Result<SnapshotInfo> const& result) {
                                      CHECK_FALSE(result);
                                      CHECK(result.outcome() == Outcome::not_sent);
                                      ++place.called;
                                  });
    });
}

TEST_CASE("a sandbox for which memory fails ends once", "[memory]") {
    for_each_allocation([](Place& place) {
        async_try_create_sandbox(*place.client, std::move(place.sandbox), place.options,
                                 [&place](Result<SandboxInfo> const& result) {
                                     CHECK(result.outcome() == Outcome::not_sent);
                                     ++place.called;
                                 });
    });
}

TEST_CASE("a close for which memory fails ends once", "[memory]") {
    for_each_allocation([](Place& place) {
        async_close(*place.client, 0s, [&place](boost::system::error_code) { ++place.called; });
    });
}

// Its coroutine is started by Asio, which may have no memory for that after it has taken the handler.
TEST_CASE("a run for which memory fails ends once, or does not begin", "[memory]") {
    for_each_allocation(
        [](Place& place) {
            auto const run = std::make_shared<BulkRun>(*place.client);
            async_execute(*run, std::vector<std::string>(),
                          [&place, run](std::exception_ptr const&, BulkProgress) { ++place.called; });
        },
        MayThrow::yes);
}

namespace {

// As in Asio's example of custom allocation: the handler holds what its memory is in.
struct Session {
    std::pmr::monotonic_buffer_resource memory{4'096};
};

struct Held {
    using allocator_type = std::pmr::polymorphic_allocator<std::byte>;

    [[nodiscard]] allocator_type get_allocator() const noexcept { return &session->memory; }
    void operator()(Result<SnapshotInfo> const&) const {}

    std::shared_ptr<Session> session;
};

} // namespace

TEST_CASE("a handler that is let go may hold its own memory", "[memory]") {
    Place place;
    auto session = std::make_shared<Session>();
    std::weak_ptr<Session> const watched = session;
    async_try_create_snapshot(*place.client, "i0123456789abcdefghij", Held{std::move(session)});
    CHECK_FALSE(watched.expired());
    place.client.reset();
    place.context.run_for(5s);
    CHECK(watched.expired());
}
