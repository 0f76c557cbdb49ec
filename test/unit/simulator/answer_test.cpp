#include "simulator/answer.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;
using namespace e2b;
using namespace e2b::sim;
using End = Delivery::End;

namespace {

constexpr Patience patience{70s, 75s, 80s};

// An answer to a request that arrived at 100 s, decided after some time, with a fault or without.
Answer make_answer(std::chrono::nanoseconds after, std::optional<SimulatorFault> fault = {},
                   std::uint64_t chance = 0) {
    Answer answer;
    answer.clear(100s);
    answer.ready_at = 100s + after;
    answer.reply.set_json(201);
    answer.reply.body = "{\"snapshotID\":\"x:default\",\"names\":[]}";
    if (fault) {
        answer.strike.fault = std::make_shared<SimulatorFault const>(*fault);
        answer.strike.chance = chance;
    }
    return answer;
}

std::string bytes(Answer const& answer, Delivery const& delivery) {
    std::string text;
    append_answer(text, answer, delivery, false, false);
    return text;
}

} // namespace

TEST_CASE("without a fault an answer is sent whole, at once, and the connection stays") {
    Answer answer = make_answer(5s);
    Delivery const delivery = plan_delivery(answer, patience);
    CHECK(delivery.at <= answer.ready_at);
    CHECK(delivery.whole());
    CHECK(delivery.end == End::keep);
    CHECK(delivery.per_byte == 0ns);
    CHECK(answer.reply.status == 201);
}

TEST_CASE("the time ladder: late answers are lost, later ones never seen") {
    struct Row {
        std::chrono::nanoseconds after;
        int status;
        Instant at;
    };
    for (Row const& row : {Row{75s, 201, 0s}, Row{75s + 1ns, 502, 175s + 1ns},
                           Row{80s - 1ns, 502, 180s - 1ns}, Row{80s, 504, 180s}, Row{1h, 504, 180s}}) {
        Answer answer = make_answer(row.after);
        Delivery const delivery = plan_delivery(answer, patience);
        CHECK(answer.reply.status == row.status);
        CHECK(delivery.at == row.at);
        CHECK(delivery.whole());
        CHECK(delivery.end == End::keep);
    }
}

TEST_CASE("a delay counts from the decision and climbs the same ladder") {
    Answer early = make_answer(5s, SimulatorFault::delayed(10s));
    CHECK(plan_delivery(early, patience).at == 115s);
    CHECK(early.reply.status == 201);
    Answer late = make_answer(5s, SimulatorFault::delayed(71s));
    CHECK(plan_delivery(late, patience).at == 176s);
    CHECK(late.reply.status == 502);
    Answer never = make_answer(5s, SimulatorFault::delayed(1h));
    CHECK(plan_delivery(never, patience).at == 180s);
    CHECK(never.reply.status == 504);
}

TEST_CASE("an API that hangs is cut by the load balancer") {
    Answer answer = make_answer(0s, SimulatorFault::hang());
    Delivery const delivery = plan_delivery(answer, patience);
    CHECK(delivery.at == 180s);
    CHECK(delivery.whole());
    CHECK(answer.reply.status == 504);
}

TEST_CASE("what the other faults make of an answer") {
    auto const plan = [](SimulatorFault const& fault, std::uint64_t chance = 0) {
        Answer answer = make_answer(0s, fault, chance);
        return plan_delivery(answer, patience);
    };
    auto const announced = [](SimulatorFault fault) {
        fault.announced = true;
        return fault;
    };
    CHECK(plan(SimulatorFault::close()).size == std::size_t{0});
    CHECK(plan(SimulatorFault::close()).end == End::close);
    CHECK(plan(announced(SimulatorFault::close())).end == End::announce);
    CHECK(plan(SimulatorFault::reset()).size == std::size_t{0});
    CHECK(plan(announced(SimulatorFault::reset())).end == End::reset);
    CHECK(plan(SimulatorFault::cut(7)).size == std::size_t{7});
    CHECK(plan(SimulatorFault::cut(7)).end == End::close);
    CHECK(plan(SimulatorFault::cut_reset(7)).end == End::reset);
    CHECK(plan(SimulatorFault::cut(), 99).size_at_random == std::uint64_t{99});
    CHECK(plan(SimulatorFault::close_after()).whole());
    CHECK(plan(SimulatorFault::close_after()).end == End::close);
    CHECK(plan(announced(SimulatorFault::close_after())).end == End::announce);
    CHECK(plan(SimulatorFault::drip(3ms)).per_byte == 3ms);
    CHECK(plan(SimulatorFault::drip(3ms)).whole());
    CHECK(plan(SimulatorFault::stall()).silent);
    for (auto const& fault : {SimulatorFault::reject(500), SimulatorFault::balancer(502),
                              SimulatorFault::node_failure(), SimulatorFault::raw("x")}) {
        CHECK(plan(fault).whole());
        CHECK(plan(fault).end == End::keep);
    }
}

TEST_CASE("an answer is cut where the fault says, or by chance before its end") {
    Answer whole = make_answer(0s);
    std::string const all = bytes(whole, {});
    for (std::size_t size : {std::size_t{0}, std::size_t{1}, all.size() - 1}) {
        Answer answer = make_answer(0s, SimulatorFault::cut(size));
        CHECK(bytes(answer, plan_delivery(answer, patience)) == all.substr(0, size));
    }
    Answer beyond = make_answer(0s, SimulatorFault::cut(all.size() + 10));
    CHECK(bytes(beyond, plan_delivery(beyond, patience)) == all);
    for (std::uint64_t chance = 0; chance < 1000; ++chance) {
        Answer answer = make_answer(0s, SimulatorFault::cut(), chance);
        CHECK(bytes(answer, plan_delivery(answer, patience)) == all.substr(0, chance % all.size()));
    }
}

TEST_CASE("raw bytes take the answer's place") {
    Answer answer = make_answer(0s, SimulatorFault::raw("SSH-2.0\r\n"));
    CHECK(bytes(answer, plan_delivery(answer, patience)) == "SSH-2.0\r\n");
}
