#include "core/api_error.hpp"
#include "support/catch.hpp"

#include <string>

using e2b::core::is_unsupported;
using e2b::core::parse_api_error;

namespace {

std::string with_message(std::string const& message) {
    return R"({"code":400,"message":")" + message + "\"}";
}

} // namespace

TEST_CASE("What the API's router says of a path that it does not know is not of the API", "[api_error]") {
    for (auto const* const message :
         {"validation error: no matching operation was found", "validation error: method not allowed",
          "no matching operation was found", "method not allowed"}) {
        auto const error = parse_api_error(R"({"code":404,"message":")" + std::string(message) + "\"}", "");
        CHECK_FALSE(error.is_api);
        CHECK(error.message == message);
        CHECK(error.code == 404);
    }
    CHECK(parse_api_error(R"({"code":404,"message":"name 'method not allowed' not found"})", "").is_api);
}

TEST_CASE("The platform's error body") {
    auto const error =
        parse_api_error(R"({"code":503,"message":"Node is busy\nTry again","x":{"code":1}})", "");
    CHECK(error.is_api);
    CHECK(error.code == 503);
    CHECK(error.message == "Node is busy\nTry again");
    CHECK(error.error_code.empty());
}

TEST_CASE("The platform's error body with a word for the error") {
    auto const error = parse_api_error(R"({"error_code":"quota","message":"","code":-1})", "");
    CHECK(error.is_api);
    CHECK(error.code == -1);
    CHECK(error.message.empty());
    CHECK(error.error_code == "quota");
}

TEST_CASE("A word for the error that is not a string is ignored") {
    auto const value = GENERATE(as<std::string>(), "null", "1", R"(["a"])", R"({"error_code":"a"})");
    auto const error = parse_api_error(R"({"code":400,"message":"m","error_code":)" + value + "}", "");
    CHECK(error.is_api);
    CHECK(error.error_code.empty());
}

TEST_CASE("Codes are 32 bits wide") {
    auto const code = [](std::string const& text) {
        auto const error = parse_api_error(R"({"message":"m","code":)" + text + "}", "");
        CHECK(error.message == "m");
        CHECK(error.is_api == error.code.has_value());
        return error.code;
    };
    CHECK(code("2147483647") == 2147483647);
    CHECK(code("-2147483648") == -2147483647 - 1);
    CHECK(code("2147483648") == std::nullopt);
    CHECK(code("-2147483649") == std::nullopt);
    CHECK(code("18446744073709551615") == std::nullopt);
    CHECK(code("1e2") == std::nullopt);
    CHECK(code("1e400") == std::nullopt);
    CHECK(code("400.5") == std::nullopt);
    CHECK(code("null") == std::nullopt);
    CHECK(code("[400]") == std::nullopt);
    CHECK(code(R"({"code":400})") == std::nullopt);
}

TEST_CASE("A code that is a word is one for a program") {
    auto const error = parse_api_error(R"({"code":"sandbox_not_found","message":"gone"})", "");
    CHECK(error.is_api);
    CHECK(error.code == std::nullopt);
    CHECK(error.error_code == "sandbox_not_found");
    CHECK(error.message == "gone");
    CHECK(parse_api_error(R"({"error_code":"a","code":"b","message":"m"})", "").error_code == "a");
}

TEST_CASE("Of an error body of another form the words are kept") {
    struct Row {
        char const* body;
        char const* message;
        char const* error_code = "";
    };
    auto const row = GENERATE(values<Row>({
        {R"({"message":"no Route matched"})", "no Route matched"},
        {R"({"message":"m","error_code":"word"})", "m", "word"},
        {R"({"error":"Not Found"})", "Not Found"},
        {R"({"error":{"code":"quota","message":"too many"}})", "too many", "quota"},
        {R"({"error":{"code":7,"message":"too many"}})", "too many"},
        {R"({"detail":"Method Not Allowed"})", "Method Not Allowed"},
        {R"({"detail":[{"loc":["body"],"msg":"field required"}]})", "field required"},
        {R"({"message":null,"detail":"d"})", "d"},
        {R"({"message":["m"],"code":400})", "m"},
        {R"({"code":400,"code":400,"message":"m"})", "m"},
        {R"([{"code":400,"message":"m"}])", "m"},
        {R"("just text")", "just text"},
        {"{}", ""},
        {"null", ""},
        {"[]", ""},
        {R"({"code":400})", ""},
        {R"({"detail":[]})", ""},
    }));
    CAPTURE(row.body);
    auto const error = parse_api_error(row.body, "");
    CHECK_FALSE(error.is_api);
    CHECK(error.code == std::nullopt);
    CHECK(error.message == row.message);
    CHECK(error.error_code == row.error_code);
}

TEST_CASE("Of a body that is not JSON one short line is kept") {
    struct Row {
        std::string body;
        std::string message;
    };
    auto const row = GENERATE(values<Row>({
        {"", ""},
        {"404 page not found\n", "404 page not found"},
        {"upstream connect error or\r\n\tdisconnect", "upstream connect error or disconnect"},
        {"<html><head><TITLE lang=en>\n502  Bad Gateway</title></head><body>nginx</body></html>",
         "502 Bad Gateway"},
        {"<!DOCTYPE html>\n<p>Sorry<br/>later</p>", "Sorry later"},
        {"<html><title></title><h1>x</h1>", ""},
        {"<title>open", "open"},
        {"<title", ""},
        {"a <b", "a"},
        {std::string(200, 'x'), std::string(120, 'x')},
        {std::string(119, 'x') + "\xc3\xa4", std::string(119, 'x')},
        {R"({"code":400,"message":"m"} x)", R"({"code":400,"message":"m"} x)"},
        {std::string(100'000, ' ') + "late", ""},
    }));
    auto const error = parse_api_error(row.body, "");
    CAPTURE(row.body.substr(0, 80));
    CHECK_FALSE(error.is_api);
    CHECK(error.message == row.message);
    CHECK(error.error_code.empty());
}

TEST_CASE("What says that a kind of snapshot cannot be had") {
    CHECK(is_unsupported("snapshot_filesystem_only_disabled"));
    CHECK(is_unsupported("snapshot_filesystem_only_unsupported_node"));
    CHECK_FALSE(is_unsupported("sandbox_capacity_unavailable"));
    CHECK_FALSE(is_unsupported(""));
}

TEST_CASE("A message is cut to 512 bytes, between characters") {
    CHECK(parse_api_error(with_message(std::string(512, 'm')), "").message == std::string(512, 'm'));
    CHECK(parse_api_error(with_message(std::string(513, 'm')), "").message == std::string(512, 'm'));
    CHECK(parse_api_error(with_message(std::string(511, 'm') + "\xc3\xa4"), "").message ==
          std::string(511, 'm'));
    CHECK(parse_api_error(with_message(std::string(509, 'm') + "\xf0\x9f\x98\x80"), "").message ==
          std::string(509, 'm'));
    CHECK(parse_api_error(with_message(std::string(508, 'm') + "\xf0\x9f\x98\x80"), "").message ==
          std::string(508, 'm') + "\xf0\x9f\x98\x80");
}

TEST_CASE("The secret is cut out of whatever echoes it") {
    std::string const key = "e2b_0123456789";
    auto const error = parse_api_error(R"({"code":401,"message":"bad )" + key + key +
                                           R"(: e2b_\u0030123456789!","error_code":")" + key + "\"}",
                                       key);
    CHECK(error.message == "bad ******: ***!");
    CHECK(error.error_code == "***");
    CHECK(parse_api_error("<title>" + key + " is bad</title>", key).message == "*** is bad");
    CHECK(parse_api_error(std::string(16 * 1024 - 5, ' ') + key, key).message == "***");
    CHECK(parse_api_error("a\nb", "a b").message == "***");
    CHECK(
        parse_api_error(R"({"error":{"code":")" + key + R"(","message":")" + key + "\"}}", key).error_code ==
        "***");
}

TEST_CASE("No part of the secret is left where a message is cut") {
    std::string const key = "e2b_0123456789";
    for (std::size_t before = 512 - 2 * key.size(); before != 513; ++before) {
        auto const error = parse_api_error(with_message(std::string(before, 'm') + key), key);
        CHECK(error.message == (std::string(before, 'm') + "***").substr(0, 512));
    }
}

TEST_CASE("A huge message that is nothing but the secret takes no time to speak of") {
    std::string const key = "k";
    CHECK(parse_api_error(with_message(std::string(1'000'000, 'k')), key).message.size() == 512);
}
