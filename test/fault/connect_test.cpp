// The connection cannot be opened.
#include "fault/caller.hpp"

#include <boost/system/errc.hpp>

#include <algorithm>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

// While it lives the process gets no new descriptor.
class OutOfDescriptors {
public:
    OutOfDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        int const lowest_free = ::fcntl(STDERR_FILENO, F_DUPFD, 0);
        ::close(lowest_free);
        auto none = before_;
        none.rlim_cur = static_cast<rlim_t>(lowest_free);
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    OutOfDescriptors(OutOfDescriptors const&) = delete;
    OutOfDescriptors& operator=(OutOfDescriptors const&) = delete;
    ~OutOfDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

ClientConfig config_for(BlackHole const& hole) {
    ClientConfig config;
    config.base_url = "https://127.0.0.1:" + std::to_string(hole.port());
    config.api_key = api_key;
    config.tls.ca_pem = authority().certificate;
    return config;
}

bool all_are(std::vector<Caller::ConnectFailure> const& failures, Errc error) {
    return !failures.empty() &&
           std::ranges::all_of(failures, [&](auto const& each) { return each.error == error; });
}

} // namespace

TEST_CASE("a refused connection is tried again until the deadline", "[fault][connect]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), serve_well_over_tls);
    RefusingPort const refusing;
    Caller caller(config_for(server), Caller::Clock::manual, to_loopback({refusing.port()}));
    auto const& result = caller.call();
    CHECK(describe(result) == "not_sent connect_failed connect");
    CHECK(result.attempts() == 0);
    CHECK(result.failure().cause == boost::system::errc::connection_refused);
    CHECK(caller.connect_failures().size() > 1);
    CHECK(all_are(caller.connect_failures(), Errc::connect_failed));
}

TEST_CASE("a refused connection goes on to the next address at once", "[fault][connect]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), serve_well_over_tls);
    RefusingPort const refusing;
    Caller caller(config_for(server), Caller::Clock::manual,
                  to_loopback({refusing.port(), refusing.port(), server.port()}));
    CHECK(describe(caller.call()) == "created");
    CHECK(caller.stats().dials == 1);
    CHECK(caller.connect_failures().empty());
}

// The client may have noticed that it was connected or not; either way nothing was sent.
TEST_CASE("a connection that is reset as soon as it is accepted is opened again", "[fault][connect]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), [](Peer& peer) {
        if (peer.number() != 0)
            return serve_well_over_tls(peer);
        peer.end(Ending::rst);
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "created");
    CHECK(result.attempts() == 1);
    CHECK(caller.connect_failures().size() == 1);
    CHECK(server.connections() == 2);
    CHECK(server.posts() == 1);
}

TEST_CASE("an outage of the server ends as soon as it is back", "[fault][connect]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), serve_well_over_tls);
    RefusingPort const refusing;
    auto const calls = std::make_shared<std::atomic<int>>(0);
    Caller caller(config_for(server), Caller::Clock::manual,
                  [=, &refusing](std::string const& name, std::uint16_t port) {
                      return (*calls)++ == 0 ? to_loopback({refusing.port()})(name, port)
                                             : to_loopback()(name, port);
                  });
    auto const& result = caller.call();
    CHECK(describe(result) == "created");
    CHECK(result.attempts() == 1);
    CHECK(server.posts() == 1);
}

TEST_CASE("a black hole is given up after the connect timeout", "[fault][connect]") {
    NoDescriptorLeak const no_leak;
    BlackHole const hole;
    Caller caller(config_for(hole), Caller::Clock::manual);
    auto& call = caller.start();
    REQUIRE(caller.stats().dialing == 1);
    caller.advance(9s);
    CHECK(caller.connect_failures().empty());
    caller.advance(1s);
    CHECK(caller.connect_failures().size() == 1);
    CHECK(all_are(caller.connect_failures(), Errc::connect_timeout));
    caller.advance(290s);
    REQUIRE(call.result);
    CHECK(describe(*call.result) == "not_sent connect_timeout connect");
}

TEST_CASE("a black hole costs a quarter of a second where there is another address", "[fault][connect]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), serve_well_over_tls);
    BlackHole const hole;
    Caller caller(config_for(server), Caller::Clock::manual, to_loopback({hole.port(), server.port()}));
    auto& call = caller.start();
    // The look-up has a thread of its own; after it, the next address has its time.
    caller.run_until([&] { return caller.next_due() == 250ms; });
    caller.advance(250ms - 1ns);
    CHECK(caller.next_due() == 1ns);
    caller.advance(1ns);
    // Nothing turns the clock while a connection is being opened.
    CHECK(describe(caller.finish(call)) == "created");
    CHECK(caller.stats().dials == 1);
    CHECK(caller.connect_failures().empty());
}

TEST_CASE("a cancelled call leaves no connection attempt behind", "[fault][connect]") {
    NoDescriptorLeak const no_leak;
    BlackHole const hole;
    Caller caller(config_for(hole), Caller::Clock::manual);
    auto& call = caller.start();
    REQUIRE(caller.stats().dialing == 1);
    caller.cancel(call);
    REQUIRE(call.result);
    CHECK(describe(*call.result) == "not_sent cancelled pool_wait");
}

// UndefinedBehaviorSanitizer reads an object's type through a pipe, and takes a process that cannot have one
// for a bad object: without descriptors its verdicts mean nothing. The sanitized builds leave this case out;
// the others have it.
#ifndef E2B_TEST_UBSAN
TEST_CASE("out of descriptors: the call waits, and says why if that lasts", "[fault][connect]") {
    NoDescriptorLeak const no_leak;
    ServerTls tls(issue_for(authority(), "IP:127.0.0.1"));
    ByteServer const server(tls, serve_well_over_tls);
    auto config = config_for(server, "127.0.0.1");
    config.max_requests_per_connection = 1;
    Caller caller(std::move(config), Caller::Clock::manual);
    REQUIRE(describe(caller.call()) == "created"); // the io_context has its own descriptors now
    SECTION("for good") {
        OutOfDescriptors const none;
        auto const& result = caller.call();
        CHECK(describe(result) == "not_sent resource connect");
        CHECK(result.failure().cause == boost::system::errc::too_many_files_open);
        CHECK(result.attempts() == 0);
    }
    SECTION("for a while") {
        Caller::Call* call = nullptr;
        {
            OutOfDescriptors const none;
            call = &caller.start();
            caller.run_until([&] { return !caller.connect_failures().empty(); });
        }
        CHECK(all_are(caller.connect_failures(), Errc::resource));
        CHECK(describe(caller.finish(*call)) == "created");
        CHECK(server.posts() == 2);
    }
}
#endif
