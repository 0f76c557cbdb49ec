#include "unit/engine/rig.hpp"

#include <e2b/pages.hpp>

#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace e2b;
using namespace e2b::test;
namespace asio = boost::asio;

namespace {

std::string page_of(std::string_view id, std::string_view next_token) {
    auto const body = R"([{"snapshotID":")" + std::string(id) + R"(","names":[]}])";
    return response(200, body, next_token.empty() ? "" : "X-Next-Token: " + std::string(next_token) + "\r\n");
}

// What stands between "GET " and " HTTP" in the request.
std::string target_of(MockConnection& connection) {
    auto const& request = connection.request_buffer();
    return request.substr(4, request.find(" HTTP") - 4);
}

// A client whose platform gives these answers in turn and notes what it was asked for.
class Platform {
public:
    explicit Platform(std::vector<std::string> answers)
        : rig(without_retries()),
          answers_(std::move(answers)) {
        rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
        rig.network.on_exchange = [this](MockConnection& connection) {
            targets.push_back(target_of(connection));
            REQUIRE(targets.size() <= answers_.size());
            connection.commit();
            connection.receive(answers_[targets.size() - 1]);
        };
    }

    void run(asio::awaitable<void> work) {
        bool ended = false;
        asio::co_spawn(*rig.context, std::move(work), [&ended](std::exception_ptr thrown) {
            ended = true;
            if (thrown)
                std::rethrow_exception(thrown);
        });
        rig.poll();
        REQUIRE(ended);
    }

    Rig rig;
    std::vector<std::string> targets;

private:
    static ClientConfig without_retries() {
        auto config = mock_config();
        config.retry.max_attempts = 1;
        return config;
    }

    std::vector<std::string> answers_;
};

asio::awaitable<void> read_all(SnapshotPages& pages, std::vector<std::string>& ids) {
    while (pages.has_next())
        for (auto const& snapshot : co_await pages.next())
            ids.push_back(snapshot.snapshot_id);
}

asio::awaitable<void> read_one(SnapshotPages& pages, Result<std::vector<SnapshotInfo>>& rows) {
    rows = co_await pages.try_next();
}

} // namespace

TEST_CASE("pages follow one another to the last, each with the whole query", "[client]") {
    Platform platform({page_of("a", "t1"), response(200, "[]", "X-Next-Token: t2\r\n"), page_of("b", "")});
    SnapshotQuery query;
    query.name = "mine";
    query.limit = 1;
    SnapshotPages pages(*platform.rig.client, query);
    CHECK(pages.has_next());
    std::vector<std::string> ids;
    platform.run(read_all(pages, ids));
    CHECK(ids == std::vector<std::string>{"a", "b"});
    CHECK(platform.targets == std::vector<std::string>{"/snapshots?name=mine&limit=1",
                                                       "/snapshots?name=mine&limit=1&nextToken=t1",
                                                       "/snapshots?name=mine&limit=1&nextToken=t2"});
}

TEST_CASE("after the last page there is nothing, and nothing is asked", "[client]") {
    Platform platform({page_of("a", "")});
    SnapshotPages pages(*platform.rig.client);
    Result<std::vector<SnapshotInfo>> rows;
    platform.run(read_one(pages, rows));
    CHECK(rows->size() == 1);
    CHECK_FALSE(pages.has_next());
    platform.run(read_one(pages, rows));
    CHECK(rows->empty());
    CHECK(rows.attempts() == 0);
    CHECK(platform.targets.size() == 1);
}

TEST_CASE("a page that could not be had can be asked for again", "[client]") {
    Platform platform({page_of("a", "t1"), api_error(500), page_of("b", ""), api_error(401)});
    SnapshotPages pages(*platform.rig.client);
    Result<std::vector<SnapshotInfo>> rows;
    platform.run(read_one(pages, rows));
    platform.run(read_one(pages, rows));
    REQUIRE_FALSE(rows);
    CHECK(rows.error().error == Errc::server_error);
    CHECK(pages.has_next());
    platform.run(read_one(pages, rows));
    CHECK(rows->at(0).snapshot_id == "b");
    CHECK(platform.targets[1] == platform.targets[2]);

    SnapshotPages refused(*platform.rig.client);
    std::vector<std::string> ids;
    CHECK_THROWS_AS(platform.run(read_all(refused, ids)), SnapshotError);
}

TEST_CASE("a page that follows itself is a failure, not a list without end", "[client]") {
    Platform platform({page_of("a", "t1"), page_of("b", "t1")});
    SnapshotPages pages(*platform.rig.client);
    Result<std::vector<SnapshotInfo>> rows;
    platform.run(read_one(pages, rows));
    platform.run(read_one(pages, rows));
    REQUIRE_FALSE(rows);
    CHECK(rows.error().error == Errc::malformed);
    CHECK(rows.error().http_status == 200);
}

TEST_CASE("a list can be begun in its middle", "[client]") {
    Platform platform({page_of("b", "")});
    SnapshotQuery query;
    query.next_token = "kept";
    SnapshotPages pages(*platform.rig.client, query);
    std::vector<std::string> ids;
    platform.run(read_all(pages, ids));
    CHECK(platform.targets.at(0).ends_with("&nextToken=kept"));
}
