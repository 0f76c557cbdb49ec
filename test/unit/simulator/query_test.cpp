#include "simulator/query.hpp"
#include "support/catch.hpp"

using namespace e2b::sim;

TEST_CASE("percent-encoding is undone") {
    CHECK(percent_decode("", false) == "");
    CHECK(percent_decode("a%2Fb%3ac", false) == "a/b:c");
    CHECK(percent_decode("%41", false) == "A");
    CHECK(percent_decode("a+b", false) == "a+b");
    CHECK(percent_decode("a+b%2B", true) == "a b+");
    CHECK(percent_decode("%2541", false) == "%41"); // once
    for (char const* const text : {"%", "%4", "%g1", "%1g", "a%"})
        CHECK_FALSE(percent_decode(text, false));
}

TEST_CASE("a query is pairs in order") {
    auto const query = Query::parse("a=1&b=x%26y&a=2&&c&d=e=f");
    REQUIRE(query);
    CHECK(query->find("a") == "1");
    CHECK(query->find("b") == "x&y");
    CHECK(query->find("c") == "");
    CHECK(query->find("d") == "e=f");
    CHECK_FALSE(query->find("e"));
    CHECK_FALSE(Query::parse("a=%"));
    CHECK_FALSE(Query::parse("%=a"));
    CHECK(Query::parse("")->begin() == Query::parse("")->end());
}

TEST_CASE("values of one name are put together, split at commas") {
    auto const query = Query::parse("state=running,paused&x=1&state=z&empty=");
    REQUIRE(query);
    CHECK(query->list("state") == std::vector<std::string_view>{"running", "paused", "z"});
    CHECK(query->list("none").empty());
    CHECK(query->list("empty") == std::vector<std::string_view>{""});
}
