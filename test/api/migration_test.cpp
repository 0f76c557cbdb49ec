// What the table in src/doc/migration.md shows in the place of the official SDK's calls, compiled and run.
#include "api/place.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace e2b::test;

namespace {

void check(bool holds) {
    CHECK(holds);
}

// clang-format off
e2b::ClientConfig configuration(std::string key, std::string domain) {
    auto config = e2b::ClientConfig::from_environment();
    config.api_key = key;
    config.base_url = "https://api." + domain;
    config.headers = {{"X-Purpose", "nightly"}};
    config.proxy.url = "http://proxy.example.com:3128";
    config.timeout = std::chrono::seconds(60);
    config.retry.max_attempts = 4;
    config.max_connections = 100;
    return config;
}

e2b::CallOptions options_of_a_call() {
    e2b::CallOptions options;
    options.timeout = std::chrono::seconds(60);
    options.headers = {{"X-Purpose", "nightly"}};
    return options;
}

asio::awaitable<void> calls(e2b::Client& client, std::string id, std::string name) {
    auto const options = options_of_a_call();
    auto const made = co_await client.create_snapshot(id);
    auto const named = co_await client.create_snapshot({id, name});
    e2b::SnapshotRequest request(id, name);
    request.memory = e2b::SnapshotKind::filesystem;
    auto const without_memory = co_await client.create_snapshot(request, options);
    check(!made.snapshot_id.empty() && named.names.size() == 1 && without_memory.names.size() == 1);

    e2b::SnapshotQuery query;
    query.sandbox_id = id;
    query.limit = 10;
    e2b::SnapshotPages snapshots(client, query);
    while (snapshots.has_next())
        for (auto const& snapshot : co_await snapshots.next())
            check(!snapshot.snapshot_id.empty());

    e2b::SandboxQuery running;
    running.states = {"running"};
    running.metadata = {{"project", "a"}};
    e2b::SandboxPages sandboxes(client, running);
    auto const rows = co_await sandboxes.next();
    auto const info = co_await client.get_sandbox(id);
    auto const started = co_await client.create_sandbox(named.snapshot_id);
    check(rows.empty() && info.state == "running" && !started.sandbox_id.empty());
    auto const deletion = co_await client.delete_snapshot(made.snapshot_id);
    check(deletion == e2b::Deletion::deleted);
}

asio::awaitable<void> many(e2b::Client& client, std::vector<std::string> ids) {
    std::vector<e2b::SnapshotRequest> requests(ids.begin(), ids.end());
    auto const results = co_await e2b::BulkRun(client).collect(requests);
    check(results.size() == ids.size());
}

asio::awaitable<void> errors(e2b::Client& client, std::string id) {
    try {
        static_cast<void>(co_await client.create_snapshot(id));
    } catch (e2b::SnapshotError const& error) {
        check(error.failure() == e2b::Errc::not_found);
        check(error.failure() != e2b::Errc::busy);
        check(error.failure() != e2b::Errc::rate_limited);
        check(error.failure() != e2b::Errc::unauthorized);
        check(error.failure() != e2b::Errc::deadline);
        check(error.failure().http_status == 404);
    }
}

void cancelled(asio::io_context& context, e2b::Client& client, std::string id, asio::cancellation_signal& signal) {
    auto const ended = [](std::exception_ptr, e2b::Result<e2b::SnapshotInfo> const& result) { check(!result); };
    asio::co_spawn(context, client.try_create_snapshot(id), asio::bind_cancellation_slot(signal.slot(), ended));
    // Once the call has begun: with Boost 1.83, what cancels a coroutine before that is thrown out of run().
    asio::post(context, [&signal] {
        signal.emit(asio::cancellation_type::terminal);
    });
}
// clang-format on

std::vector<std::string> lines_of(std::string const& path) {
    std::ifstream file(path);
    REQUIRE(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
        lines.push_back(line.substr(std::min(line.find_first_not_of(' '), line.size())));
    return lines;
}

} // namespace

TEST_CASE("the calls that replace the official SDK's do the same", "[api][migration]") {
    Place const place;
    run(place, [&](e2b::Client& client) { return calls(client, place.ids[0], "name"); });
    run(place, [&](e2b::Client& client) { return many(client, place.ids); });
    run(place, [](e2b::Client& client) { return errors(client, "i0123456789abcdefghij"); });
    auto const config = configuration("e2b_key", "e2b.app");
    CHECK_NOTHROW(config.validate());
    asio::io_context context;
    e2b::Client client(context.get_executor(), place.config);
    asio::cancellation_signal signal;
    cancelled(context, client, place.ids[0], signal);
    async_close(client, [](boost::system::error_code) {});
    context.run();
}

TEST_CASE("each line of the migration table is one that is compiled here", "[api][migration]") {
    auto const compiled = lines_of(E2B_SOURCE_DIR "/test/api/migration_test.cpp");
    std::size_t shown = 0;
    for (auto const& row : lines_of(E2B_SOURCE_DIR "/src/doc/migration.md")) {
        if (!row.starts_with("| `"))
            continue;
        auto cell = row.substr(row.find(" | ") + 3);
        for (auto begin = cell.find('`'); begin != std::string::npos; begin = cell.find('`')) {
            auto const end = cell.find('`', begin + 1);
            auto const code = cell.substr(begin + 1, end - begin - 1);
            CAPTURE(code);
            CHECK(std::ranges::any_of(
                compiled, [&](std::string const& line) { return line.find(code) != std::string::npos; }));
            ++shown;
            cell.erase(0, end + 1);
        }
    }
    CHECK(shown > 20);
}
