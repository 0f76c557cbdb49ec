// A plain Beast client as its examples show one: a coroutine per request in flight over its own
// ssl::stream<tcp_stream>, string bodies, the stream's own timeouts, and the response parsed by Boost.JSON.
#include "support/meter.hpp"
#include "support/options.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;

namespace {

using Stream = beast::ssl_stream<beast::tcp_stream>;
constexpr std::chrono::seconds timeout{30};

class Load {
public:
    explicit Load(bench::Options const& options) : options_(options), meter_(options) {
        tls_.set_verify_mode(asio::ssl::verify_peer);
        tls_.set_verify_callback(asio::ssl::host_name_verification(options.host));
        tls_.load_verify_file(options.ca_file);
        endpoints_ = asio::ip::tcp::resolver(context_).resolve(options.host, options.port);
    }

    int run() {
        for (std::uint64_t i = 0; i < options_.concurrency; ++i)
            asio::co_spawn(context_, work(i), [](std::exception_ptr error) {
                if (error)
                    std::rethrow_exception(error);
            });
        while (meter_.running() && context_.run_one() != 0) {
        }
        return meter_.report();
    }

private:
    asio::awaitable<void> work(std::uint64_t index) {
        Stream stream(context_, tls_);
        beast::get_lowest_layer(stream).expires_after(timeout);
        co_await beast::get_lowest_layer(stream).async_connect(endpoints_, use_awaitable);
        beast::get_lowest_layer(stream).socket().set_option(asio::ip::tcp::no_delay(true));
        co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);

        asio::steady_timer timer(context_);
        beast::flat_buffer buffer;
        auto const target = "/sandboxes/" + bench::sandbox_id(index) + "/snapshots";
        while (meter_.running()) {
            auto const start = meter_.next_start();
            if (options_.rate > 0 && start > bench::Clock::now()) {
                timer.expires_at(start);
                co_await timer.async_wait(use_awaitable);
            }
            meter_.ended(start, co_await exchange(stream, buffer, target));
        }
    }

    asio::awaitable<bool> exchange(Stream& stream, beast::flat_buffer& buffer, std::string const& target) {
        http::request<http::string_body> request(http::verb::post, target, 11);
        request.set(http::field::host, options_.host + ":" + options_.port);
        request.set(http::field::user_agent, "bench");
        request.set("X-API-Key", options_.key);
        request.set(http::field::accept, "application/json");
        request.set(http::field::content_type, "application/json");
        request.body() = "{}";
        request.prepare_payload();
        beast::get_lowest_layer(stream).expires_after(timeout);
        co_await http::async_write(stream, request, use_awaitable);
        http::response<http::string_body> response;
        co_await http::async_read(stream, buffer, response, use_awaitable);
        if (response.result() != http::status::created)
            co_return false;
        co_return !boost::json::parse(response.body()).at("snapshotID").as_string().empty();
    }

    bench::Options options_;
    bench::Meter meter_;
    asio::io_context context_{1};
    asio::ssl::context tls_{asio::ssl::context::tls_client};
    asio::ip::tcp::resolver::results_type endpoints_;
};

} // namespace

int main(int argc, char** argv) {
    auto* const load = new Load(bench::Options::parse(argc, argv));
    int const status = load->run();
    std::fflush(stdout);
    std::_Exit(status); // connections are not worth closing one by one
}
