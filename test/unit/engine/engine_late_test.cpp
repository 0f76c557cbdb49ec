// Exchanges that go on although their calls have ended early.
#include "engine/create_snapshot.hpp"
#include "engine/initiate.hpp"
#include "rig.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

// What an observer is reported of a late response, in its own memory.
struct Reported {
    explicit Reported(LateResponse const& response)
        : sandbox_id(response.sandbox_id),
          name(response.name),
          outcome(response.outcome),
          late(response.late) {
        if (response.snapshot != nullptr)
            snapshot = *response.snapshot;
        if (response.sandbox != nullptr)
            sandbox = *response.sandbox;
        if (response.failure != nullptr)
            failure = *response.failure;
    }
    std::string sandbox_id;
    std::string name;
    Outcome outcome;
    std::chrono::nanoseconds late;
    std::optional<SnapshotInfo> snapshot;
    std::optional<SandboxInfo> sandbox;
    std::optional<Failure> failure;
};

struct Notes final : ClientObserver {
    void on_late_response(LateResponse const& response) override { reported.emplace_back(response); }
    std::vector<Reported> reported;
};

// A call that is committed, and one that asks for something else.
struct Committed {
    explicit Committed(ClientConfig config = mock_config(), CallOptions options = CallOptions())
        : rig((config.observer = notes, std::move(config))) {
        rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
        rig.network.on_exchange = [](MockConnection& connection) { connection.commit(); };
        call = &rig.call("i1", std::move(options));
        rig.poll();
        REQUIRE(rig.network.committed() == 1);
    }

    void cancel() {
        call->signal.emit(Cancel::terminal);
        rig.poll();
        REQUIRE(describe(*call->result) == "unknown cancelled");
    }
    MockConnection& connection() { return rig.network.get(Stage::exchanging); }
    void respond(std::string const& response) {
        rig.step([&] { connection().receive(response); });
    }

    std::shared_ptr<Notes> notes = std::make_shared<Notes>();
    Rig rig;
    Call* call = nullptr;
};

} // namespace

TEST_CASE("a late response is reported, and its connection is used again", "[engine][late]") {
    Committed one;
    one.cancel();
    auto stats = one.rig.stats();
    CHECK(stats.in_flight == 0);
    CHECK(stats.late == 1);
    CHECK(stats.leased == 1);
    CHECK(stats.unknown == 1);
    one.rig.advance(20s);
    one.respond(created("late:default"));
    REQUIRE(one.notes->reported.size() == 1);
    auto const& reported = one.notes->reported[0];
    CHECK(reported.sandbox_id == "i1");
    CHECK(reported.name.empty());
    CHECK(reported.outcome == Outcome::created);
    CHECK(reported.snapshot == SnapshotInfo("late:default", {}));
    CHECK_FALSE(reported.failure);
    CHECK(reported.late == 20s);
    stats = one.rig.stats();
    CHECK(stats.late == 0);
    CHECK(stats.late_responses == 1);
    CHECK(stats.late_created == 1);
    CHECK(stats.late_lost == 0);
    CHECK(stats.created == 0); // of calls, which end once
    CHECK(stats.idle == 1);
    one.rig.play_along();
    auto const& next = one.rig.call("i2");
    one.rig.poll();
    CHECK(describe(*next.result) == "created");
    CHECK(one.rig.network.dials() == 1);
}

TEST_CASE("what a late response says is judged as any other", "[engine][late]") {
    struct Row {
        std::string response;
        Outcome outcome;
        Errc error;
        bool kept;
    };
    auto const row =
        GENERATE(Row{api_error(404), Outcome::rejected, Errc::not_found, true},
                 Row{api_error(503, "Retry-After: 1\r\n"), Outcome::rejected, Errc::busy, true},
                 Row{response(502, "<html>"), Outcome::unknown, Errc::server_error, true},
                 Row{response(201, "{}"), Outcome::unknown, Errc::malformed, true},
                 Row{response(201, "{}", "Connection: close\r\n"), Outcome::unknown, Errc::malformed, false},
                 Row{"garbage", Outcome::unknown, Errc::protocol, false});
    Committed one;
    one.cancel();
    one.respond(row.response);
    REQUIRE(one.notes->reported.size() == 1);
    CHECK(one.notes->reported[0].outcome == row.outcome);
    REQUIRE(one.notes->reported[0].failure);
    CHECK(one.notes->reported[0].failure->error == row.error);
    CHECK(one.notes->reported[0].failure->attempts == 1);
    CHECK(one.rig.stats().open == (row.kept ? 1U : 0U));
    CHECK(one.rig.stats().retries == 0);
}

TEST_CASE("the log says what came after a call had ended", "[engine][late]") {
    struct Row {
        std::string response; // after which the connection ends
        LogLevel level;
        std::string line;
    };
    std::string const came = "a response came after its call had ended call_id=1 subject=i1 ";
    std::string const cut = "no whole response came after its call had ended call_id=1 subject=i1 ";
    std::string const none = "no response came after its call had ended call_id=1 subject=i1 ";
    auto const row = GENERATE_COPY(
        Row{created("late:default"), LogLevel::info,
            came + "outcome=created late_ms snapshot_id=late:default"},
        Row{api_error(404, "X-E2B-Trace-ID: 0af7\r\n"), LogLevel::info,
            came + "outcome=rejected late_ms error=not_found phase=complete http_status=404 trace_id=0af7"},
        Row{api_error(500), LogLevel::warning,
            came + "outcome=unknown late_ms error=server_error phase=complete http_status=500"},
        Row{response(201, "{}"), LogLevel::warning,
            came + "outcome=unknown late_ms error=malformed phase=complete http_status=201"},
        Row{created().substr(0, created().size() - 1), LogLevel::warning,
            cut + "outcome=unknown late_ms error=truncated phase=body http_status=201"},
        Row{api_error(404).substr(0, api_error(404).size() - 1), LogLevel::info,
            cut + "outcome=rejected late_ms error=not_found phase=body http_status=404"},
        Row{"garbage", LogLevel::warning, cut + "outcome=unknown late_ms error=protocol phase=head"},
        Row{"HTTP/1.1 201", LogLevel::warning, cut + "outcome=unknown late_ms error=truncated phase=head"},
        Row{"HTTP/1.1 100 Continue\r\n\r\n", LogLevel::warning,
            none + "outcome=unknown late_ms error=truncated phase=interim"},
        Row{"", LogLevel::warning,
            none + "outcome=unknown late_ms error=closed_before_response phase=first_byte"});
    std::vector<std::pair<LogLevel, std::string>> lines;
    auto config = mock_config();
    config.log = [&](LogRecord const& record) {
        if (record.component != "late_response")
            return;
        std::string line(record.message);
        for (auto const& [key, value] : record.fields)
            line += " " + std::string(key) + (key == "late_ms" ? "" : "=" + std::string(value));
        lines.emplace_back(record.level, std::move(line));
    };
    Committed one(config);
    one.cancel();
    one.rig.advance(20s);
    auto& connection = one.connection();
    net::ConnectionPtr const held(&connection); // what it receives may be its end
    one.rig.step([&] {
        if (!row.response.empty())
            connection.receive(row.response);
        if (connection.stage() == Stage::exchanging)
            connection.end();
    });
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].second == row.line);
    CHECK(lines[0].first == row.level);
}

TEST_CASE("a late exchange ends with its connection", "[engine][late]") {
    Committed one;
    one.cancel();
    bool const reset = GENERATE(false, true);
    one.rig.step([&] { reset ? one.connection().reset() : one.connection().end(); });
    REQUIRE(one.notes->reported.size() == 1);
    CHECK(one.notes->reported[0].outcome == Outcome::unknown);
    CHECK(one.notes->reported[0].failure->error == (reset ? Errc::reset : Errc::closed_before_response));
    CHECK(one.rig.stats().late_lost == 1);
    CHECK(one.rig.stats().late_responses == 0);
    CHECK(one.rig.stats().open == 0);
}

TEST_CASE("a late response is waited for as long as the platform may be at work", "[engine][late]") {
    auto config = mock_config();
    config.platform_time_limit = 250s;
    Committed one(config);
    one.rig.advance(5s);
    one.cancel();
    one.rig.advance(245s - 1ns);
    CHECK(one.notes->reported.empty());
    CHECK(one.rig.stats().late == 1);
    one.rig.advance(1ns);
    REQUIRE(one.notes->reported.size() == 1);
    CHECK(one.notes->reported[0].outcome == Outcome::unknown);
    CHECK(one.notes->reported[0].failure->error == Errc::timeout);
    CHECK(one.notes->reported[0].late == 245s);
    CHECK(one.rig.stats().late_lost == 1);
    CHECK(one.rig.stats().open == 0);
}

TEST_CASE("an attempt's time ends the wait of its call, not the exchange", "[engine][late]") {
    CallOptions options;
    options.attempt_timeout = 1s;
    SECTION("and the call with it") {
        Committed one(mock_config(), options);
        one.rig.advance(1s);
        CHECK(describe(*one.call->result) == "unknown timeout");
        CHECK(one.rig.stats().late == 1);
        one.respond(created());
        CHECK(one.notes->reported.at(0).outcome == Outcome::created);
    }
    SECTION("and another attempt begins, where the caller wants that") {
        options.retry = mock_config().retry;
        options.retry->retry_unknown = true;
        Committed one(mock_config(), options);
        auto& first = one.connection();
        one.rig.advance(1s); // the first attempt is over
        CHECK_FALSE(one.call->done());
        CHECK(one.rig.stats().late == 1);
        one.rig.play_along(); // responds to the first, too
        CHECK(first.stage() == Stage::idle);
        one.rig.advance(1s);
        CHECK(describe(*one.call->result) == "created");
        CHECK(one.notes->reported.size() == 1);
        CHECK(one.rig.network.committed() == 2);
    }
}

namespace {

// A committed call that no deadline ends, as those of a bulk run are.
struct Patient {
    explicit Patient(CallOptions options) : rig(mock_config()) {
        rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
        rig.network.on_exchange = [this](MockConnection& connection) {
            if (commits)
                connection.commit();
        };
        auto const run = [this](CallOptions own) -> asio::awaitable<void> {
            engine::CreateSnapshot snapshot("i1", std::move(own), true);
            auto call = engine::initiate(rig.engine.lock(), std::move(snapshot));
            result = co_await std::move(call);
        };
        start = [this, run, options](bool commit) {
            commits = commit;
            asio::co_spawn(*rig.context, run(options),
                           asio::bind_cancellation_slot(signal.slot(), asio::detached));
            rig.poll();
        };
    }

    Rig rig;
    bool commits = true;
    asio::cancellation_signal signal;
    std::function<void(bool)> start;
    std::optional<Result<SnapshotInfo>> result;
};

} // namespace

TEST_CASE("a call that awaits its response ends with it, whatever its deadlines", "[engine][late]") {
    CallOptions options;
    bool const is_total = GENERATE(false, true);
    (is_total ? options.timeout : options.attempt_timeout) = 1s;
    SECTION("once it is committed") {
        Patient one(options);
        one.start(true);
        one.rig.advance(30s);
        CHECK_FALSE(one.result);
        CHECK(one.rig.stats().in_flight == 1);
        CHECK(one.rig.stats().late == 0);
        auto const status = GENERATE(201U, 409U);
        one.rig.step([&] {
            one.rig.network.get(Stage::exchanging).receive(status == 201 ? created() : api_error(status));
        });
        REQUIRE(one.result);
        CHECK(describe(*one.result) == (status == 201 ? "created" : "rejected conflict"));
        CHECK(one.rig.stats().idle == 1);
    }
    SECTION("but not for longer than the platform may be at work") {
        Patient one(options);
        one.start(true);
        one.rig.advance(90s - 1ns);
        CHECK_FALSE(one.result);
        one.rig.advance(1ns);
        REQUIRE(one.result);
        CHECK(describe(*one.result) == (is_total ? "unknown deadline" : "unknown timeout"));
        one.rig.advance(0s);
        CHECK(one.rig.network.open() == 0);
    }
    SECTION("nor where it is cancelled, closed or hangs up") {
        auto const how = GENERATE(0, 1, 2);
        options.hang_up_on_cancel = how == 2;
        Patient one(options);
        one.start(true);
        if (how == 0)
            one.signal.emit(Cancel::terminal);
        if (how == 1)
            one.rig.close(0s);
        one.rig.poll();
        if (how == 2)
            one.rig.advance(1s);
        REQUIRE(one.result);
        CHECK(one.result->outcome() == Outcome::unknown);
        CHECK(one.rig.stats().late == (how == 0 ? 1U : 0U));
    }
    SECTION("nor before it is committed") {
        auto without_retries = mock_config().retry;
        without_retries.max_attempts = 1;
        options.retry = without_retries;
        Patient one(options);
        one.start(false);
        one.rig.advance(1s);
        REQUIRE(one.result);
        CHECK(one.result->outcome() == Outcome::not_sent);
    }
}

TEST_CASE("the client's end hangs up on late exchanges, and says so", "[engine][late]") {
    Committed one;
    one.cancel();
    SECTION("destroyed") {
        one.rig.drop_client();
        one.rig.poll();
    }
    SECTION("closed at once") {
        CHECK(one.rig.close(0s) == 0);
        one.rig.poll();
    }
    SECTION("closed with a grace that is over") {
        auto const& closed = one.rig.close(5s);
        one.rig.poll();
        CHECK(closed == 0);
        one.rig.advance(5s);
        CHECK(closed == 1);
    }
    REQUIRE(one.notes->reported.size() == 1);
    CHECK(one.notes->reported[0].outcome == Outcome::unknown);
    CHECK(one.notes->reported[0].failure->error == Errc::client_closed);
    CHECK(one.rig.network.open() == 0);
}

TEST_CASE("closing waits for late responses", "[engine][late]") {
    Committed one;
    one.cancel();
    auto const& closed = one.rig.close();
    one.rig.poll();
    CHECK(closed == 0);
    CHECK(one.rig.stats().late == 1);
    SECTION("which come") {
        one.rig.advance(30s);
        one.respond(created());
        CHECK(one.notes->reported.at(0).outcome == Outcome::created);
    }
    SECTION("or not") {
        one.rig.advance(90s - 1ns);
        CHECK(closed == 0);
        one.rig.advance(1ns);
        CHECK(one.notes->reported.at(0).outcome == Outcome::unknown);
    }
    CHECK(closed == 1);
    CHECK(one.rig.network.open() == 0);
}

TEST_CASE("closing lets what is committed end, and begins nothing more", "[engine][late]") {
    auto config = mock_config();
    config.max_connections = 1;
    Committed one(config);
    auto const& waits = one.rig.call("i2");
    one.rig.poll();
    auto const& closed = one.rig.close();
    one.rig.poll();
    CHECK(describe(*waits.result) == "not_sent client_closed");
    CHECK_FALSE(one.call->done());
    CHECK(closed == 0);
    SECTION("a success") {
        one.respond(created());
        CHECK(describe(*one.call->result) == "created");
    }
    SECTION("a refusal that would be tried again") {
        one.respond(api_error(429));
        CHECK(describe(*one.call->result) == "rejected rate_limited");
    }
    SECTION("no response") {
        one.rig.advance(10s); // the attempt's time
        CHECK(describe(*one.call->result) == "unknown timeout");
        CHECK(closed == 0); // its response may still come
        one.rig.advance(80s);
        CHECK(one.notes->reported.at(0).outcome == Outcome::unknown);
    }
    SECTION("a cancellation of the call") {
        one.cancel();
        CHECK(closed == 0);
        one.respond(created());
        CHECK(one.notes->reported.at(0).outcome == Outcome::created);
    }
    CHECK(closed == 1);
    CHECK(one.rig.network.dials() == 1);
}

TEST_CASE("with hang_up_on_cancel the connection is closed at once", "[engine][late]") {
    CallOptions options;
    options.hang_up_on_cancel = true;
    Committed one(mock_config(), options);
    one.cancel();
    CHECK(one.rig.network.open() == 0);
    CHECK(one.rig.stats().late == 0);
    one.rig.advance(100s);
    CHECK(one.notes->reported.empty());
}

TEST_CASE("requests that only read are hung up on", "[engine][late]") {
    Committed one;
    one.respond(created());
    asio::cancellation_signal signal;
    bool failed = false;
    asio::co_spawn(*one.rig.context, one.rig.client->list_snapshots(),
                   asio::bind_cancellation_slot(
                       signal.slot(), [&](std::exception_ptr problem, ListPage<SnapshotInfo> const&) {
                           failed = problem != nullptr;
                       }));
    one.rig.poll();
    signal.emit(Cancel::terminal);
    one.rig.poll();
    CHECK(failed);
    CHECK(one.rig.network.open() == 0);
    CHECK(one.notes->reported.empty());
}

TEST_CASE("a sandbox that is created late is reported", "[engine][late]") {
    std::string logged;
    auto config = mock_config();
    config.log = [&](LogRecord const& record) {
        for (auto const& [key, value] : record.fields)
            if (record.component == "late_response" && key == "sandbox_id")
                logged = value;
    };
    Committed one(config);
    one.respond(created());
    asio::cancellation_signal signal;
    asio::co_spawn(*one.rig.context, one.rig.client->try_create_sandbox("template"),
                   asio::bind_cancellation_slot(signal.slot(), asio::detached));
    one.rig.poll();
    signal.emit(Cancel::terminal);
    one.rig.poll();
    CHECK(one.rig.stats().late == 1);
    one.respond(response(201, R"({"sandboxID":"inew","templateID":"template"})"));
    REQUIRE(one.notes->reported.size() == 1);
    CHECK(one.notes->reported[0].sandbox_id == "template");
    CHECK(one.notes->reported[0].outcome == Outcome::created);
    REQUIRE(one.notes->reported[0].sandbox);
    CHECK(one.notes->reported[0].sandbox->sandbox_id == "inew");
    CHECK(logged == "inew");
}

TEST_CASE("a late response is reported with the name of its request", "[engine][late]") {
    Committed one;
    one.respond(created());
    asio::cancellation_signal signal;
    asio::co_spawn(*one.rig.context, one.rig.client->try_create_snapshot({"i2", "alias:tag"}),
                   asio::bind_cancellation_slot(signal.slot(), asio::detached));
    one.rig.poll();
    signal.emit(Cancel::terminal);
    one.rig.poll();
    one.respond(created("named:default"));
    REQUIRE(one.notes->reported.size() == 1);
    CHECK(one.notes->reported[0].sandbox_id == "i2");
    CHECK(one.notes->reported[0].name == "alias:tag");
    CHECK(one.notes->reported[0].snapshot->snapshot_id == "named:default");
}

TEST_CASE("a key that is echoed late is cut out as well", "[engine][late]") {
    auto config = mock_config();
    config.api_key = "e2b_0123456789";
    Committed one(config);
    one.cancel();
    one.respond(created("e2b_0123456789:default"));
    CHECK(one.notes->reported.at(0).snapshot->snapshot_id == "***:default");
}

TEST_CASE("the context's end leaves nothing of late exchanges", "[engine][late]") {
    Committed one;
    one.cancel();
    one.rig.drop_context();
    CHECK(one.notes->reported.empty());
    CHECK(one.rig.network.open() == 0);
    CHECK(one.rig.stats().late == 0);
}
