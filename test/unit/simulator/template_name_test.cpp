#include "simulator/template_name.hpp"
#include "support/catch.hpp"

using e2b::sim::TemplateName;

TEST_CASE("names are taken apart, trimmed and lower-cased") {
    auto const plain = TemplateName::parse("mine");
    REQUIRE(plain);
    CHECK_FALSE(plain->team);
    CHECK(plain->alias == "mine");
    CHECK(plain->tag == "default");
    CHECK_FALSE(plain->has_tag);
    CHECK(TemplateName::parse("mine:default")->has_tag);

    auto const full = TemplateName::parse(" Team-1/My_Name:V2.0-rc \r\n");
    REQUIRE(full);
    CHECK(full->team == "team-1");
    CHECK(full->alias == "my_name");
    CHECK(full->tag == "v2.0-rc");
}

TEST_CASE("what is no name") {
    for (char const* const text : {"", " ", "a b", ":v1", "a:", "/a", "team/", "a/b/c", "a:b:c", "a.b",
                                   "a:b/c", "\xc3\xa9", "a%2fb", "te.am/a", "a\tb", "a:b c"}) {
        INFO(text);
        CHECK_FALSE(TemplateName::parse(text));
    }
}
