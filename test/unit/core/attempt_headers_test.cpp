#include "core/request_encoder.hpp"
#include "support/catch.hpp"

#include <e2b/observer.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace e2b;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

} // namespace

TEST_CASE("a header of an attempt that is added twice is there once, as it was added last") {
    AttemptHeaders headers(100);
    CHECK(headers.add("traceparent", "first"));
    CHECK(headers.add("X-Other", "other"));
    CHECK(headers.add("TraceParent", "second"));
    CHECK(headers.added() == Headers{{"TraceParent", "second"}, {"X-Other", "other"}});
}

TEST_CASE("a header that may not be added leaves the one of its name as it was") {
    AttemptHeaders headers(20);
    CHECK(headers.add("a", "value"));
    CHECK_FALSE(headers.add("A", "two\r\nlines"));
    CHECK_FALSE(headers.add("A", "sixteen letters."));
    CHECK(headers.added() == Headers{{"a", "value"}});
}

TEST_CASE("a header that is replaced makes room for the next one of its name") {
    AttemptHeaders headers(20);
    CHECK(headers.add("a", "ten bytes."));
    CHECK_FALSE(headers.add("b", "1"));
    CHECK(headers.add("A", "fifteen letters"));
    CHECK(headers.add("a", "1"));
    CHECK(headers.add("b", "nine here"));
    CHECK_FALSE(headers.add("c", ""));
    CHECK(headers.added() == Headers{{"a", "1"}, {"b", "nine here"}});
}

TEST_CASE("fields that are put into a request replace those of their names, without regard to case") {
    std::string request = "POST /sandboxes/a:b/snapshots HTTP/1.1\r\n"
                          "Host: api.e2b.app\r\n"
                          "TRACEPARENT: of the configuration\r\n"
                          "X-Kept: traceparent: 1\r\n"
                          "traceparent: of the call\r\n"
                          "Content-Length: 18\r\n"
                          "\r\n"
                          "\r\ntraceparent: body";
    core::insert_fields({{"Traceparent", "of the attempt"}, {"X-New", "1"}}, request);
    CHECK(request == "POST /sandboxes/a:b/snapshots HTTP/1.1\r\n"
                     "Host: api.e2b.app\r\n"
                     "X-Kept: traceparent: 1\r\n"
                     "Content-Length: 18\r\n"
                     "Traceparent: of the attempt\r\n"
                     "X-New: 1\r\n"
                     "\r\n"
                     "\r\ntraceparent: body");
}
