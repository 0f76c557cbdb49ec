// The host's name cannot be looked up.
#include "fault/caller.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

// A look-up that does not return before it is notified to.
class HangingLookup {
public:
    HangingLookup() = default;
    HangingLookup(HangingLookup const&) = delete;
    HangingLookup& operator=(HangingLookup const&) = delete;
    ~HangingLookup() { release(); }

    [[nodiscard]] net::Resolver::Lookup lookup() const {
        return [state = state_](std::string const& name, std::uint16_t port) {
            std::unique_lock lock(state->mutex);
            ++state->begun;
            state->changed.notify_all();
            state->changed.wait(lock, [&] { return state->released; });
            return to_loopback()(name, port);
        };
    }

    void wait_until_begun() const {
        std::unique_lock lock(state_->mutex);
        state_->changed.wait(lock, [&] { return state_->begun != 0; });
    }

    void release() {
        std::lock_guard const lock(state_->mutex);
        state_->released = true;
        state_->changed.notify_all();
    }

private:
    struct State {
        std::mutex mutex;
        std::condition_variable changed;
        unsigned begun = 0;
        bool released = false;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

net::Resolved failed(Errc error) {
    net::Resolved resolved;
    resolved.error = error;
    resolved.cause = boost::asio::error::host_not_found;
    return resolved;
}

ClientConfig config() {
    ClientConfig made;
    made.base_url = "https://api.example.test:1";
    made.api_key = api_key;
    made.tls.ca_pem = authority().certificate;
    return made;
}

} // namespace

TEST_CASE("a host that does not exist fails the call at once", "[fault][dns]") {
    NoDescriptorLeak const no_leak;
    Caller caller(config(), Caller::Clock::manual,
                  [](std::string const&, std::uint16_t) { return failed(Errc::dns_not_found); });
    auto const& result = caller.call();
    CHECK(describe(result) == "not_sent dns_not_found dns");
    CHECK(result.attempts() == 0);
    CHECK(result.error().cause == boost::asio::error::host_not_found);
    CHECK(caller.stats().dials == 1);
}

TEST_CASE("a look-up that fails for a while is tried again", "[fault][dns]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), serve_well_over_tls);
    auto const failures = std::make_shared<std::atomic<int>>(2);
    Caller caller(config_for(server), Caller::Clock::manual,
                  [failures](std::string const& name, std::uint16_t port) {
                      return (*failures)-- > 0 ? failed(Errc::dns_temporary) : to_loopback()(name, port);
                  });
    auto const& result = caller.call();
    CHECK(describe(result) == "created");
    CHECK(result.attempts() == 1);
    CHECK(caller.connect_failures().size() == 2);
    CHECK(server.posts() == 1);
}

TEST_CASE("a look-up that keeps failing is the call's reason at its deadline", "[fault][dns]") {
    NoDescriptorLeak const no_leak;
    Caller caller(config(), Caller::Clock::manual,
                  [](std::string const&, std::uint16_t) { return failed(Errc::dns_temporary); });
    CHECK(describe(caller.call()) == "not_sent dns_temporary dns");
    CHECK(caller.stats().dials > 1);
}

TEST_CASE("a look-up that hangs is given up after the connect timeout", "[fault][dns]") {
    NoDescriptorLeak const no_leak;
    HangingLookup const hanging;
    Caller caller(config(), Caller::Clock::manual, hanging.lookup());
    auto& call = caller.start();
    hanging.wait_until_begun();
    caller.poll();
    REQUIRE(caller.stats().dialing == 1);
    caller.advance(10s);
    CHECK(caller.stats().dialing == 0);
    REQUIRE(caller.connect_failures().size() == 1);
    CHECK(caller.connect_failures()[0].error == Errc::dns_temporary);
    CHECK(caller.failed_dial_times() == "resolve_ms=10000.000000 ");
    caller.advance(290s);
    REQUIRE(call.result);
    CHECK(describe(*call.result) == "not_sent dns_temporary dns");
}

// None of these waits for anything: `poll` runs only what is ready, while the look-up still hangs.
TEST_CASE("a look-up that hangs holds nothing up", "[fault][dns]") {
    NoDescriptorLeak const no_leak;
    HangingLookup const hanging;
    Caller caller(config(), Caller::Clock::manual, hanging.lookup());
    auto& call = caller.start();
    hanging.wait_until_begun();
    caller.poll();
    REQUIRE_FALSE(call.result);

    SECTION("a cancellation") {
        caller.cancel(call);
        REQUIRE(call.result);
        CHECK(describe(*call.result) == "not_sent cancelled pool_wait");
    }
    SECTION("the deadline of another call") {
        CallOptions options;
        options.timeout = 1s;
        auto& hurried = caller.start(options);
        caller.advance(1s);
        REQUIRE(hurried.result);
        CHECK(describe(*hurried.result) == "not_sent deadline pool_wait");
        CHECK_FALSE(call.result);
    }
    SECTION("the client's end") {
        caller.abort();
        REQUIRE(call.result);
        CHECK(describe(*call.result) == "not_sent client_closed pool_wait");
    }
    SECTION("the context's end") {
        caller.drop_context();
        CHECK_FALSE(call.result);
    }
}

TEST_CASE("with 100 calls behind a look-up that hangs, the client's end is delivered to each once",
          "[fault][dns]") {
    NoDescriptorLeak const no_leak;
    HangingLookup const hanging;
    auto made = config();
    made.max_connections = 40; // the other calls wait for one of these
    Caller caller(std::move(made), Caller::Clock::manual, hanging.lookup());
    std::vector<Caller::Call const*> calls;
    for (int i = 0; i != 100; ++i)
        calls.push_back(&caller.start());
    hanging.wait_until_begun();
    caller.poll();
    CHECK(caller.stats().dialing == 40);
    CHECK(caller.stats().waiting == 100);

    caller.abort();
    for (auto const* call : calls) {
        REQUIRE(call->completions == 1);
        REQUIRE(describe(*call->result) == "not_sent client_closed pool_wait");
    }
    CHECK(caller.stats().in_flight == 0);
    CHECK(caller.stats().not_sent == 100);
}

TEST_CASE("the response of a look-up that was given up is not used", "[fault][dns]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), serve_well_over_tls);
    HangingLookup hanging;
    {
        Caller caller(config_for(server), Caller::Clock::manual, hanging.lookup());
        caller.start();
        hanging.wait_until_begun();
        caller.abort();
        hanging.release();
        caller.poll();
    }
    CHECK(server.connections() == 0);
}

TEST_CASE("the response of a look-up serves for half a minute, and its use does not prolong that",
          "[fault][dns]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), serve_well_over_tls);
    auto const lookups = std::make_shared<std::atomic<int>>(0);
    auto config = config_for(server);
    config.max_requests_per_connection = 1; // each call opens a connection
    Caller caller(std::move(config), Caller::Clock::manual,
                  [lookups](std::string const& name, std::uint16_t port) {
                      ++*lookups;
                      return to_loopback()(name, port);
                  });
    CHECK(describe(caller.call()) == "created");
    caller.advance(20s);
    CHECK(describe(caller.call()) == "created");
    CHECK(*lookups == 1);
    caller.advance(10s);
    CHECK(describe(caller.call()) == "created");
    CHECK(*lookups == 2);
    CHECK(server.connections() == 3);
}

TEST_CASE("an address needs no look-up", "[fault][dns]") {
    NoDescriptorLeak const no_leak;
    ServerTls tls(issue_for(authority(), "IP:127.0.0.1"));
    ByteServer const server(tls, serve_well_over_tls);
    Caller caller(config_for(server, "127.0.0.1"), Caller::Clock::real,
                  [](std::string const&, std::uint16_t) { return failed(Errc::dns_not_found); });
    CHECK(describe(caller.call()) == "created");
}

// A resolver may send `localhost` and the names below it anywhere.
TEST_CASE("in the clear the key goes to addresses of this machine only", "[fault][dns]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(std::nullopt, serve_well);
    auto const* const name = GENERATE("localhost", "api.localhost");
    bool const also_here = GENERATE(false, true);
    auto made = plain_config_for(server);
    made.base_url = std::string("http://") + name + ":" + std::to_string(server.port());
    Caller caller(std::move(made), Caller::Clock::manual, [&](std::string const&, std::uint16_t port) {
        net::Resolved resolved;
        for (auto const* address : {"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"})
            resolved.endpoints.emplace_back(boost::asio::ip::make_address(address), port);
        if (also_here)
            resolved.endpoints.emplace_back(boost::asio::ip::address_v4::loopback(), port);
        return resolved;
    });
    auto const& result = caller.call();
    CHECK(describe(result) == (also_here ? "created" : "not_sent connect_failed connect"));
    CHECK(caller.stats().dials == 1);
    if (!also_here)
        CHECK(result.error().detail.find("not this machine") != std::string::npos);
}
