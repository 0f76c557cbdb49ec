#pragma once

#include <e2b/client.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <utility>

/// An HTTP service that snapshots on demand:
///
/// - `POST /sandboxes/{id}/snapshots` takes a snapshot, and answers when it is known what became of it.
/// - `GET /metrics` is for Prometheus.
///
/// A caller that hangs up cancels its call. What was sent to the platform by then goes on in the background,
/// for hanging up there could stop the sandbox.
///
/// Thread safety: none. One thread runs the executor, and all functions are called on it.
class Service {
public:
    using Metrics = std::function<std::string()>;

    /// Listens on a port of the loopback address; 0 takes a free one. The client must outlive the service.
    Service(boost::asio::any_io_executor executor, e2b::Client& client, std::uint16_t port, Metrics metrics);

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    /// Serves until `drain` is called and every caller that waits for a snapshot has its answer.
    boost::asio::awaitable<void> run();
    /// Accepts nothing new, and ends connections as soon as they have had their answers.
    void drain();

private:
    using Socket = boost::asio::ip::tcp::socket;
    using Request = boost::beast::http::request<boost::beast::http::string_body>;
    using Response = boost::beast::http::response<boost::beast::http::string_body>;
    struct Connection {
        explicit Connection(Socket accepted) : socket(std::move(accepted)) {}

        Socket socket;
        bool busy = false; // with a request
    };

    boost::asio::awaitable<void> serve(Connection& connection);
    boost::asio::awaitable<Response> answer(Connection& connection, Request const& request);

    boost::asio::any_io_executor executor_;
    e2b::Client& client_;
    Metrics metrics_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::list<Connection> connections_;
    boost::asio::steady_timer emptied_;
    bool draining_ = false;
};
