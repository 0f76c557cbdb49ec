#include "core/budget.hpp"
#include "support/catch.hpp"

#include <limits>

using e2b::core::RetryBudget;

TEST_CASE("a retry budget starts full and lets through what its tokens pay for") {
    RetryBudget budget(100, 5, 1);
    for (int i = 0; i < 20; ++i)
        REQUIRE(budget.try_take());
    CHECK(budget.tokens() == 0);
    CHECK_FALSE(budget.try_take());
}

TEST_CASE("a refused retry takes nothing, and successes earn the next one") {
    RetryBudget budget(7, 5, 1);
    REQUIRE(budget.try_take());
    for (unsigned tokens = 2; tokens < 5; ++tokens) {
        CHECK(budget.tokens() == tokens);
        CHECK_FALSE(budget.try_take());
        CHECK(budget.tokens() == tokens);
        budget.refund_success();
    }
    CHECK(budget.try_take());
    CHECK(budget.tokens() == 0);
}

TEST_CASE("successes never fill a retry budget beyond its capacity") {
    RetryBudget budget(10, 3, 4);
    budget.refund_success();
    CHECK(budget.tokens() == 10);
    REQUIRE(budget.try_take());
    budget.refund_success();
    CHECK(budget.tokens() == 10);

    unsigned const most = std::numeric_limits<unsigned>::max();
    RetryBudget huge(most, 1, most);
    REQUIRE(huge.try_take());
    huge.refund_success();
    CHECK(huge.tokens() == most);
}

TEST_CASE("a retry budget without capacity never lets a retry through") {
    for (unsigned cost : {0u, 1u}) {
        RetryBudget budget(0, cost, 1);
        budget.refund_success();
        CHECK_FALSE(budget.try_take());
    }
    RetryBudget dear(4, 5, 1);
    CHECK_FALSE(dear.try_take());
}
