// One request on one connection, in every order of events that matters.
#include "core/exchange.hpp"
#include "support/catch.hpp"
#include "support/print.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

using namespace e2b;
using namespace e2b::core;

namespace {

constexpr TimePoint now{std::chrono::hours(1)};

std::string response(unsigned status, std::string const& body, std::string const& fields = {}) {
    return "HTTP/1.1 " + std::to_string(status) + " Text\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// How far the request was written.
enum class Written : unsigned char { nothing, part, all };

// What the peer has said, and what a reader makes of it.
struct Said {
    char const* what;
    std::string bytes;
    Phase phase;            // where the exchange is, once it is committed
    unsigned status = 0;    // known
    bool complete = false;  // a whole response
    bool refused = false;   // bytes that are no response
    bool keeps = false;     // a response after which the connection can be kept
    bool until_end = false; // complete once the stream ends
};

std::vector<Said> const& all_said() {
    static std::vector<Said> const all = {
        {"nothing", "", Phase::first_byte},
        {"an interim response", "HTTP/1.1 100 Continue\r\n\r\n", Phase::interim},
        {"a part of the head", "HTTP/1.1 201 Cre", Phase::head, 201},
        {"a part of a body", response(201, "{}xx").substr(0, response(201, "{}xx").size() - 2), Phase::body,
         201},
        {"a whole response", response(201, "{}"), Phase::complete, 201, true, false, true},
        {"a whole refusal", response(404, "{}"), Phase::complete, 404, true, false, true},
        {"a response and more", response(201, "{}") + "HTTP", Phase::complete, 201, true},
        {"a response that closes", response(201, "{}", "Connection: close\r\n"), Phase::complete, 201, true},
        {"a 408", response(408, ""), Phase::complete, 408, true},
        {"a body until the end", "HTTP/1.1 201 Created\r\n\r\n{}", Phase::body, 201, false, false, false,
         true},
        {"no response", "SSH-2.0", Phase::head, 0, false, true},
    };
    return all;
}

constexpr std::array stream_ends = {StreamEnd::none,           StreamEnd::clean,        StreamEnd::unclean,
                                    StreamEnd::reset,          StreamEnd::timed_out,    StreamEnd::tls_failed,
                                    StreamEnd::client_refused, StreamEnd::out_of_memory};

Errc error_of(StreamEnd end, bool any_byte) {
    switch (end) {
    case StreamEnd::clean:
    case StreamEnd::unclean:
        return any_byte ? Errc::truncated : Errc::closed_before_response;
    case StreamEnd::reset:
        return Errc::reset;
    case StreamEnd::timed_out:
        return Errc::timeout;
    case StreamEnd::tls_failed:
        return Errc::tls;
    case StreamEnd::client_refused:
        return Errc::tls_client_auth;
    case StreamEnd::out_of_memory:
        return Errc::out_of_memory;
    case StreamEnd::none:
        break;
    }
    return {};
}

void begin(Exchange& exchange, bool reused, Written written, Said const& said, bool by_byte) {
    exchange.begin(reused);
    if (written == Written::part)
        exchange.committed(now);
    if (written == Written::all)
        exchange.written(now);
    if (!by_byte && !said.bytes.empty())
        exchange.received(said.bytes);
    for (std::size_t i = 0; by_byte && i != said.bytes.size(); ++i)
        exchange.received(std::string_view(said.bytes).substr(i, 1));
}

// What is the same, however it ends.
void check_facts(ExchangeEnd const& end, bool reused, Written written, Said const& said, bool ended_whole) {
    CHECK(end.facts.reused == reused);
    CHECK(end.facts.committed == (written != Written::nothing));
    CHECK(end.committed_at == (written != Written::nothing ? now : TimePoint()));
    CHECK(end.facts.http_status == said.status);
    bool const complete = said.complete || ended_whole;
    CHECK(end.facts.response_complete == complete);
    bool const nothing_came = written == Written::nothing && said.bytes.empty();
    CHECK(end.facts.phase == (nothing_came ? Phase::write : complete ? Phase::complete : said.phase));
}

} // namespace

TEST_CASE("exchange: whatever was written and read, its end says what is known", "[exchange]") {
    Exchange exchange; // one serves a connection for its whole life
    for (bool const reused : {false, true})
        for (auto const written : {Written::nothing, Written::part, Written::all})
            for (auto const& said : all_said())
                for (auto const stream : stream_ends)
                    for (bool const by_byte : {false, true}) {
                        INFO(said.what << ", " << stream << ", written " << static_cast<int>(written));
                        begin(exchange, reused, written, said, by_byte);
                        auto const end = exchange.read(stream, boost::asio::error::eof, "a detail");
                        bool const ends = said.complete || said.refused || stream != StreamEnd::none;
                        REQUIRE(end.has_value() == ends);
                        if (!ends) {
                            CHECK(exchange.wants_more());
                            continue;
                        }
                        bool const at_end = stream == StreamEnd::clean || stream == StreamEnd::unclean;
                        bool const ended_whole = said.until_end && at_end;
                        check_facts(*end, reused, written, said, ended_whole);
                        CHECK((end->response != nullptr) == (said.complete || ended_whole));
                        CHECK(end->reusable ==
                              (said.keeps && stream == StreamEnd::none && written == Written::all));
                        CHECK(end->facts.response_ended_unsafely ==
                              (ended_whole && stream == StreamEnd::unclean));
                        auto const expected = end->response != nullptr ? Errc()
                                              : said.refused           ? Errc::protocol
                                                             : error_of(stream, !said.bytes.empty());
                        CHECK(end->facts.error == expected);
                        CHECK(end->cause == (end->response != nullptr || said.refused
                                                 ? boost::system::error_code()
                                                 : boost::asio::error::eof));
                    }
}

TEST_CASE("exchange: whoever gives it up is notified what is known so far", "[exchange]") {
    Exchange exchange;
    for (bool const reused : {false, true})
        for (auto const written : {Written::nothing, Written::part, Written::all})
            for (auto const& said : all_said())
                for (auto const why : {Errc::cancelled, Errc::deadline, Errc::timeout, Errc::client_closed}) {
                    if (said.complete || said.refused)
                        continue; // it has ended
                    INFO(said.what << ", " << why);
                    begin(exchange, reused, written, said, false);
                    auto const end = exchange.given_up(why);
                    check_facts(end, reused, written, said, false);
                    CHECK(end.facts.error == why);
                    CHECK(end.response == nullptr);
                    CHECK_FALSE(end.reusable);
                    CHECK(exchange.is_committed() == (written != Written::nothing));
                }
}

TEST_CASE("exchange: what was said before a failed write counts", "[exchange]") {
    Exchange exchange;
    for (bool const reused : {false, true})
        for (auto const written : {Written::nothing, Written::part})
            for (auto const& said : all_said()) {
                INFO(said.what);
                begin(exchange, reused, written, said, false);
                auto const end = exchange.write_failed(boost::asio::error::broken_pipe, "a detail");
                check_facts(end, reused, written, said, false);
                CHECK((end.response != nullptr) == said.complete);
                CHECK_FALSE(end.reusable);
                CHECK(end.facts.error == (said.complete  ? Errc()
                                          : said.refused ? Errc::protocol
                                                         : Errc::reset));
            }
}

TEST_CASE("exchange: it is committed once, and what is written is", "[exchange]") {
    Exchange exchange;
    exchange.begin(false);
    CHECK_FALSE(exchange.is_committed());
    exchange.committed(now);
    CHECK(exchange.is_committed());
    CHECK_FALSE(exchange.is_written());
    exchange.written(now + std::chrono::seconds(1));
    CHECK(exchange.is_written());
    CHECK(exchange.given_up(Errc::cancelled).committed_at == now);
    exchange.begin(true);
    CHECK_FALSE(exchange.is_committed());
    CHECK_FALSE(exchange.is_written());
}

TEST_CASE("exchange: bytes after the response, however they come, spoil the connection", "[exchange]") {
    Exchange exchange;
    exchange.begin(false);
    exchange.written(now);
    exchange.received(response(201, "{}"));
    CHECK(exchange.has_response());
    exchange.received("H");
    auto const end = exchange.read(StreamEnd::none, {}, {});
    REQUIRE(end);
    CHECK(end->response != nullptr);
    CHECK_FALSE(end->reusable);
}
