#include "core/look_rule.hpp"
#include "support/catch.hpp"

using e2b::core::Duration;
using e2b::core::LookRule;
using namespace std::chrono_literals;

TEST_CASE("a look is needed unless the last read left nothing, and a moment ago") {
    LookRule const rule;
    CHECK_FALSE(rule.needs_look(true, 0s));
    CHECK_FALSE(rule.needs_look(true, 20us - Duration(1)));
    CHECK(rule.needs_look(true, 20us));
    CHECK(rule.needs_look(true, 1h));
    CHECK(rule.needs_look(false, 0s));
}

TEST_CASE("once a connection was spoilt soon after its answer, a look is always needed") {
    LookRule rule;
    rule.found_spoilt(GENERATE(Duration(0), Duration(1s) - Duration(1)));
    CHECK(rule.needs_look(true, 0s));
}

TEST_CASE("a connection that was ended after a while says nothing about its peer's word") {
    LookRule rule;
    rule.found_spoilt(1s);
    CHECK_FALSE(rule.needs_look(true, 0s));
}

TEST_CASE("once a connection that was not looked at brought no answer, a look is always needed") {
    LookRule rule;
    rule.unanswered();
    CHECK(rule.needs_look(true, 0s));
}
