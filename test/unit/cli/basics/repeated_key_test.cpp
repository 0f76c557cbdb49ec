#include "cli/basics/repeated_key.hpp"
#include "support/catch.hpp"

using namespace e2b::cli;

TEST_CASE("a key that stands twice in a JSON object is found", "[cli][json]") {
    CHECK(find_repeated_key(R"({"a":1,"b":2,"a":3})") == "a");
    CHECK(find_repeated_key(R"({"a":1,"a":1})") == "a");
    CHECK(find_repeated_key(R"( { "a" : {"b":1} , "b" : 2, "b" : null } )") == "b");
    CHECK(find_repeated_key(R"({"sandboxID":"x","sandbox\u0049D":"y"})") == "sandboxID");
    CHECK(find_repeated_key(R"({"\"":1,"\"":2})") == "\"");
    CHECK(find_repeated_key(R"({"":1,"":2})") == "");
}

TEST_CASE("what stands in values is no key of the object", "[cli][json]") {
    for (auto const* object :
         {"{}", R"({"a":1})", R"({"a":{"a":1,"b":2},"b":["a","a",{"a":1}]})", R"({"a":"a","b":"\",\"a\":1"})",
          R"({"a":{"x":1,"x":2}})", R"({"a":"\\","b":"\\\"","c":[",","a"]})"})
        CHECK_FALSE(find_repeated_key(object));
}
