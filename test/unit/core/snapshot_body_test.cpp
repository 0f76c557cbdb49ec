#include "core/snapshot_body.hpp"
#include "support/allocations.hpp"
#include "support/catch.hpp"

#include <string>

using e2b::SnapshotInfo;
using e2b::core::parse_snapshot_info;

namespace {

std::string nested(unsigned depth) {
    // The object itself is the first level.
    return std::string(R"({"snapshotID":"a:b","names":[],"x":)") + std::string(depth - 1, '[') +
           std::string(depth - 1, ']') + "}";
}

std::string with_id(std::string const& json) {
    return R"({"snapshotID":)" + json + R"(,"names":[]})";
}

std::string with_names(std::string const& json) {
    return R"({"snapshotID":"a:b","names":)" + json + "}";
}

} // namespace

TEST_CASE("The body of a 201") {
    CHECK(parse_snapshot_info(R"({"snapshotID":"abc:default","names":[]})") ==
          SnapshotInfo("abc:default", {}));
    CHECK(parse_snapshot_info(R"({"names":["team/a","team/b:v2"],"snapshotID":"team/a:default"})") ==
          SnapshotInfo("team/a:default", {"team/a", "team/b:v2"}));
    CHECK(parse_snapshot_info(" \r\n\t{ \"snapshotID\" : \"a:b\" , \"names\" : [ \"c\" ] } \n") ==
          SnapshotInfo("a:b", {"c"}));
}

TEST_CASE("The names of a 201 may be null or left out") {
    CHECK(parse_snapshot_info(R"({"snapshotID":"abc"})") == SnapshotInfo("abc", {}));
    CHECK(parse_snapshot_info(R"({"names":null,"snapshotID":"ns--name"})") == SnapshotInfo("ns--name", {}));
}

TEST_CASE("Unknown members of a 201's body are ignored, whatever is in them") {
    auto const member =
        GENERATE(as<std::string>(), "null", "true", "1e400", "-0.5", R"("text")",
                 R"({"snapshotID":"other","names":[1],"snapshotID":2})", R"([["x"],{"names":null}])");
    CAPTURE(member);
    CHECK(parse_snapshot_info(R"({"x":)" + member + R"(,"snapshotID":"a:b","y":)" + member +
                              R"(,"names":["n"]})") == SnapshotInfo("a:b", {"n"}));
}

TEST_CASE("Strings of a 201's body are decoded") {
    CHECK(parse_snapshot_info(R"({"snapshot\u0049D":"t\u00e9am\/a\ud83d\ude00:\"x","names":["\u0000"]})") ==
          SnapshotInfo("t\xc3\xa9"
                       "am/a\xf0\x9f\x98\x80:\"x",
                       {std::string(1, '\0')}));
}

TEST_CASE("Strings of a 201's body have 1 to 512 bytes, decoded") {
    auto const text = GENERATE(as<std::string>(), "x", R"(\u0041)", R"(\n)");
    auto const repeated = [&](int count) {
        std::string json = "\"";
        for (int i = 0; i != count; ++i)
            json += text;
        return json + "\"";
    };
    CAPTURE(text);
    CHECK(parse_snapshot_info(with_id(repeated(1))));
    CHECK(parse_snapshot_info(with_id(repeated(512))).value().snapshot_id.size() == 512);
    CHECK_FALSE(parse_snapshot_info(with_id(repeated(513))));
    CHECK_FALSE(parse_snapshot_info(with_id(repeated(0))));
    CHECK(
        parse_snapshot_info(with_names(std::string("[") + repeated(512) + "]")).value().names.at(0).size() ==
        512);
    CHECK_FALSE(parse_snapshot_info(with_names(std::string("[") + repeated(513) + "]")));
    CHECK_FALSE(parse_snapshot_info(with_names(std::string("[\"n\",") + repeated(0) + "]")));
}

TEST_CASE("A 201's body that is not a snapshot") {
    auto const body =
        GENERATE(as<std::string>(), "", " ", "null", "[]", "\"snapshotID\"", "1", "{}", R"({"names":[]})",
                 R"({"snapshotID":"a","names":false})", R"({"snapshotID":null,"names":[]})",
                 R"({"snapshotID":1,"names":[]})", R"({"snapshotID":["a"],"names":[]})",
                 R"({"snapshotID":{"snapshotID":"a"},"names":[]})", R"({"snapshotID":"a","names":0})",
                 R"({"snapshotID":"a","names":"b"})", R"({"snapshotID":"a","names":{}})",
                 R"({"snapshotID":"a","names":[1]})", R"({"snapshotID":"a","names":[null]})",
                 R"({"snapshotID":"a","names":[["b"]]})", R"({"snapshotID":"a","names":[{"b":"c"}]})",
                 R"({"snapshotid":"a","names":[]})", R"({"data":{"snapshotID":"a","names":[]}})",
                 R"([{"snapshotID":"a","names":[]}])");
    CAPTURE(body);
    CHECK_FALSE(parse_snapshot_info(body));
}

TEST_CASE("A 201's body that is not JSON") {
    auto const body =
        GENERATE(as<std::string>(), R"({"snapshotID":"a","names":[]}x)", R"({"snapshotID":"a","names":[]}{})",

                 R"({"snapshotID":"a","names":[])", R"({"snapshotID":"a","names":[],})",
                 R"({"snapshotID":"a","names":[,]})", R"({'snapshotID':"a","names":[]})",
                 R"({snapshotID:"a","names":[]})", R"(/**/{"snapshotID":"a","names":[]})",
                 "\xef\xbb\xbf{\"snapshotID\":\"a\",\"names\":[]}", "{\"snapshotID\":\"a\xff\",\"names\":[]}",
                 "{\"snapshotID\":\"a\xc0\xaf\",\"names\":[]}",
                 "{\"snapshotID\":\"a\xed\xa0\x80\",\"names\":[]}", "{\"snapshotID\":\"a\xc3\",\"names\":[]}",
                 "{\"snapshotID\":\"a\nb\",\"names\":[]}", R"({"snapshotID":"\ud800","names":[]})",
                 R"({"snapshotID":"\udc00","names":[]})", R"({"snapshotID":"\ud800\u0041","names":[]})",
                 R"({"snapshotID":"\x","names":[]})", "{\"x\":\"\xff\",\"snapshotID\":\"a\",\"names\":[]}",
                 "{\"\xff\":1,\"snapshotID\":\"a\",\"names\":[]}", R"({"x":NaN,"snapshotID":"a","names":[]})",
                 R"({"x":01,"snapshotID":"a","names":[]})", "<html>busy</html>");
    CAPTURE(body);
    CHECK_FALSE(parse_snapshot_info(body));
}

TEST_CASE("A NUL after a 201's body is not JSON") {
    CHECK_FALSE(parse_snapshot_info(with_id("\"a\"") + '\0'));
}

TEST_CASE("Two members of the same key are refused") {
    auto const body = GENERATE(
        R"({"snapshotID":"a","snapshotID":"a","names":[]})", R"({"snapshotID":"a","names":[],"names":[]})",
        R"({"snapshotID":"a","names":[],"snapshot\u0049D":"b"})",
        R"({"x":1,"snapshotID":"a","names":[],"x":1})", R"({"":1,"snapshotID":"a","names":[],"":1})");
    CHECK_FALSE(parse_snapshot_info(body));
}

TEST_CASE("A 201's body is at most 32 levels deep") {
    CHECK(parse_snapshot_info(nested(32)));
    CHECK_FALSE(parse_snapshot_info(nested(33)));
    CHECK_FALSE(parse_snapshot_info(nested(500'000)));
}

TEST_CASE("A 201's body has a bounded number of members and names") {
    auto const members = [](unsigned count) {
        std::string body = R"({"snapshotID":"a","names":[])";
        for (unsigned i = 2; i != count; ++i)
            body.append(",\"k").append(std::to_string(i)).append("\":0");
        return body + "}";
    };
    CHECK(parse_snapshot_info(members(64)));
    CHECK_FALSE(parse_snapshot_info(members(65)));

    auto const names = [](unsigned count) {
        std::string json = "[\"n\"";
        for (unsigned i = 1; i != count; ++i)
            json += ",\"n\"";
        json += "]";
        return with_names(json);
    };
    CHECK(parse_snapshot_info(names(1000)).value().names.size() == 1000);
    CHECK_FALSE(parse_snapshot_info(names(1001)));

    auto const key = [](std::size_t size) {
        return std::string("{\"") + std::string(size, 'k') + R"(":1,"snapshotID":"a","names":[]})";
    };
    CHECK(parse_snapshot_info(key(2048 - 15)));
    CHECK_FALSE(parse_snapshot_info(key(2048 - 14)));
}

TEST_CASE("Reading a 201's body allocates nothing but the result's strings") {
    std::string const body =
        R"({"snapshotID":"short:id","names":[],"x":{"y":[1,2,"a long enough string to need the heap"]}})";
    auto const before = e2b::test::allocations();
    auto const info = parse_snapshot_info(body);
    CHECK(e2b::test::allocations() == before);
    REQUIRE(info);
    CHECK(info->snapshot_id == "short:id");
}
