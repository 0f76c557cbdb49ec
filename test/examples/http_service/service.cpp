#include "service.hpp"

#include "trace_context.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using boost::system::error_code;

namespace {

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;
using Snapshot = e2b::Result<e2b::SnapshotInfo>;

constexpr std::size_t body_limit = 4096;
constexpr std::uint32_t head_limit = 8192;

Response response_to(Request const& request, http::status status, std::string type, std::string body) {
    Response response(status, request.version());
    response.set(http::field::content_type, type);
    response.keep_alive(request.keep_alive());
    response.body() = std::move(body);
    response.prepare_payload();
    return response;
}

Response error(Request const& request, http::status status, std::string_view message) {
    return response_to(request, status, "application/json",
                       json::serialize(json::object{{"message", message}}));
}

// What a caller can do next is what tells these apart: nothing, try again, or look whether there is a
// snapshot.
http::status status_of(e2b::Failure const& failure) {
    switch (failure.outcome) {
    case e2b::Outcome::not_sent:
        return failure.error == e2b::Errc::invalid_argument ? http::status::bad_request
                                                            : http::status::service_unavailable;
    case e2b::Outcome::rejected:
        if (failure.error == e2b::Errc::not_found)
            return http::status::not_found;
        if (failure.error == e2b::Errc::busy || failure.error == e2b::Errc::rate_limited)
            return http::status::service_unavailable;
        return http::status::bad_gateway;
    default:
        return http::status::gateway_timeout;
    }
}

Response response_to(Request const& request, Snapshot const& snapshot) {
    if (snapshot)
        return response_to(request, http::status::created, "application/json",
                           json::serialize(json::object{{"snapshotID", snapshot->snapshot_id}}));
    auto const& failure = snapshot.error();
    json::object const body{{"outcome", e2b::to_string(failure.outcome)},
                            {"error", e2b::to_string(failure.error)},
                            {"message", failure.to_string()}};
    auto response = response_to(request, status_of(failure), "application/json", json::serialize(body));
    if (response.result() == http::status::service_unavailable)
        response.set(http::field::retry_after, "1");
    return response;
}

// The sandbox's id in `/sandboxes/{id}/snapshots`.
std::optional<std::string> sandbox_in(std::string_view target) {
    constexpr std::string_view before = "/sandboxes/";
    constexpr std::string_view after = "/snapshots";
    if (!target.starts_with(before) || !target.ends_with(after) ||
        target.size() <= before.size() + after.size())
        return std::nullopt;
    return std::string(target.substr(before.size(), target.size() - before.size() - after.size()));
}

// Whether the peer of a socket that is readable has hung up. Bytes are another request.
bool has_hung_up(asio::ip::tcp::socket& socket) {
    char byte = 0;
    error_code failed;
    socket.non_blocking(true, failed);
    auto const size = socket.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, failed);
    return failed ? failed != asio::error::would_block : size == 0;
}

asio::awaitable<void> take(e2b::Client& client, e2b::SnapshotRequest request, e2b::CallOptions options,
                           std::optional<Snapshot>& result) {
    auto call = client.try_create_snapshot(std::move(request), std::move(options));
    result.emplace(co_await std::move(call));
}

// A snapshot whose call is cancelled when the peer of `socket` hangs up.
asio::awaitable<Snapshot> take_unless_left(asio::ip::tcp::socket& socket, e2b::Client& client,
                                           e2b::SnapshotRequest request, e2b::CallOptions options) {
    struct Watch {
        asio::cancellation_signal cancel;
        bool over = false;
    };
    auto const watch = std::make_shared<Watch>();
    socket.async_wait(asio::socket_base::wait_read, [watch, &socket](error_code failed) {
        if (!failed && !watch->over && has_hung_up(socket))
            watch->cancel.emit(asio::cancellation_type::terminal);
    });
    std::optional<Snapshot> result;
    auto call = take(client, std::move(request), std::move(options), result);
    auto const executor = co_await asio::this_coro::executor;
    co_await asio::co_spawn(executor, std::move(call),
                            asio::bind_cancellation_slot(watch->cancel.slot(), asio::use_awaitable));
    watch->over = true;
    error_code ignored;
    socket.cancel(ignored);
    co_return std::move(*result);
}

} // namespace

Service::Service(asio::any_io_executor executor, e2b::Client& client, std::uint16_t port, Metrics metrics)
    : executor_(std::move(executor)),
      client_(client),
      metrics_(std::move(metrics)),
      acceptor_(executor_, {asio::ip::address_v4::loopback(), port}),
      emptied_(executor_, std::chrono::steady_clock::time_point::max()) {}

asio::awaitable<void> Service::run() {
    while (!draining_) {
        error_code failed;
        auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failed));
        if (failed)
            continue;
        auto const connection = connections_.emplace(connections_.end(), std::move(socket));
        auto const forget = [this, connection](std::exception_ptr) {
            connections_.erase(connection);
            if (draining_ && connections_.empty())
                emptied_.cancel();
        };
        asio::co_spawn(executor_, serve(*connection), forget);
    }
    error_code cancelled;
    if (!connections_.empty())
        co_await emptied_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

void Service::drain() {
    draining_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (auto& connection : connections_)
        if (!connection.busy)
            connection.socket.close(ignored);
}

asio::awaitable<void> Service::serve(Connection& connection) {
    boost::beast::flat_buffer buffer;
    while (!draining_) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(body_limit);
        parser.header_limit(head_limit);
        error_code failed;
        co_await http::async_read(connection.socket, buffer, parser,
                                  asio::redirect_error(asio::use_awaitable, failed));
        if (failed)
            co_return;
        connection.busy = true;
        auto const request = parser.release();
        auto answering = answer(connection, request);
        auto response = co_await std::move(answering);
        if (draining_)
            response.keep_alive(false);
        co_await http::async_write(connection.socket, response,
                                   asio::redirect_error(asio::use_awaitable, failed));
        connection.busy = false;
        if (failed || !response.keep_alive())
            co_return;
    }
}

asio::awaitable<Response> Service::answer(Connection& connection, Request const& request) {
    if (request.method() == http::verb::get && request.target() == "/metrics")
        co_return response_to(request, http::status::ok, "text/plain; version=0.0.4", metrics_());
    auto const sandbox = sandbox_in(request.target());
    if (!sandbox)
        co_return error(request, http::status::not_found, "there is nothing here");
    if (request.method() != http::verb::post)
        co_return error(request, http::status::method_not_allowed, "only POST is allowed");
    e2b::CallOptions options;
    options.headers.emplace_back("traceparent", child_of(request["traceparent"]));
    auto call =
        take_unless_left(connection.socket, client_, e2b::SnapshotRequest(*sandbox), std::move(options));
    auto const snapshot = co_await std::move(call);
    co_return response_to(request, snapshot);
}
