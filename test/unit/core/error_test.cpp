#include "support/catch.hpp"

#include <e2b/error.hpp>

#include <map>
#include <set>
#include <string>
#include <utility>

using namespace e2b;

namespace {

#define E2B_NAMED(name) std::pair(Errc::name, #name)

auto const errc_names = {
    E2B_NAMED(invalid_argument),
    E2B_NAMED(cancelled),
    E2B_NAMED(deadline),
    E2B_NAMED(client_closed),
    E2B_NAMED(pool_overflow),
    E2B_NAMED(dns_not_found),
    E2B_NAMED(dns_temporary),
    E2B_NAMED(connect_failed),
    E2B_NAMED(connect_timeout),
    E2B_NAMED(resource),
    E2B_NAMED(proxy_auth),
    E2B_NAMED(proxy_rejected),
    E2B_NAMED(proxy_protocol),
    E2B_NAMED(tls_handshake),
    E2B_NAMED(tls_verify),
    E2B_NAMED(tls_client_auth),
    E2B_NAMED(stale),
    E2B_NAMED(write_failed),
    E2B_NAMED(write_timeout),
    E2B_NAMED(closed_before_response),
    E2B_NAMED(reset),
    E2B_NAMED(timeout),
    E2B_NAMED(tls),
    E2B_NAMED(protocol),
    E2B_NAMED(truncated),
    E2B_NAMED(malformed),
    E2B_NAMED(out_of_memory),
    E2B_NAMED(unexpected_status),
    E2B_NAMED(redirect_refused),
    E2B_NAMED(bad_request),
    E2B_NAMED(unauthorized),
    E2B_NAMED(forbidden),
    E2B_NAMED(not_found),
    E2B_NAMED(conflict),
    E2B_NAMED(refused),
    E2B_NAMED(rate_limited),
    E2B_NAMED(busy),
    E2B_NAMED(in_use),
    E2B_NAMED(unsupported),
    E2B_NAMED(no_such_endpoint),
    E2B_NAMED(server_error),
};

#undef E2B_NAMED

std::set<Errc> members_of(Condition condition) {
    std::set<Errc> members;
    for (auto const& [value, name] : errc_names) {
        if (make_error_code(value) == condition)
            members.insert(value);
    }
    return members;
}

} // namespace

TEST_CASE("Every error has its enumerator's name and a message of its own") {
    std::set<std::string> messages;
    int last = 0;
    for (auto const& [value, name] : errc_names) {
        CHECK(to_string(value) == name);
        CHECK(static_cast<int>(value) == ++last);
        boost::system::error_code const code = value;
        CHECK(code);
        CHECK(code.category() == error_category());
        CHECK(messages.insert(code.message()).second);
    }
    CHECK(static_cast<int>(Errc::server_error) == last);
    CHECK(messages.count("unknown error") == 0);
    CHECK(std::string(error_category().name()) == "e2b");
}

TEST_CASE("Messages of errors that several calls have suit each of them") {
    auto const not_found = make_error_code(Errc::not_found).message();
    for (auto const* const thing : {"sandbox", "snapshot", "template"})
        CHECK(not_found.find(thing) != std::string::npos);
    // A list's or a template's as well.
    CHECK(make_error_code(Errc::malformed).message().find("snapshot") == std::string::npos);
}

TEST_CASE("Values that are no error") {
    CHECK(to_string(Errc{}) == "none");
    CHECK(error_category().message(0) == "unknown error");
    CHECK(error_category().message(999) == "unknown error");
    CHECK(condition_category().message(999) == "unknown condition");
}

TEST_CASE("Outcomes and phases have their enumerators' names") {
    CHECK(to_string(Outcome::created) == "created");
    CHECK(to_string(Outcome::rejected) == "rejected");
    CHECK(to_string(Outcome::not_sent) == "not_sent");
    CHECK(to_string(Outcome::unknown) == "unknown");

    std::map<Phase, std::string> const phases{
        {Phase::argument, "argument"},
        {Phase::pool_wait, "pool_wait"},
        {Phase::dns, "dns"},
        {Phase::connect, "connect"},
        {Phase::proxy, "proxy"},
        {Phase::handshake, "handshake"},
        {Phase::write, "write"},
        {Phase::first_byte, "first_byte"},
        {Phase::interim, "interim"},
        {Phase::head, "head"},
        {Phase::body, "body"},
        {Phase::complete, "complete"},
        {Phase::retry_wait, "retry_wait"},
    };
    for (auto const& [phase, name] : phases)
        CHECK(to_string(phase) == name);
}

TEST_CASE("Which errors belong to which condition") {
    using enum Errc;
    CHECK(members_of(Condition::transient) ==
          std::set{pool_overflow, dns_temporary, connect_failed, connect_timeout, resource, tls_handshake,
                   stale, write_failed, write_timeout, conflict, rate_limited, busy});
    CHECK(members_of(Condition::client_error) == std::set{bad_request, unauthorized, forbidden, not_found,
                                                          conflict, refused, rate_limited, in_use,
                                                          unsupported, no_such_endpoint});
    CHECK(members_of(Condition::server_error) == std::set{busy, server_error});
    CHECK(members_of(Condition::connect_error) ==
          std::set{dns_not_found, dns_temporary, connect_failed, connect_timeout, resource, proxy_auth,
                   proxy_rejected, proxy_protocol, tls_handshake, tls_verify, tls_client_auth});
}

TEST_CASE("Errors of other categories belong to no condition") {
    auto const other = boost::system::errc::make_error_code(boost::system::errc::connection_refused);
    CHECK_FALSE(other == Condition::connect_error);
    CHECK_FALSE(make_error_code(Errc::connect_failed) == boost::system::errc::connection_refused);
    CHECK(make_error_condition(Condition::connect_error).message() == "the connection could not be opened");
}

TEST_CASE("A failure in one line") {
    Failure failure(Outcome::rejected, Errc::rate_limited, Phase::complete);
    CHECK(failure.to_string() == "rejected: rate_limited in complete (too many requests, attempts 0, 0 ms)");

    failure.attempts = 4;
    failure.http_status = 429;
    failure.elapsed = std::chrono::microseconds(12'999);
    failure.server_code = 429;
    failure.server_error_code = "quota\n";
    failure.trace_id = "0af7\x1b";
    failure.server_message = "slow\ndown \x1b[31m";
    failure.retry_after = std::chrono::seconds(7);
    failure.detail = "the budget\tis used up";
    failure.cause = boost::system::errc::make_error_code(boost::system::errc::connection_reset);
    CHECK(failure.to_string() ==
          "rejected: rate_limited in complete (too many requests, attempts 4, 12 ms, status 429, server code "
          "429, error code quota\\x0a, trace 0af7\\x1b, retry after 7 s); the budget\\x09is used up; the "
          "server says: slow\\x0adown \\x1b[31m; cause: " +
              failure.cause.message());
}

TEST_CASE("A failure that says nothing yet") {
    Failure const failure;
    CHECK(failure.outcome == Outcome::unknown);
    CHECK(failure.error == Errc{});
    CHECK(failure.phase == Phase::argument);
}

TEST_CASE("The exceptions") {
    Failure failure(Outcome::not_sent, Errc::dns_not_found, Phase::dns);
    failure.detail = "api.e2b.example";
    SnapshotError const error(failure);
    CHECK(error.what() == failure.to_string());
    CHECK(error.code() == Errc::dns_not_found);
    CHECK(error.outcome() == Outcome::not_sent);
    CHECK(error.failure().detail == "api.e2b.example");

    ConfigError const config_error("base_url", "is bad");
    CHECK(config_error.field() == "base_url");
    CHECK(std::string(config_error.what()) == "base_url: is bad");
}

TEST_CASE("What a server sent is made safe to print") {
    struct Case {
        std::string text;
        char const* printed;
    };
    auto const c = GENERATE(values<Case>({
        {"", ""},
        {"plain ~", "plain ~"},
        {"back\\slash", "back\\slash"},
        {std::string("a\0b", 3), "a\\x00b"},
        {"\r\n\t\x1b[2J\x7f", "\\x0d\\x0a\\x09\\x1b[2J\\x7f"},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\xc2\x9b"
         "1m\xc2\x80\xc2\x9f\xc2\xa0",
         "\\xc2\\x9b1m\\xc2\\x80\\xc2\\x9f\xc2\xa0"},
        {"\x80 \xff \xc3", "\\x80 \\xff \\xc3"},
        {"\xc3(", "\\xc3("},
        {"\xc0\xaf\xc1\xbf", "\\xc0\\xaf\\xc1\\xbf"},
        {"\xe0\x9f\xbf|\xe0\xa0\x80", "\\xe0\\x9f\\xbf|\xe0\xa0\x80"},
        {"\xed\x9f\xbf|\xed\xa0\x80", "\xed\x9f\xbf|\\xed\\xa0\\x80"},
        {"\xf0\x8f\xbf\xbf|\xf0\x90\x80\x80", "\\xf0\\x8f\\xbf\\xbf|\xf0\x90\x80\x80"},
        {"\xf4\x8f\xbf\xbf|\xf4\x90\x80\x80", "\xf4\x8f\xbf\xbf|\\xf4\\x90\\x80\\x80"},
        {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
        {"\xe2\x82(", "\\xe2\\x82("},
        {"\xf0\x9f\x98", "\\xf0\\x9f\\x98"},
    }));
    CHECK(printable(c.text) == c.printed);
}
