#include "core/api_error.hpp"
#include "support/catch.hpp"

#include <string>

using e2b::core::parse_api_error;

namespace {

std::string with_message(std::string const& message) {
    return R"({"code":400,"message":")" + message + "\"}";
}

} // namespace

TEST_CASE("The platform's error body") {
    auto const error =
        parse_api_error(R"({"code":503,"message":"Node is busy\nTry again","x":{"code":1}})", "");
    REQUIRE(error);
    CHECK(error->code == 503);
    CHECK(error->message == "Node is busy\nTry again");
    CHECK(error->error_code.empty());
}

TEST_CASE("The platform's error body with a word for the error") {
    auto const error = parse_api_error(R"({"error_code":"quota","message":"","code":-1})", "");
    REQUIRE(error);
    CHECK(error->code == -1);
    CHECK(error->message.empty());
    CHECK(error->error_code == "quota");
}

TEST_CASE("A word for the error that is not a string is ignored") {
    auto const value = GENERATE(as<std::string>(), "null", "1", R"(["a"])", R"({"error_code":"a"})");
    auto const error = parse_api_error(R"({"code":400,"message":"m","error_code":)" + value + "}", "");
    REQUIRE(error);
    CHECK(error->error_code.empty());
}

TEST_CASE("Codes are 32 bits wide") {
    auto const code = [](std::string const& text) {
        auto const error = parse_api_error(R"({"message":"m","code":)" + text + "}", "");
        return error ? std::optional(error->code) : std::nullopt;
    };
    CHECK(code("2147483647") == 2147483647);
    CHECK(code("-2147483648") == -2147483647 - 1);
    CHECK(code("2147483648") == std::nullopt);
    CHECK(code("-2147483649") == std::nullopt);
    CHECK(code("18446744073709551615") == std::nullopt);
    CHECK(code("1e2") == std::nullopt);
    CHECK(code("1e400") == std::nullopt);
    CHECK(code("400.5") == std::nullopt);
}

TEST_CASE("A body that is not the platform's") {
    auto const body =
        GENERATE(as<std::string>(), "", "<html>502 Bad Gateway</html>", "{}", "null", R"({"code":400})",
                 R"({"message":"m"})", R"({"code":"400","message":"m"})", R"({"code":400,"message":null})",
                 R"({"code":400,"message":["m"]})", R"({"code":[400],"message":"m"})",
                 R"({"code":400,"code":400,"message":"m"})", R"([{"code":400,"message":"m"}])",
                 R"({"error":{"code":400,"message":"m"}})", R"({"code":400,"message":"m"} x)");
    CAPTURE(body);
    CHECK_FALSE(parse_api_error(body, ""));
}

TEST_CASE("A message is cut to 512 bytes, between characters") {
    CHECK(parse_api_error(with_message(std::string(512, 'm')), "")->message == std::string(512, 'm'));
    CHECK(parse_api_error(with_message(std::string(513, 'm')), "")->message == std::string(512, 'm'));
    CHECK(parse_api_error(with_message(std::string(511, 'm') + "\xc3\xa4"), "")->message ==
          std::string(511, 'm'));
    CHECK(parse_api_error(with_message(std::string(509, 'm') + "\xf0\x9f\x98\x80"), "")->message ==
          std::string(509, 'm'));
    CHECK(parse_api_error(with_message(std::string(508, 'm') + "\xf0\x9f\x98\x80"), "")->message ==
          std::string(508, 'm') + "\xf0\x9f\x98\x80");
}

TEST_CASE("The secret is cut out of whatever echoes it") {
    std::string const key = "e2b_0123456789";
    auto const error = parse_api_error(R"({"code":401,"message":"bad )" + key + key +
                                           R"(: e2b_\u0030123456789!","error_code":")" + key + "\"}",
                                       key);
    REQUIRE(error);
    CHECK(error->message == "bad ******: ***!");
    CHECK(error->error_code == "***");
}

TEST_CASE("No part of the secret is left where a message is cut") {
    std::string const key = "e2b_0123456789";
    for (std::size_t before = 512 - 2 * key.size(); before != 513; ++before) {
        auto const error = parse_api_error(with_message(std::string(before, 'm') + key), key);
        REQUIRE(error);
        CHECK(error->message == (std::string(before, 'm') + "***").substr(0, 512));
    }
}

TEST_CASE("A huge message that is nothing but the secret takes no time to speak of") {
    std::string const key = "k";
    CHECK(parse_api_error(with_message(std::string(1'000'000, 'k')), key)->message.size() == 512);
}
