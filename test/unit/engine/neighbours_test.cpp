// What the endpoints beside the snapshot's own send, and what they make of the responses of various servers.
#include "rig.hpp"

#include <boost/asio/co_spawn.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace e2b;
using namespace e2b::test;
namespace asio = boost::asio;

namespace {

constexpr char const* page = "<html><title>404 Not Found</title></html>";
constexpr char const* not_found = R"({"code":404,"message":"not found"})";

// A client of a server that is a function from requests to responses.
class Server {
public:
    explicit Server(std::function<std::string(std::string const& request)> respond) {
        rig_.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
        rig_.network.on_exchange = [this, respond](MockConnection& connection) {
            requests.emplace_back(connection.request_buffer());
            auto const reply = respond(requests.back());
            connection.commit();
            connection.receive(reply);
            if (hangs_up)
                connection.end();
        };
    }

    // The end of a call, which comes without any time passing.
    template <class T>
    T run(asio::awaitable<T> call) {
        std::optional<T> value;
        asio::co_spawn(*rig_.context, std::move(call), [&](std::exception_ptr thrown, T result) {
            if (thrown)
                std::rethrow_exception(thrown);
            value.emplace(std::move(result));
        });
        rig_.poll();
        REQUIRE(value);
        return std::move(*value);
    }

    [[nodiscard]] Client& client() { return *rig_.client; }

    std::vector<std::string> requests;
    bool hangs_up = false; // after each reply

private:
    Rig rig_;
};

std::function<std::string(std::string const&)> always(std::string reply) {
    return [reply = std::move(reply)](std::string const&) { return reply; };
}

std::string first_line(std::string const& request) {
    return request.substr(0, request.find("\r\n"));
}

} // namespace

TEST_CASE("an id is deleted as the server printed it", "[client]") {
    Server server(always("HTTP/1.1 204 No Content\r\n\r\n"));
    CHECK(server.run(server.client().try_delete_snapshot("Team Name/short:v1\xc3\xa4")) == Deletion::deleted);
    REQUIRE(server.requests.size() == 1);
    CHECK(first_line(server.requests[0]) == "DELETE /templates/Team%20Name%2Fshort%3Av1%C3%A4 HTTP/1.1");
    CHECK(server.run(server.client().try_delete_snapshot("../sandboxes")).error().error ==
          Errc::invalid_argument);
}

TEST_CASE("200 counts as a deletion, unless it is a page", "[client]") {
    for (auto const* const body : {"", "{}", R"({"templateID":"snap-1","status":"READY"})"}) {
        Server server(always(response(200, body)));
        CHECK(server.run(server.client().try_delete_snapshot("snap-1")) == Deletion::deleted);
    }
    Server server(always(response(200, page)));
    CallOptions once;
    once.retry = RetryPolicy();
    once.retry->max_attempts = 1;
    auto const result = server.run(server.client().try_delete_snapshot("snap-1", once));
    REQUIRE_FALSE(result);
    CHECK(result.error().error == Errc::unexpected_status);
    CHECK(result.error().outcome == Outcome::unknown);
    CHECK(result.error().server_message == "404 Not Found");
}

TEST_CASE("what is not there is distinguished from an endpoint that is not there", "[client]") {
    {
        Server server(always(response(404, not_found)));
        CHECK(server.run(server.client().try_delete_snapshot("a")) == Deletion::absent);
        CHECK(server.run(server.client().try_get_sandbox("i1")).error() == Errc::not_found);
    }
    Server server(always(response(404, page)));
    CHECK(server.run(server.client().try_delete_snapshot("a")).error().error == Errc::no_such_endpoint);
    CHECK(server.run(server.client().try_get_sandbox("i1")).error().error == Errc::no_such_endpoint);
    CHECK(server.run(server.client().try_list_snapshots()).error().error == Errc::no_such_endpoint);
    CHECK(server.requests.size() == 3); // none is tried again
}

TEST_CASE("templates are asked for by name, also where they are not there", "[client]") {
    Server server([](std::string const& request) {
        auto const line = first_line(request);
        if (line == "GET /templates/team%2Fa/tags HTTP/1.1")
            return response(200, R"([{"tag":"v1","buildID":"b1"}])");
        if (line == "GET /templates/aliases/team%2Fa HTTP/1.1")
            return response(200, R"({"templateID":"t1","public":false})");
        if (line == "GET /templates/t1?limit=100 HTTP/1.1")
            return std::string("HTTP/1.1 200 OK\r\nX-Next-Token: more\r\nContent-Length: 33\r\n\r\n"
                               R"({"templateID":"t1", "builds": []})");
        if (line == "GET /templates/t1?limit=100&nextToken=more HTTP/1.1")
            return response(200, R"({"templateID":"t1","builds":[]})");
        return response(404, not_found);
    });
    auto& client = server.client();
    auto const tags = server.run(client.try_list_tags("team/a"));
    REQUIRE(tags);
    CHECK(tags->front().build_id == "b1");
    CHECK(server.run(client.try_find_template("team/a")).value() == "t1");
    auto const first = server.run(client.try_get_template("t1"));
    REQUIRE(first);
    CHECK(first->next_token == "more");
    auto const last = server.run(client.try_get_template("t1", "more"));
    REQUIRE(last);
    CHECK_FALSE(last->has_next());

    CHECK(server.run(client.try_list_tags("other")).error() == Errc::not_found);
    CHECK(server.run(client.try_find_template("other")).error() == Errc::not_found);
    CHECK(server.run(client.try_get_template("other")).error() == Errc::not_found);
    CHECK_THROWS_AS(server.run(client.list_tags("other")), SnapshotError);
    CHECK_THROWS_AS(server.run(client.find_template("other")), SnapshotError);
    CHECK_THROWS_AS(server.run(client.get_template("other")), SnapshotError);
}

TEST_CASE("a 404 that is cut is nobody's word that something is not there", "[client]") {
    Server server(always("HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n{\"code\":404"));
    server.hangs_up = true;
    auto const looked_up = server.run(server.client().try_get_sandbox("i1"));
    REQUIRE_FALSE(looked_up);
    CHECK(looked_up.error() == Errc::truncated);
    CHECK(looked_up.error().http_status == 404);
    auto const deleted = server.run(server.client().try_delete_snapshot("a"));
    REQUIRE_FALSE(deleted);
    CHECK(deleted.error() == Errc::not_found);
    CHECK(deleted.error().phase == Phase::body);
}

TEST_CASE("a sandbox is made by the newest endpoint that the server has", "[client]") {
    auto const made = response(201, R"({"sandboxID":"i1","templateID":"t"})");
    auto const is_newest = [](std::string const& request) {
        return first_line(request) == "POST /v2/sandboxes HTTP/1.1";
    };
    {
        Server server(always(made));
        CHECK(server.run(server.client().try_create_sandbox("t")).value().sandbox_id == "i1");
        CHECK(server.requests.size() == 1);
        CHECK(is_newest(server.requests[0]));
    }
    for (auto const& missing :
         {response(404, page), response(405, ""), response(501, ""),
          response(404, R"({"code":404,"message":"validation error: method not allowed"})")}) {
        Server server([&](std::string const& request) { return is_newest(request) ? missing : made; });
        auto const result = server.run(server.client().try_create_sandbox("t"));
        CHECK(result.value().sandbox_id == "i1");
        CHECK(result.attempts() == 2);
        REQUIRE(server.requests.size() == 2);
        CHECK(first_line(server.requests[1]) == "POST /sandboxes HTTP/1.1");
        CHECK(server.requests[1].ends_with(R"({"templateID":"t","timeout":300})"));
        CHECK(server.run(server.client().create_sandbox("t")).sandbox_id == "i1");
    }
    // Nothing else is a reason to ask for a second sandbox.
    for (auto const& other : {response(404, not_found), response(500, page), response(400, not_found)}) {
        Server server(always(other));
        CHECK_FALSE(server.run(server.client().try_create_sandbox("t")));
        CHECK(server.requests.size() == 1);
    }
    Server server(always(response(404, page)));
    auto const result = server.run(server.client().try_create_sandbox("t"));
    CHECK(result.error().error == Errc::no_such_endpoint);
    CHECK(result.error().attempts == 2);
}

TEST_CASE("a call's own headers are sent with each of its requests", "[client]") {
    Server server(always(response(404, not_found)));
    auto& client = server.client();
    CallOptions options;
    options.headers = {{"X-Own", "1"}};
    static_cast<void>(server.run(client.try_create_snapshot("i1", options)));
    static_cast<void>(server.run(client.try_list_snapshots({}, options)));
    static_cast<void>(server.run(client.try_delete_snapshot("t", options)));
    static_cast<void>(server.run(client.try_get_sandbox("i1", options)));
    static_cast<void>(server.run(client.try_list_sandboxes({}, options)));
    static_cast<void>(server.run(client.try_create_sandbox("t", options)));
    static_cast<void>(server.run(client.try_list_tags("t", options)));
    static_cast<void>(server.run(client.try_find_template("t", options)));
    static_cast<void>(server.run(client.try_get_template("t", "", options)));
    CHECK(server.requests.size() == 9);
    for (auto const& request : server.requests)
        CHECK(request.find("\r\nX-Own: 1\r\n") != std::string::npos);
}

TEST_CASE("templates that nothing can be asked of are refused unsent", "[client]") {
    Server server(always(response(200, "[]")));
    auto& client = server.client();
    CHECK(server.run(client.try_list_tags("")).error().detail.starts_with("template: "));
    CHECK(server.run(client.try_find_template("a\n")).error().detail.starts_with("template: "));
    CHECK(server.run(client.try_get_template("..")).error().detail.starts_with("template: "));
    CHECK(server.run(client.try_get_template("t1", "a b")).error().detail.starts_with("next_token: "));
    CHECK(server.requests.empty());
    // A response that is none is not a template that is not there.
    CallOptions once;
    once.retry = RetryPolicy();
    once.retry->max_attempts = 1;
    CHECK(server.run(client.try_find_template("a", once)).error().error == Errc::malformed);
}
