// The dial of a connection: races against a clock set by hand, and every end that the steps after them can
// have.
#include "core/dial.hpp"
#include "support/catch.hpp"
#include "support/print.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

using namespace e2b;
using namespace e2b::core;
using namespace std::chrono_literals;
using Action = Dial::Action;

namespace {

constexpr TimePoint start{std::chrono::hours(1)};

DialPlan plan(bool through_proxy = false, bool encrypted = true, Duration timeout = 10s) {
    return {.through_proxy = through_proxy, .encrypted = encrypted, .timeout = timeout};
}

// An address: how long it takes, and what comes of it.
struct Address {
    Duration after;
    bool connects;
};
constexpr Duration never = 24h;
constexpr std::array addresses = {Address{0s, false},   Address{100ms, false}, Address{0s, true},
                                  Address{100ms, true}, Address{400ms, true},  Address{never, true}};

// A dial as the shell carries it out, up to the end of its race.
struct Race {
    struct Begun {
        std::size_t number;
        TimePoint at;
    };

    Race(std::vector<Address> all, Duration timeout) : dial(plan(false, false, timeout), start) {
        dial.resolved(all.size());
        for (Action action = Action::none; action != Action::finish && action != Action::fail;) {
            action = dial.next(now);
            if (action == Action::connect)
                begun.push_back({dial.next_address(), now});
            if (action == Action::none)
                step(all);
            end = action;
        }
    }

    // The next thing that happens: a connect ends, or the dial wants to be woken.
    void step(std::vector<Address> const& all) {
        auto const ends_at = [&](Begun const& each) { return each.at + all[each.number].after; };
        Begun const* first = nullptr;
        for (auto const& each : begun)
            if (std::ranges::find(ended, each.number) == ended.end() &&
                (first == nullptr || ends_at(each) < ends_at(*first)))
                first = &each;
        REQUIRE(dial.wake_at() > now);
        if (first == nullptr || ends_at(*first) > dial.wake_at()) {
            now = dial.wake_at();
            return;
        }
        now = std::max(now, ends_at(*first));
        ended.push_back(first->number);
        if (all[first->number].connects)
            dial.connected(first->number);
        else
            dial.connect_failed(boost::asio::error::connection_refused, false);
    }

    Dial dial;
    TimePoint now = start;
    std::vector<Begun> begun;
    std::vector<std::size_t> ended;
    Action end = Action::none;
};

void check_race(std::vector<Address> const& all, Duration timeout) {
    Race race(all, timeout);
    auto const& begun = race.begun;
    for (std::size_t i = 0; i != begun.size(); ++i) {
        CHECK(begun[i].number == i);
        if (i != 0)
            CHECK(begun[i].at - begun[i - 1].at <= 250ms);
    }
    // The first to connect of those that were begun, at the time at which it did.
    std::optional<TimePoint> expected;
    for (auto const& each : begun)
        if (all[each.number].connects && each.at + all[each.number].after < start + timeout)
            expected = std::min(expected.value_or(TimePoint::max()), each.at + all[each.number].after);
    if (expected) {
        CHECK(race.end == Action::finish);
        CHECK(race.now == *expected);
        REQUIRE(race.dial.address());
        auto const won = *race.dial.address();
        CHECK(begun[won].at + all[won].after == *expected);
        return;
    }
    CHECK(race.end == Action::fail);
    CHECK(begun.size() == all.size()); // none was left untried
    CHECK(race.now <= start + timeout);
    bool const all_refuse = std::ranges::none_of(all, &Address::connects);
    auto const& failure = race.dial.failure();
    CHECK(failure.reason.error ==
          (all_refuse && race.now < start + timeout ? Errc::connect_failed : Errc::connect_timeout));
    CHECK(failure.reason.phase == Phase::connect);
    CHECK_FALSE(failure.is_final);
}

// A dial that has connected, and whatever comes then.
struct Connected {
    Connected(bool through_proxy, bool encrypted) : dial(plan(through_proxy, encrypted), start) {
        dial.resolved(1);
        REQUIRE(dial.next(start) == Action::connect);
        dial.connected(0);
    }
    [[nodiscard]] DialFailure const& failed() {
        REQUIRE(dial.next(start) == Action::fail);
        REQUIRE(dial.next(start) == Action::none);
        return dial.failure();
    }
    Dial dial;
};

void check(DialFailure const& failure, Errc error, Phase phase, bool is_final) {
    CHECK(failure.reason.error == error);
    CHECK(failure.reason.phase == phase);
    CHECK(failure.is_final == is_final);
}

} // namespace

TEST_CASE("dial: every race of up to four addresses", "[dial]") {
    for (std::size_t size = 1; size <= 4; ++size) {
        std::vector<std::size_t> choice(size);
        for (bool more = true; more;) {
            std::vector<Address> all;
            std::string name;
            for (auto const each : choice) {
                all.push_back(addresses[each]);
                name += std::to_string(each);
            }
            INFO(name);
            check_race(all, 10s);
            check_race(all, 300ms);
            more = false;
            for (auto& each : choice) {
                each = (each + 1) % addresses.size();
                if (each != 0) {
                    more = true;
                    break;
                }
            }
        }
    }
}

TEST_CASE("dial: twenty addresses that are silent before one that connects", "[dial]") {
    auto const timeout = GENERATE(core::Duration(10s), core::Duration(1s), core::Duration(50ms));
    std::vector<Address> all(20, Address{never, true});
    all.push_back({0s, true});
    Race race(all, timeout);
    CHECK(race.end == Action::finish);
    CHECK(race.dial.address() == 20U);
    CHECK(race.now <= start + timeout / 2);
}

TEST_CASE("dial: after the race come the tunnel, if there is a proxy, and the handshake", "[dial]") {
    bool const through_proxy = GENERATE(false, true);
    bool const encrypted = GENERATE(false, true);
    Connected one(through_proxy, encrypted);
    if (through_proxy) {
        CHECK(one.dial.next(start) == Action::open_tunnel);
        CHECK(one.dial.next(start) == Action::none);
        one.dial.tunnel_received("HTTP/1.1 200 OK\r\n");
        CHECK(one.dial.next(start) == Action::none);
        one.dial.tunnel_received("\r\n");
    }
    if (encrypted) {
        CHECK(one.dial.next(start) == Action::secure);
        CHECK(one.dial.next(start) == Action::none);
        one.dial.secured();
    }
    CHECK(one.dial.next(start) == Action::finish);
    CHECK(one.dial.next(start + 1h) == Action::none);
    CHECK(one.dial.address() == 0U);
    CHECK(one.dial.tried() == 1);
}

TEST_CASE("dial: how the name's look-up fails it", "[dial]") {
    Dial dial(plan(), start);
    CHECK(dial.next(start) == Action::none);
    CHECK(dial.wake_at() == start + 10s);
    SECTION("for good") {
        dial.not_resolved(Errc::dns_not_found, boost::asio::error::host_not_found);
        CHECK(dial.next(start) == Action::fail);
        check(dial.failure(), Errc::dns_not_found, Phase::dns, true);
        CHECK(dial.failure().reason.cause == boost::asio::error::host_not_found);
    }
    SECTION("for a while") {
        dial.not_resolved(Errc::dns_temporary, {});
        CHECK(dial.next(start) == Action::fail);
        check(dial.failure(), Errc::dns_temporary, Phase::dns, false);
    }
    SECTION("in time") {
        CHECK(dial.next(start + 10s) == Action::fail);
        check(dial.failure(), Errc::dns_temporary, Phase::dns, false);
    }
    SECTION("no address may be connected to") {
        dial.no_address_allowed("because");
        CHECK(dial.next(start) == Action::fail);
        check(dial.failure(), Errc::connect_failed, Phase::connect, true);
        CHECK(dial.failure().reason.detail == "because");
    }
    CHECK_FALSE(dial.address());
}

TEST_CASE("dial: the last connect's error is the dial's", "[dial]") {
    Dial dial(plan(), start);
    dial.resolved(2);
    CHECK(dial.next(start) == Action::connect);
    dial.connect_failed(boost::asio::error::connection_refused, false);
    CHECK(dial.next(start) == Action::connect);
    bool const short_of_descriptors = GENERATE(false, true);
    dial.connect_failed(boost::asio::error::network_unreachable, short_of_descriptors);
    CHECK(dial.next(start) == Action::fail);
    check(dial.failure(), short_of_descriptors ? Errc::resource : Errc::connect_failed, Phase::connect,
          false);
    CHECK(dial.failure().reason.cause == boost::asio::error::network_unreachable);
}

TEST_CASE("dial: what comes of a connect that has lost changes nothing", "[dial]") {
    Dial dial(plan(), start);
    dial.resolved(3);
    CHECK(dial.next(start) == Action::connect);
    CHECK(dial.next(start + 250ms) == Action::connect);
    dial.connected(1);
    dial.connected(0);
    dial.connect_failed(boost::asio::error::connection_refused, false);
    CHECK(dial.next(start + 250ms) == Action::secure);
    CHECK(dial.address() == 1U);
    CHECK(dial.wake_at() == start + 10s);
}

TEST_CASE("dial: how the proxy fails it", "[dial]") {
    Connected one(true, true);
    REQUIRE(one.dial.next(start) == Action::open_tunnel);
    SECTION("it wants credentials") {
        one.dial.tunnel_received("HTTP/1.1 407 No\r\n\r\n");
        check(one.failed(), Errc::proxy_auth, Phase::proxy, true);
    }
    SECTION("it refuses") {
        one.dial.tunnel_received("HTTP/1.1 403 No\r\n\r\n");
        check(one.failed(), Errc::proxy_rejected, Phase::proxy, true);
    }
    SECTION("it refuses for a while") {
        one.dial.tunnel_received("HTTP/1.1 503 No\r\n\r\n");
        check(one.failed(), Errc::proxy_rejected, Phase::proxy, false);
    }
    SECTION("it is none") {
        one.dial.tunnel_received("SSH-2.0");
        check(one.failed(), Errc::proxy_protocol, Phase::proxy, true);
    }
    SECTION("it goes away") {
        one.dial.tunnel_failed(boost::asio::error::eof, "gone", true);
        check(one.failed(), Errc::proxy_protocol, Phase::proxy, false);
        CHECK(one.dial.failure().reason.detail == "gone");
    }
    SECTION("it takes no request") {
        one.dial.tunnel_failed(boost::asio::error::would_block, {}, false);
        check(one.failed(), Errc::proxy_rejected, Phase::proxy, false);
    }
    SECTION("it is silent") {
        CHECK(one.dial.next(start + 10s) == Action::fail);
        check(one.dial.failure(), Errc::proxy_rejected, Phase::proxy, false);
    }
}

TEST_CASE("dial: how the handshake fails it", "[dial]") {
    Connected one(false, true);
    REQUIRE(one.dial.next(start) == Action::secure);
    SECTION("in time") {
        CHECK(one.dial.next(start + 10s - 1ns) == Action::none);
        CHECK(one.dial.next(start + 10s) == Action::fail);
        check(one.dial.failure(), Errc::tls_handshake, Phase::handshake, false);
        return;
    }
    struct Row {
        HandshakeFailure how;
        Errc error;
        bool is_final;
    };
    auto const row = GENERATE(Row{HandshakeFailure::transient, Errc::tls_handshake, false},
                              Row{HandshakeFailure::refused, Errc::tls_handshake, true},
                              Row{HandshakeFailure::not_trusted, Errc::tls_verify, true},
                              Row{HandshakeFailure::client_refused, Errc::tls_client_auth, true});
    one.dial.handshake_failed(row.how, boost::asio::error::eof, "why");
    check(one.failed(), row.error, Phase::handshake, row.is_final);
    CHECK(one.dial.failure().reason.detail == "why");
}

TEST_CASE("dial: a lack of memory fails it wherever it is, once", "[dial]") {
    Dial dial(plan(true), start);
    auto expected = Phase::dns;
    auto const steps = GENERATE(0, 1, 2, 3);
    if (steps > 0) {
        dial.resolved(1);
        REQUIRE(dial.next(start) == Action::connect);
        expected = Phase::connect;
    }
    if (steps > 1) {
        dial.connected(0);
        REQUIRE(dial.next(start) == Action::open_tunnel);
        expected = Phase::proxy;
    }
    if (steps > 2) {
        dial.tunnel_received("HTTP/1.1 200 OK\r\n\r\n");
        REQUIRE(dial.next(start) == Action::secure);
        expected = Phase::handshake;
    }
    dial.out_of_resources(boost::asio::error::no_memory);
    dial.out_of_resources(boost::asio::error::no_memory);
    CHECK(dial.next(start) == Action::fail);
    check(dial.failure(), Errc::resource, expected, false);
    dial.out_of_resources(boost::asio::error::no_memory);
    CHECK(dial.next(start) == Action::none);
}
