#include "simulator/reply.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>
#include <boost/system/error_code.hpp>

using e2b::sim::append_json_string;
using e2b::sim::append_response;
using e2b::sim::Reply;

namespace {

std::string bytes(Reply const& reply, bool close = false, bool head_only = false) {
    std::string text;
    append_response(text, reply, close, head_only);
    return text;
}

} // namespace

TEST_CASE("an error is the API's JSON, with the status's usual message or another") {
    Reply reply;
    reply.add_field("Retry-After", 7);
    reply.set_error(429);
    CHECK(reply.status == 429);
    CHECK(reply.fields == "Retry-After: 7\r\n");
    auto const body = boost::json::parse(reply.body).as_object();
    CHECK(body.at("code") == 429);
    CHECK_FALSE(body.at("message").as_string().empty());
    reply.set_error(500, "two\nlines \"quoted\"");
    CHECK(boost::json::parse(reply.body).at("message") == "two\nlines \"quoted\"");
    CHECK(boost::json::parse(reply.body).at("code") == 500);
    CHECK_FALSE(boost::json::parse(reply.body).as_object().contains("error_code"));
    reply.set_error(409, "m", "word");
    CHECK(reply.body == R"({"code":409,"error_code":"word","message":"m"})");
}

TEST_CASE("a web server's own words are plain text, or nothing at all") {
    Reply reply;
    reply.set_text(404, "404 page not found");
    CHECK(bytes(reply) == "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n"
                          "Content-Length: 18\r\n\r\n404 page not found");
    reply.set_text(405, {});
    CHECK(bytes(reply).find("Content-Length: 0\r\n\r\n") != std::string::npos);
}

TEST_CASE("what the load balancer says is no JSON and has none of the API's fields") {
    for (int const status : {429, 502, 504}) {
        Reply reply;
        reply.add_field("RateLimit-Limit", 7);
        reply.set_balancer_error(status);
        boost::system::error_code error;
        boost::json::parse(reply.body, error);
        CHECK(error.failed());
        CHECK(reply.fields.empty());
        CHECK(reply.content_type.substr(0, 9) == "text/html");
    }
}

TEST_CASE("a reply travels as one message whose length is said") {
    Reply reply;
    reply.set_json(201);
    reply.body = "{}";
    reply.add_field("X-Next-Token", "abc");
    std::string const head = "HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\n"
                             "Content-Length: 2\r\nX-Next-Token: abc\r\n";
    CHECK(bytes(reply) == head + "\r\n{}");
    CHECK(bytes(reply, true) == head + "Connection: close\r\n\r\n{}");
    CHECK(bytes(reply, false, true) == head + "\r\n");
    reply.clear();
    reply.status = 204;
    CHECK(bytes(reply) == "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_CASE("a status without a name has one all the same") {
    Reply reply;
    reply.set_error(499);
    CHECK(bytes(reply).substr(0, 18) == "HTTP/1.1 499 Error");
}

TEST_CASE("strings are quoted as JSON has it") {
    std::string text;
    append_json_string(text, std::string("a\"b\\c\n\x01\0z", 9));
    CHECK(text == "\"a\\\"b\\\\c\\u000a\\u0001\\u0000z\"");
}
