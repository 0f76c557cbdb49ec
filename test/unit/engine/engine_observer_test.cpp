// What an observer is notified, and what it may do meanwhile.
#include "rig.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace e2b;
using namespace e2b::test;
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

struct Notes final : ClientObserver {
    void on_attempt(AttemptReport const& report) override {
        attempts.push_back(report);
        traces.emplace_back(report.trace_id);
        sandboxes.emplace_back(report.sandbox_id);
        if (on_attempt_too)
            std::exchange(on_attempt_too, nullptr)();
    }
    void on_call(CallReport const& report) override {
        calls.push_back(report);
        sandboxes.emplace_back(report.sandbox_id);
        if (on_call_too)
            std::exchange(on_call_too, nullptr)();
    }
    void on_connect_failed(Errc error, boost::system::error_code const&, std::string_view) override {
        connect_failures.push_back(error);
        if (on_connect_failed_too)
            std::exchange(on_connect_failed_too, nullptr)();
    }

    std::vector<AttemptReport> attempts;
    std::vector<std::string> traces; // of the attempts
    std::vector<CallReport> calls;
    std::vector<Errc> connect_failures;
    std::vector<std::string> sandboxes;
    // What else it does, once.
    std::function<void()> on_attempt_too;
    std::function<void()> on_call_too;
    std::function<void()> on_connect_failed_too;
};

struct Observed {
    explicit Observed(ClientConfig config = mock_config())
        : notes(std::make_shared<Notes>()),
          rig((config.observer = notes, std::move(config))) {}
    std::shared_ptr<Notes> notes;
    Rig rig;
};

} // namespace

TEST_CASE("an observer is notified of every attempt and every call", "[engine]") {
    Observed observed;
    auto& [notes, rig] = observed;
    rig.call("i1");
    rig.poll();
    rig.advance(1s);
    rig.step([&rig] { rig.network.get(Stage::dialing).succeed_dial(); });
    rig.advance(2s);
    rig.step([&rig] { rig.network.get(Stage::exchanging).commit(); });
    rig.step([&rig] {
        rig.network.get(Stage::exchanging)
            .receive(api_error(503, "Retry-After: 4\r\nX-E2B-Trace-ID: 0af7\r\n"));
    });
    rig.play_along(api_error(404));
    rig.advance(6s);

    REQUIRE(notes->attempts.size() == 2);
    auto const& first = notes->attempts[0];
    CHECK(first.attempt == 1);
    CHECK_FALSE(first.connection_reused);
    CHECK(first.outcome == Outcome::rejected);
    CHECK(first.error == Errc::busy);
    CHECK(first.phase == Phase::complete);
    CHECK(first.http_status == 503);
    CHECK(first.timings.total == 2s);
    CHECK(notes->traces == std::vector<std::string>{"0af7", ""});
    CHECK(first.will_retry);
    auto const& second = notes->attempts[1];
    CHECK(second.attempt == 2);
    CHECK(second.connection_reused);
    CHECK(second.error == Errc::not_found);
    CHECK_FALSE(second.will_retry);
    REQUIRE(notes->calls.size() == 1);
    CHECK(notes->calls[0].attempts == 2);
    CHECK(notes->calls[0].outcome == Outcome::rejected);
    CHECK(notes->calls[0].pool_wait == 1s);
    CHECK(notes->calls[0].total >= 7s);
    CHECK(notes->calls[0].total <= 8s);
    CHECK(notes->sandboxes == std::vector<std::string>(3, "i1"));
}

TEST_CASE("reports say how long each step took, and join attempts to calls", "[engine]") {
    Observed observed;
    auto& [notes, rig] = observed;
    rig.call("i1");
    rig.call("i2");
    rig.poll();
    auto& connection = rig.network.get(Stage::dialing);
    rig.advance(1s);
    rig.step([&] { connection.succeed_dial(); });
    rig.advance(2s);
    rig.step([&] { connection.commit(); });
    rig.advance(3s);
    auto const response = created();
    rig.step([&] { connection.receive(response.substr(0, 20)); });
    rig.advance(4s);
    rig.step([&] { connection.receive(response.substr(20)); });
    REQUIRE(notes->attempts.size() == 1);
    auto const& first = notes->attempts[0];
    CHECK(first.call_id == 1);
    CHECK(first.request.operation == "create_snapshot");
    CHECK(first.request.method == "POST");
    CHECK(first.request.path_template == "/sandboxes/{sandboxID}/snapshots");
    CHECK(first.retry_reason == Errc());
    CHECK(first.error == Errc());
    CHECK(first.timings.pool_wait == 1s);
    CHECK(first.timings.write == 2s);
    CHECK(first.timings.first_byte == 3s);
    CHECK(first.timings.body == 4s);
    CHECK(first.timings.total == 9s);
    CHECK(first.bytes_received == response.size());
    CHECK(first.bytes_sent > 100);
    REQUIRE(notes->calls.size() == 1);
    CHECK(notes->calls[0].call_id == 1);
    CHECK(notes->calls[0].total == 10s);

    rig.play_along(api_error(503));
    rig.advance(1s);
    rig.play_along();
    rig.advance(30s);
    CHECK(notes->calls.back().call_id == 2);
    CHECK(notes->attempts.back().call_id == 2);
    CHECK(notes->attempts.back().retry_reason == Errc::busy);
}

TEST_CASE("the step in which an attempt ended has the time that passed in it", "[engine]") {
    enum class Comes { nothing, commit, interim, head };
    auto const comes = GENERATE(Comes::nothing, Comes::commit, Comes::interim, Comes::head);
    bool const timed_out = GENERATE(false, true); // or reset
    Observed observed;
    auto& [notes, rig] = observed;
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    CallOptions options;
    options.retry = RetryPolicy();
    options.retry->max_attempts = 1;
    rig.call("i1", options);
    rig.poll();
    auto& connection = rig.network.get(Stage::exchanging);
    rig.advance(1s);
    if (comes >= Comes::commit)
        rig.step([&] { connection.commit(); });
    rig.advance(2s);
    if (comes == Comes::interim)
        rig.step([&] { connection.receive("HTTP/1.1 100 Continue\r\n\r\n"); });
    if (comes == Comes::head)
        rig.step([&] { connection.receive(created().substr(0, 20)); });
    rig.advance(3s);
    if (timed_out)
        rig.advance(4s);
    else
        rig.step([&] { connection.reset(); });
    REQUIRE(notes->attempts.size() == 1);
    auto const& timings = notes->attempts[0].timings;
    auto const total = timed_out ? 10s : 6s;
    CHECK(timings.total == total);
    CHECK(timings.write == (comes >= Comes::commit ? 1s : total));
    CHECK(timings.first_byte == (comes > Comes::commit ? 2s : total - timings.write));
    CHECK(timings.write + timings.first_byte + timings.body == total);
}

TEST_CASE("a response that comes before the request is whole ends the step of writing", "[engine]") {
    Observed observed;
    auto& [notes, rig] = observed;
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    rig.call("i1");
    rig.poll();
    auto& connection = rig.network.get(Stage::exchanging);
    rig.advance(1s);
    auto const response = api_error(404);
    rig.step([&] { connection.receive(response.substr(0, 20)); });
    rig.advance(2s);
    if (GENERATE(false, true))
        rig.step([&] { connection.commit(); });
    rig.advance(3s);
    rig.step([&] { connection.receive(response.substr(20)); });
    REQUIRE(notes->attempts.size() == 1);
    CHECK(notes->attempts[0].timings.write == 1s);
    CHECK(notes->attempts[0].timings.first_byte == 0s);
    CHECK(notes->attempts[0].timings.body == 5s);
}

TEST_CASE("the wait for a connection counts, also where none was had", "[engine]") {
    auto config = mock_config();
    config.max_connections = 1;
    config.max_waiters = 1;
    config.timeout = 20s;
    config.attempt_timeout = 20s;
    Observed observed(config);
    auto& [notes, rig] = observed;
    auto const& first = rig.call("i1");
    rig.poll();
    SECTION("while it is dialed") {
        rig.advance(2s);
        SECTION("and the caller cancels") {
            rig.calls[0].signal.emit(Cancel::terminal);
            rig.poll();
        }
        SECTION("and the client is closed") {
            rig.close(0s);
            rig.poll();
        }
        SECTION("and the client drains") {
            rig.close();
            rig.poll();
        }
        SECTION("and the dial fails for good") {
            rig.step(
                [&] { rig.network.get(Stage::dialing).fail_dial(Errc::tls_verify, Phase::handshake, true); });
        }
        REQUIRE(first.done());
        REQUIRE(notes->calls.size() == 1);
        CHECK(notes->calls[0].outcome == Outcome::not_sent);
        CHECK(notes->calls[0].pool_wait == 2s);
    }
    SECTION("until the deadline") {
        rig.advance(20s);
        REQUIRE(notes->calls.size() == 1);
        CHECK(notes->calls[0].pool_wait == 20s);
    }
    SECTION("for the next attempt, too") {
        rig.advance(2s);
        rig.step([&] { rig.network.get(Stage::dialing).succeed_dial(); });
        rig.step([&] { rig.network.get(Stage::exchanging).commit(); });
        rig.step(
            [&] { rig.network.get(Stage::exchanging).receive(api_error(429, "Connection: close\r\n")); });
        rig.advance(18s); // at most 1 s of them until the next attempt
        REQUIRE(notes->calls.size() == 1);
        CHECK(notes->calls[0].attempts == 1);
        CHECK(notes->calls[0].pool_wait >= 19s);
        CHECK(notes->calls[0].pool_wait <= 20s);
    }
    SECTION("but not that of a call that may not wait") {
        rig.call("i2");
        rig.call("i3");
        rig.poll();
        rig.advance(1s);
        REQUIRE(notes->calls.size() == 1);
        CHECK(notes->calls[0].outcome == Outcome::not_sent);
        CHECK(notes->calls[0].pool_wait == 0s);
    }
}

TEST_CASE("a call that the end of its client keeps from another attempt is not said to have one",
          "[engine]") {
    Observed observed;
    auto& [notes, rig] = observed;
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    rig.network.on_exchange = [](MockConnection& connection) { connection.commit(); };
    rig.call("i1");
    rig.poll();
    rig.close();
    rig.poll();
    rig.step([&] { rig.network.get(Stage::exchanging).receive(api_error(503)); });
    REQUIRE(notes->attempts.size() == 1);
    CHECK_FALSE(notes->attempts[0].will_retry);
    CHECK(describe(*rig.calls[0].result) == "rejected busy");
}

TEST_CASE("a list, a lookup and a deletion succeed, and create nothing", "[engine]") {
    Observed observed;
    auto& [notes, rig] = observed;
    rig.play_along(response(200, "[]"));
    asio::co_spawn(*rig.context, rig.client->list_snapshots(), asio::detached);
    asio::co_spawn(*rig.context, rig.client->try_delete_snapshot("team/name"), asio::detached);
    rig.poll();
    REQUIRE(notes->calls.size() == 2);
    for (auto const& call : notes->calls) {
        CHECK(call.outcome == Outcome::succeeded);
        CHECK(call.failure == nullptr);
    }
    CHECK(notes->calls[0].request.operation == "list_snapshots");
    CHECK(notes->calls[1].request.method == "DELETE");
    CHECK(rig.stats().succeeded == 2);
    CHECK(rig.stats().created == 0);
}

TEST_CASE("an observer adds headers to each attempt", "[engine]") {
    struct Tracer final : ClientObserver {
        void on_attempt_start(AttemptStart const& start, AttemptHeaders& headers) override {
            CHECK(start.request.operation == "create_snapshot");
            CHECK(start.sandbox_id == "i1");
            auto const span = std::to_string(start.call_id) + "-" + std::to_string(start.attempt);
            CHECK(headers.add("traceparent", "00-trace-" + span + "-01"));
            CHECK_FALSE(headers.add("Host", "elsewhere"));
            CHECK_FALSE(headers.add("a b", "c"));
            CHECK_FALSE(headers.add("X-Bad", "line\r\nX-Smuggled: 1"));
            CHECK_FALSE(headers.add("X-Long", std::string(16 * 1024, 'x')));
        }
    };
    auto config = mock_config();
    config.observer = std::make_shared<Tracer>();
    Rig rig(config);
    std::vector<std::string> requests;
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    rig.network.on_exchange = [&](MockConnection& connection) {
        requests.push_back(connection.request_buffer());
        connection.commit();
        connection.receive(requests.size() == 1 ? api_error(503) : created());
    };
    rig.call("i1");
    rig.poll();
    rig.advance(30s);
    REQUIRE(requests.size() == 2);
    for (std::size_t i = 0; i != 2; ++i) {
        auto const field = "\r\ntraceparent: 00-trace-1-" + std::to_string(i + 1) + "-01\r\n\r\n{}";
        CHECK(requests[i].ends_with(field));
        CHECK(requests[i].find("elsewhere") == std::string::npos);
        CHECK(requests[i].find("Smuggled") == std::string::npos);
    }
    CHECK(describe(*rig.calls[0].result) == "created");
}

TEST_CASE("an attempt's header replaces those of the call and of the configuration", "[engine]") {
    struct Tracer final : ClientObserver {
        void on_attempt_start(AttemptStart const&, AttemptHeaders& headers) override {
            CHECK(headers.add("traceparent", "00-first"));
            CHECK(headers.add("Traceparent", "00-of-the-attempt"));
        }
    };
    auto config = mock_config();
    config.observer = std::make_shared<Tracer>();
    config.headers = {{"TRACEPARENT", "00-of-the-config"}, {"X-Kept", "1"}};
    Rig rig(config);
    CallOptions options;
    if (GENERATE(false, true))
        options.headers = {{"traceParent", "00-of-the-call"}};
    std::string request;
    rig.network.on_exchange = [&](MockConnection& connection) {
        request = connection.request_buffer();
        connection.commit();
        connection.receive(created());
    };
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    rig.call("i1", options);
    rig.poll();
    CHECK(request.ends_with("\r\nTraceparent: 00-of-the-attempt\r\n\r\n{}"));
    CHECK(request.find("\r\nX-Kept: 1\r\n") != std::string::npos);
    CHECK(request.find(": 00-of-the-") == request.rfind(": 00-of-the-"));
    CHECK(request.find("00-first") == std::string::npos);
}

namespace {

struct Line {
    LogLevel level;
    std::string text; // component, message, and the fields
};

// What a client logs that meets a busy platform, a failed dial, a success and a lost response.
std::vector<Line> log_of(std::optional<LogLevel> level) {
    std::vector<Line> lines;
    auto config = mock_config();
    config.log = [&](LogRecord const& record) {
        std::string text = std::string(record.component) + ": " + std::string(record.message);
        for (auto const& field : record.fields)
            text += " " + std::string(field.key) + "=" + std::string(field.value);
        lines.push_back({record.level, std::move(text)});
        throw std::runtime_error("dropped");
    };
    if (level)
        config.log_level = *level;
    Rig rig(config);
    rig.call("i1\n");
    rig.call("i1");
    rig.poll();
    rig.step([&] { rig.network.get(Stage::dialing).fail_dial(Errc::connect_failed); });
    rig.play_along();
    rig.network.on_exchange = [busy = true](MockConnection& connection) mutable {
        connection.commit();
        connection.receive(std::exchange(busy, false) ? api_error(503) : created());
    };
    rig.advance(30s);
    rig.network.on_exchange = [](MockConnection& connection) {
        connection.commit();
        connection.reset();
    };
    rig.call("i2");
    rig.poll();
    return lines;
}

std::size_t count(std::vector<Line> const& lines, std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        lines, [&](Line const& line) { return line.text.find(text) != std::string::npos; }));
}

} // namespace

TEST_CASE("a log hook is given messages of its level and above", "[engine]") {
    auto const all = log_of(LogLevel::debug);
    std::string text;
    for (auto const& line : all)
        text += line.text + '\n';
    CAPTURE(text);
    CHECK(count(all, "connection: a connection could not be opened error=connect_failed phase=connect") == 1);
    CHECK(count(all, "connection: a connection was opened") >= 1);
    CHECK(count(all, "attempt: an attempt failed, and another follows call_id=1 operation=create_snapshot "
                     "subject=i1 attempt=1 outcome=rejected error=busy phase=complete http_status=503") == 1);
    CHECK(
        count(all, "call: a call succeeded call_id=1 operation=create_snapshot subject=i1 outcome=created") ==
        1);
    CHECK(count(all, "call: a call failed call_id=2 operation=create_snapshot subject=i2 outcome=unknown") ==
          1);

    auto const by_default = log_of(std::nullopt);
    CHECK(count(by_default, "succeeded") == 0);
    CHECK(count(by_default, "another follows") >= 1);
    auto const warnings = log_of(LogLevel::warning);
    CHECK(warnings.size() == 2);
    for (auto const& line : warnings)
        CHECK(line.level == LogLevel::warning);
}

TEST_CASE("the use of a dead connection is reported under the number of the attempt that it was for",
          "[engine]") {
    Observed observed;
    auto& [notes, rig] = observed;
    rig.play_along();
    rig.call("i1");
    rig.poll();
    rig.step([&rig] { rig.network.get(Stage::idle).die_unnoticed(); });
    rig.call("i2");
    rig.poll();
    REQUIRE(notes->attempts.size() == 3);
    CHECK(notes->attempts[1].error == Errc::stale);
    CHECK(notes->attempts[1].outcome == Outcome::not_sent);
    CHECK(notes->attempts[1].attempt == 1);
    CHECK(notes->attempts[1].will_retry);
    CHECK(notes->attempts[2].attempt == 1);
    CHECK(notes->attempts[2].outcome == Outcome::created);
}

TEST_CASE("an observer is notified why connections cannot be opened", "[engine]") {
    Observed observed;
    auto& [notes, rig] = observed;
    auto& call = rig.call("i1");
    rig.poll();
    rig.step([&rig] { rig.network.get(Stage::dialing).fail_dial(Errc::connect_failed); });
    CHECK(notes->connect_failures == std::vector<Errc>{Errc::connect_failed});
    CHECK_FALSE(call.done());
    rig.play_along();
    rig.advance(1s);
    CHECK(call.done());
}

namespace {

enum class When { attempt, call, connect_failed };

// Two calls on one connection; meanwhile the observer does something.
void run_with(Observed& observed, When when, std::function<void()> what) {
    auto& [notes, rig] = observed;
    switch (when) {
    case When::attempt:
        notes->on_attempt_too = std::move(what);
        break;
    case When::call:
        notes->on_call_too = std::move(what);
        break;
    case When::connect_failed:
        notes->on_connect_failed_too = std::move(what);
        break;
    }
    rig.call("i1");
    rig.call("i2");
    rig.poll();
    rig.step([&rig] { rig.network.get(Stage::dialing).fail_dial(Errc::connect_failed); });
    rig.play_along();
    rig.advance(1s);
}

ClientConfig one_connection() {
    auto config = mock_config();
    config.max_connections = 1;
    return config;
}

} // namespace

TEST_CASE("an observer may start a call from wherever it is notified", "[engine]") {
    auto const when = GENERATE(When::attempt, When::call, When::connect_failed);
    Observed observed(one_connection());
    auto& rig = observed.rig;
    run_with(observed, when, [&] { rig.call("i3"); });
    REQUIRE(rig.calls.size() == 3);
    for (auto const& call : rig.calls) {
        REQUIRE(call.completions == 1);
        CHECK(describe(*call.result) == "created");
    }
    CHECK(rig.network.seen("i3").committed == 1);
    rig.expect_rest();
}

TEST_CASE("an observer may close the client from wherever it is notified", "[engine]") {
    auto const when = GENERATE(When::attempt, When::call, When::connect_failed);
    Observed observed(one_connection());
    auto& rig = observed.rig;
    unsigned const* closed = nullptr;
    run_with(observed, when, [&] { closed = &rig.close(0s); });
    CHECK(*closed == 1);
    auto const first = when == When::connect_failed ? "not_sent client_closed" : "created";
    CHECK(describe(*rig.calls[0].result) == first);
    for (auto const& call : rig.calls)
        CHECK(call.completions == 1);
    rig.expect_rest();
}

TEST_CASE("an observer may destroy the client from wherever it is notified", "[engine]") {
    auto const when = GENERATE(When::attempt, When::call, When::connect_failed);
    Observed observed(one_connection());
    auto& rig = observed.rig;
    run_with(observed, when, [&] { rig.drop_client(); });
    auto const first = when == When::connect_failed ? "not_sent client_closed" : "created";
    CHECK(describe(*rig.calls[0].result) == first);
    for (auto const& call : rig.calls)
        CHECK(call.completions == 1);
    CHECK(rig.network.open() == 0);
}

TEST_CASE("an observer that starts calls while connections are handed out disturbs nobody", "[engine]") {
    Observed observed(one_connection());
    auto& [notes, rig] = observed;
    rig.play_along();
    // Each call's first report starts another one, twenty deep.
    unsigned started = 1;
    std::function<void()> again = [&] {
        if (started == 20)
            return;
        rig.call("i" + std::to_string(++started));
        notes->on_attempt_too = again;
    };
    notes->on_attempt_too = again;
    rig.call("i1");
    rig.poll();
    CHECK(rig.calls.size() == 20);
    for (auto const& call : rig.calls)
        CHECK(describe(*call.result) == "created");
    CHECK(rig.network.committed() == 20);
    rig.expect_rest();
}
