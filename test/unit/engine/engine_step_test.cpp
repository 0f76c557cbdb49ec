// Whatever happens to a call, at every step of its life: it ends exactly once, truthfully, and leaves
// nothing.
#include "rig.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

constexpr char target_id[] = "itarget";
constexpr char other_id[] = "iother";

// ---- The steps

// A response in chunks, cut inside its body.
struct PartialResponse {
    PartialResponse(unsigned status, std::string_view body) {
        std::array<char, 8> hex{};
        auto* const end = std::to_chars(hex.data(), hex.data() + hex.size(), body.size() - 8, 16).ptr;
        begin = "HTTP/1.1 " + std::to_string(status) + " Reason\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n";
        begin.append(body.substr(0, 8)).append("\r\n");
        rest.append(hex.data(), end).append("\r\n").append(body.substr(8)).append("\r\n0\r\n\r\n");
    }
    std::string begin;
    std::string rest;
};

// Brings one call to a step of its life.
struct Walk {
    Rig& rig;
    Rig::Keep keep;
    CallOptions options;
    Call* call = nullptr;
    std::string rest = created(); // of the response to the request that is under way

    MockConnection& at(Stage stage) const { return rig.network.get(stage); }

    void begin() {
        call = &rig.call(target_id, options, keep);
        rig.poll();
    }
    void dial() {
        begin();
        rig.step([this] { at(Stage::dialing).succeed_dial(); });
    }
    void commit() {
        dial();
        rig.step([this] { at(Stage::exchanging).commit(); });
    }
    void respond(std::string const& bytes) {
        commit();
        rig.step([&] { at(Stage::exchanging).receive(bytes); });
    }
    void partial_response(unsigned status, std::string_view body) {
        PartialResponse const cut(status, body);
        respond(cut.begin);
        rest = cut.rest;
    }
};

void starting(Walk& walk) {
    walk.call = &walk.rig.call(target_id, walk.options, walk.keep);
    // The strand is somebody else's when the call's coroutine asks for it.
    walk.rig.engine.lock()->strand().run([] {});
    walk.rig.context->restart();
    walk.rig.context->run_one();
    REQUIRE(walk.rig.frames == 1);
    REQUIRE(walk.rig.stats().calls_started == 0);
}
void queued(Walk& walk) {
    walk.rig.call("iblocker", CallOptions(), walk.keep);
    walk.rig.poll();
    walk.rig.step([&] { walk.at(Stage::dialing).succeed_dial(); });
    walk.rig.step([&] { walk.at(Stage::exchanging).commit(); });
    walk.begin();
    REQUIRE(walk.rig.stats().waiting == 1);
}
void outage(Walk& walk) {
    walk.begin();
    walk.rig.step([&] { walk.at(Stage::dialing).fail_dial(Errc::connect_failed); });
    REQUIRE(walk.rig.network.open() == 0);
}
void dialing(Walk& walk) {
    walk.begin();
}
void granted(Walk& walk) {
    walk.dial();
}
void committed(Walk& walk) {
    walk.commit();
}
void interim(Walk& walk) {
    walk.respond("HTTP/1.1 100 Continue\r\n\r\n");
}
void in_head(Walk& walk) {
    walk.respond(walk.rest.substr(0, 20));
    walk.rest.erase(0, 20);
}
void in_created(Walk& walk) {
    walk.partial_response(201, R"({"snapshotID":"12345678","names":[]})");
}
void in_not_found(Walk& walk) {
    walk.partial_response(404, R"({"code":404,"message":"12345678"})");
}
void in_rate_limited(Walk& walk) {
    walk.partial_response(429, R"({"code":429,"message":"12345678"})");
}
void in_server_error(Walk& walk) {
    walk.partial_response(500, R"({"code":500,"message":"12345678"})");
}
void retry_wait(Walk& walk) {
    walk.respond(api_error(429, "Retry-After: 5\r\n"));
    REQUIRE(walk.rig.stats().idle == 1);
}
void redialing(Walk& walk) {
    walk.respond(api_error(429, "Retry-After: 0\r\nConnection: close\r\n"));
    walk.rig.advance(1s);
    REQUIRE(walk.rig.stats().dialing == 1);
}
void committed_again(Walk& walk) {
    walk.respond(api_error(429, "Retry-After: 0\r\n"));
    walk.rig.advance(1s);
    walk.rig.step([&] { walk.at(Stage::exchanging).commit(); });
}
void unknown_retry_wait(Walk& walk) {
    RetryPolicy policy = mock_config().retry;
    policy.retry_unknown = true;
    walk.options.retry = policy;
    walk.respond(response(503, "<html>", "Retry-After: 5\r\n"));
}
void delivering(Walk& walk) {
    walk.commit();
    // The strand's turn is over, that of the call's own coroutine is not.
    walk.rig.engine.lock()->strand().run([&] { walk.at(Stage::exchanging).receive(created()); });
    walk.rig.context->restart();
    walk.rig.context->run_one();
    REQUIRE_FALSE(walk.call->done());
}
void delivered(Walk& walk) {
    walk.respond(created());
    REQUIRE(walk.call->done());
}

// What the call ends with, for each thing that can happen to it. The peer plays along afterwards.
struct Step {
    char const* name;
    void (*reach)(Walk&);
    char const* total;    // a cancellation that is only for what has no effect yet
    char const* cancel;   // any other cancellation
    char const* deadline; // the call's time is up
    char const* attempt;  // the attempt's time is up
    char const* cut;      // the client is gone, or closed without time to wait
    char const* drained;  // the client is closed with time to wait
    char const* closed;   // the client is closed, and waits for what is committed
    char const* reset;
    char const* end;
    char const* garbage;
};

constexpr char ok[] = "created";
constexpr char ns_cancelled[] = "not_sent cancelled";
constexpr char ns_deadline[] = "not_sent deadline";
constexpr char ns_closed[] = "not_sent client_closed";
constexpr char ns_connect[] = "not_sent connect_failed";
constexpr char ns_protocol[] = "not_sent protocol";
constexpr char un_cancelled[] = "unknown cancelled";
constexpr char un_deadline[] = "unknown deadline";
constexpr char un_timeout[] = "unknown timeout";
constexpr char un_closed[] = "unknown client_closed";
constexpr char un_reset[] = "unknown reset";
constexpr char un_end[] = "unknown closed_before_response";
constexpr char un_cut[] = "unknown truncated";
constexpr char un_protocol[] = "unknown protocol";
constexpr char un_server[] = "unknown server_error";
constexpr char not_found[] = "rejected not_found";
constexpr char limited[] = "rejected rate_limited";

// clang-format off
constexpr Step steps[] = {
    // name, reach                             total          cancel         deadline      attempt      cut          drained      closed       reset        end          garbage
    {"starting", starting,                     ns_cancelled,  ns_cancelled,  ns_deadline,  ok,          ns_closed,   ok,          ns_closed,   ok,          ok,          ok},
    {"queued", queued,                         ns_cancelled,  ns_cancelled,  ns_deadline,  ok,          ns_closed,   ok,          ns_closed,   ok,          ok,          ok},
    {"outage", outage,                         ns_cancelled,  ns_cancelled,  ns_connect,   ok,          ns_closed,   ok,          ns_closed,   ok,          ok,          ok},
    {"dialing", dialing,                       ns_cancelled,  ns_cancelled,  ns_deadline,  ok,          ns_closed,   ok,          ns_closed,   ok,          ok,          ok},
    {"granted", granted,                       ns_cancelled,  ns_cancelled,  ns_deadline,  ok,          ns_closed,   ok,          ns_closed,   ok,          ok,          ns_protocol},
    {"committed", committed,                   ok,            un_cancelled,  un_deadline,  un_timeout,  un_closed,   ok,          ok,          un_reset,    un_end,      un_protocol},
    {"interim", interim,                       ok,            un_cancelled,  un_deadline,  un_timeout,  un_closed,   ok,          ok,          un_reset,    un_cut,      un_protocol},
    {"in the head", in_head,                   ok,            un_cancelled,  un_deadline,  un_timeout,  un_closed,   ok,          ok,          un_reset,    un_cut,      un_protocol},
    {"in the body of 201", in_created,         ok,            un_cancelled,  un_deadline,  un_timeout,  un_closed,   ok,          ok,          un_reset,    un_cut,      un_protocol},
    {"in the body of 404", in_not_found,       not_found,     not_found,     not_found,    not_found,   not_found,   not_found,   not_found,   not_found,   not_found,   not_found},
    {"in the body of 429", in_rate_limited,    ok,            limited,       limited,      ok,          limited,     ok,          limited,     ok,          ok,          ok},
    {"in the body of 500", in_server_error,    un_server,     un_cancelled,  un_deadline,  un_timeout,  un_closed,   un_server,   un_server,   un_reset,    un_cut,      un_protocol},
    {"retry wait", retry_wait,                 limited,       limited,       ns_deadline,  ok,          limited,     ok,          limited,     ok,          ok,          ok},
    {"redialing", redialing,                   limited,       limited,       limited,      ok,          limited,     ok,          limited,     ok,          ok,          ok},
    {"committed again", committed_again,       ok,            un_cancelled,  un_deadline,  un_timeout,  un_closed,   ok,          ok,          un_reset,    un_end,      un_protocol},
    {"unknown, retry wait", unknown_retry_wait, un_server,     un_server,     un_deadline,  ok,          un_server,   ok,          un_server,   ok,          ok,          ok},
    {"delivering", delivering,                 ok,            ok,            ok,           ok,          ok,          ok,          ok,          ok,          ok,          ok},
    {"delivered", delivered,                   ok,            ok,            ok,           ok,          ok,          ok,          ok,          ok,          ok,          ok},
};
// clang-format on

// ---- What happens

void each_open_connection(Rig& rig, void (*what)(MockConnection&)) {
    rig.step([&] {
        std::vector<net::ConnectionPtr> const present(rig.network.connections().begin(),
                                                      rig.network.connections().end());
        for (auto const& each : present)
            what(static_cast<MockConnection&>(*each));
    });
}

void emit(Walk& walk, std::initializer_list<Cancel> types) {
    for (auto const type : types)
        walk.call->signal.emit(type);
    walk.rig.poll();
}

struct Injection {
    char const* name;
    char const* Step::* expected; // null where no call ends any more
    void (*inject)(Walk&);

    // A committed exchange is to go on without its call.
    [[nodiscard]] bool ends_early() const {
        return expected == &Step::cancel || expected == &Step::deadline || expected == &Step::attempt;
    }
};

constexpr Injection injections[] = {
    {"total cancellation", &Step::total, [](Walk& walk) { emit(walk, {Cancel::total}); }},
    {"partial cancellation", &Step::cancel, [](Walk& walk) { emit(walk, {Cancel::partial}); }},
    {"terminal cancellation", &Step::cancel, [](Walk& walk) { emit(walk, {Cancel::terminal}); }},
    {"cancelled twice", &Step::cancel, [](Walk& walk) { emit(walk, {Cancel::terminal, Cancel::terminal}); }},
    {"total, then terminal", &Step::cancel,
     [](Walk& walk) { emit(walk, {Cancel::total, Cancel::terminal}); }},
    {"deadline", &Step::deadline, [](Walk& walk) { walk.rig.advance(8s); }},
    {"attempt timeout", &Step::attempt, [](Walk& walk) { walk.rig.advance(10s); }},
    {"closed, grace 0", &Step::cut,
     [](Walk& walk) {
         auto const& closed = walk.rig.close(0s);
         walk.rig.poll();
         CHECK(closed == 1);
     }},
    {"closed, grace over", &Step::cut,
     [](Walk& walk) {
         auto const& closed = walk.rig.close(2s);
         walk.rig.poll();
         walk.rig.advance(2s);
         CHECK(closed == 1);
     }},
    {"closed, drained", &Step::drained,
     [](Walk& walk) {
         walk.rig.close(40s);
         walk.rig.poll();
     }},
    {"closed", &Step::closed,
     [](Walk& walk) {
         walk.rig.close();
         walk.rig.poll();
     }},
    {"client destroyed", &Step::cut,
     [](Walk& walk) {
         walk.rig.drop_client();
         walk.rig.poll();
     }},
    {"context destroyed", nullptr,
     [](Walk& walk) {
         walk.rig.context->stop();
         walk.rig.drop_client();
         walk.rig.drop_context();
     }},
    {"reset", &Step::reset,
     [](Walk& walk) { each_open_connection(walk.rig, [](auto& connection) { connection.reset(); }); }},
    {"end", &Step::end,
     [](Walk& walk) { each_open_connection(walk.rig, [](auto& connection) { connection.end(); }); }},
    {"garbage", &Step::garbage,
     [](Walk& walk) {
         each_open_connection(walk.rig, [](auto& connection) { connection.receive("\x16\x03\x01\x02"); });
     }},
};

// The peer goes on as if nothing had happened, until nothing is under way.
void play_along(Walk& walk) {
    auto& network = walk.rig.network;
    if (auto* const connection = network.find(Stage::exchanging);
        connection != nullptr && connection->is_committed() && connection->sandbox_id() == target_id)
        walk.rig.step([&] { connection->receive(walk.rest); });
    walk.rig.play_along();
    walk.rig.advance(30s);
}

// The outcome is one that what the peer saw permits. Where the call ended early, a late response may have
// come.
void check_truth(Rig& rig, Result<SnapshotInfo> const& result, bool left) {
    auto const& seen = rig.network.seen(target_id);
    auto const refused = std::ranges::count_if(seen.statuses, [](unsigned status) { return status == 429; });
    auto const made = std::ranges::count(seen.statuses, 201U);
    switch (result.outcome()) {
    case Outcome::created:
        CHECK(made == 1);
        break;
    case Outcome::succeeded:
        FAIL("a snapshot is created");
        break;
    case Outcome::rejected:
        CHECK(seen.committed > 0);
        CHECK(made == 0);
        break;
    case Outcome::not_sent:
        CHECK(seen.committed == refused);
        break;
    case Outcome::unknown:
        CHECK(seen.committed > (left ? 0 : refused));
        CHECK((left || made == 0));
        break;
    }
    CHECK(result.attempts() >= seen.committed);
}

// What an observer is notified of exchanges that went on without their calls.
struct Late final : ClientObserver {
    void on_late_response(LateResponse const& response) override {
        if (response.sandbox_id != target_id)
            return;
        CHECK((response.failure == nullptr) == (response.outcome == Outcome::created));
        CHECK((response.snapshot != nullptr) == (response.outcome == Outcome::created));
        if (response.failure != nullptr)
            CHECK(response.failure->outcome == response.outcome);
        outcomes.push_back(response.outcome);
    }
    std::vector<Outcome> outcomes;
};

// By the response of which `rest` was outstanding.
Outcome late_outcome(Step const& step) {
    if (step.reach == in_not_found || step.reach == in_rate_limited)
        return Outcome::rejected;
    return step.reach == in_server_error ? Outcome::unknown : Outcome::created;
}

void check_other(Injection const& injection, Call const& other, bool was_done) {
    if (injection.expected == nullptr) {
        CHECK(other.done() == was_done);
        return;
    }
    REQUIRE(other.completions == 1);
    bool const cut = (injection.expected == &Step::cut || injection.expected == &Step::closed) && !was_done;
    CHECK(describe(*other.result) == (cut ? ns_closed : ok));
}

// Runs a call to a step, lets that happen, and drains; with a second call behind it or alone.
void run(Step const& step, Injection const& injection, bool with_other, bool hang_up) {
    auto config = mock_config();
    config.max_connections = 1;
    auto const late = std::make_shared<Late>();
    config.observer = late;
    Rig rig(config);
    auto const keep = injection.expected == nullptr ? Rig::Keep::yes : Rig::Keep::no;
    Walk walk{rig, keep, CallOptions()};
    walk.options.hang_up_on_cancel = hang_up;
    if (injection.expected == &Step::deadline)
        walk.options.timeout = 8s;
    step.reach(walk);
    // The other one's request is answered at once, if there is a connection for it.
    rig.network.on_exchange = [](MockConnection& connection) {
        if (connection.sandbox_id() != other_id)
            return;
        connection.commit();
        connection.receive(created());
    };
    // Between two turns of the context no other call can begin.
    bool const between_turns = step.reach == starting || step.reach == delivering;
    Call* const other = with_other && !between_turns ? &rig.call(other_id, CallOptions(), keep) : nullptr;
    if (other != nullptr)
        rig.poll();

    bool const was_done = walk.call->done();
    auto const* const connection = rig.network.find(Stage::exchanging);
    bool const was_committed =
        connection != nullptr && connection->is_committed() && connection->sandbox_id() == target_id;
    bool const left = was_committed && injection.ends_early() && !hang_up;
    bool const other_was_done = other != nullptr && other->done();
    injection.inject(walk);
    if (left)
        CHECK(rig.network.open() == 1);
    if (injection.expected == nullptr) {
        CHECK(walk.call->done() == was_done);
    } else {
        play_along(walk);
        REQUIRE(walk.call->completions == 1);
        CHECK(describe(*walk.call->result) == step.*injection.expected);
        check_truth(rig, *walk.call->result, left);
        CHECK(late->outcomes == (left ? std::vector<Outcome>{late_outcome(step)} : std::vector<Outcome>{}));
        rig.expect_rest();
    }
    if (other != nullptr)
        check_other(injection, *other, other_was_done);
    CHECK(rig.network.most_open() <= 1);
}

void run_all(bool with_other) {
    for (bool const hang_up : {false, true}) {
        for (auto const& step : steps) {
            for (auto const& injection : injections) {
                INFO(step.name << ", " << injection.name << (hang_up ? ", hangs up" : ""));
                run(step, injection, with_other, hang_up);
            }
        }
    }
}

} // namespace

TEST_CASE("whatever happens at whatever step, a call ends once and truthfully", "[engine]") {
    run_all(false);
}

TEST_CASE("whatever happens to a call, the one behind it is not disturbed", "[engine]") {
    run_all(true);
}
