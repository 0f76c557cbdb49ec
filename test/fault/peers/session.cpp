#include "fault/peers/session.hpp"

#include "fault/peers/programs.hpp"
#include "support/catch.hpp"

#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <exception>
#include <set>
#include <stdexcept>

namespace e2b::test {

namespace asio = boost::asio;

SimulatorOptions plain_platform(std::size_t sandboxes) {
    SimulatorOptions options;
    options.plain_http = true;
    options.sandboxes = sandboxes;
    options.slots_per_node = 0;
    return options;
}

ClientConfig config_for(Program const& server, std::string const& api_key) {
    ClientConfig config;
    config.base_url = server.url();
    config.api_key = api_key;
    config.tls.ca_pem = authority().certificate;
    config.max_connections = 4;
    return config;
}

std::vector<Result<SnapshotInfo>> Session::snapshot(std::vector<std::string> const& sandboxes) {
    std::vector<Result<SnapshotInfo>> results(sandboxes.size());
    std::size_t ended = 0;
    for (std::size_t i = 0; i != sandboxes.size(); ++i) {
        SnapshotRequest const request(sandboxes[i]);
        asio::co_spawn(context_, client_.try_create_snapshot(request),
                       [&results, &ended, i](std::exception_ptr thrown, Result<SnapshotInfo> result) {
                           if (thrown)
                               std::rethrow_exception(thrown);
                           results[i] = std::move(result);
                           ++ended;
                       });
    }
    auto const give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    context_.restart();
    while (ended != sandboxes.size()) {
        context_.run_one_until(give_up);
        if (std::chrono::steady_clock::now() > give_up)
            throw std::runtime_error("a call does not end");
    }
    return results;
}

std::string Session::snapshot(std::string const& sandbox) {
    auto const result = snapshot(std::vector{sandbox}).front();
    std::string text(to_string(result.outcome()));
    if (result)
        return text;
    auto const& failure = result.error();
    text.append(" ").append(to_string(failure.error)).append(" ").append(to_string(failure.phase));
    if (failure.http_status != 0)
        text.append(" ").append(std::to_string(failure.http_status));
    return text;
}

void check_all_created(std::vector<Result<SnapshotInfo>> const& results, Simulator const& platform) {
    std::multiset<std::string> reported;
    for (auto const& result : results) {
        INFO((result ? std::string() : result.error().to_string()));
        REQUIRE(result.outcome() == Outcome::created);
        CHECK(result.attempts() == 1);
        reported.insert(result.value().snapshot_id);
    }
    std::multiset<std::string> made;
    for (auto const& record : platform.snapshots())
        made.insert(record.snapshot_id);
    CHECK(reported == made);
    CHECK(platform.requests(SimulatorEndpoint::create_snapshot) == results.size());
}

} // namespace e2b::test
