// How a service of one's own is tested with the simulator: here the one in ../http_service, in this process.
// Everything that can happen to a request is a line, and what the platform was asked for can be looked at
// afterwards.
#include "examples/http_service/service.hpp"
#include "support/catch.hpp"

#include <e2b/simulator.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Answer = http::response<http::string_body>;

namespace {

// The platform's double, and what it was asked for.
class Platform {
public:
    Platform() : simulator(options()) {}

    [[nodiscard]] e2b::ClientConfig config() const {
        e2b::ClientConfig config;
        config.base_url = simulator.url();
        config.api_key = simulator.api_key();
        config.tls.ca_pem = simulator.ca_pem();
        config.retry.max_attempts = 1; // so that what is refused once is the end
        return config;
    }
    [[nodiscard]] std::vector<e2b::ReceivedRequest> received() const {
        std::lock_guard const lock(mutex_);
        return received_;
    }

private:
    e2b::SimulatorOptions options() {
        e2b::SimulatorOptions options;
        options.sandboxes = 2;
        options.on_request = [this](e2b::ReceivedRequest const& request) {
            std::lock_guard const lock(mutex_);
            received_.push_back(request);
        };
        return options;
    }

    mutable std::mutex mutex_;
    std::vector<e2b::ReceivedRequest> received_;

public:
    e2b::Simulator simulator;
    std::string const sandbox = simulator.sandbox_ids().front();
};

// The service on a thread of its own, until it is drained at the end.
class RunningService {
public:
    explicit RunningService(Platform const& platform)
        : client_(context_.get_executor(), platform.config()),
          service_(context_.get_executor(), client_, 0, [] { return std::string(); }),
          ended_(asio::co_spawn(context_, service_.run(), asio::use_future)),
          thread_([this] { context_.run(); }) {}
    ~RunningService() {
        asio::post(context_, [this] { service_.drain(); });
        asio::co_spawn(context_, client_.close(), asio::use_future).wait();
        ended_.wait();
        thread_.join();
    }

    Answer snapshot(std::string const& sandbox, std::string const& traceparent = {}) {
        http::request<http::empty_body> request(http::verb::post, "/sandboxes/" + sandbox + "/snapshots", 11);
        request.set(http::field::host, "localhost");
        if (!traceparent.empty())
            request.set("traceparent", traceparent);
        asio::io_context context;
        asio::ip::tcp::socket socket(context);
        socket.connect({asio::ip::address_v4::loopback(), service_.port()});
        http::write(socket, request);
        boost::beast::flat_buffer buffer;
        Answer answer;
        http::read(socket, buffer, answer);
        return answer;
    }

private:
    asio::io_context context_{1};
    e2b::Client client_;
    Service service_;
    std::future<void> ended_;
    std::thread thread_;
};

std::string text_in(Answer const& answer, char const* member) {
    return boost::json::value_to<std::string>(boost::json::parse(answer.body()).at(member));
}

std::string traceparent_of(e2b::ReceivedRequest const& request) {
    for (auto const& [name, value] : request.headers)
        if (name == "traceparent")
            return value;
    return {};
}

} // namespace

TEST_CASE("the service answers with the snapshot that the platform has") {
    Platform platform;
    RunningService service(platform);
    auto const answer = service.snapshot(platform.sandbox);
    CHECK(answer.result() == http::status::created);
    REQUIRE(platform.simulator.snapshots().size() == 1);
    CHECK(text_in(answer, "snapshotID") == platform.simulator.snapshots()[0].snapshot_id);
}

TEST_CASE("a caller's trace goes on to the platform, with a parent of its own") {
    Platform platform;
    RunningService service(platform);
    std::string const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    std::string const caller = "00-" + trace + "-00f067aa0ba902b7-01";
    CHECK(service.snapshot(platform.sandbox, caller).result() == http::status::created);
    CHECK(service.snapshot(platform.sandbox, "nonsense").result() == http::status::created);

    auto const received = platform.received();
    REQUIRE(received.size() == 2);
    auto const ours = traceparent_of(received[0]);
    CHECK(ours.size() == caller.size());
    CHECK(ours.substr(0, 36) == "00-" + trace + '-');
    CHECK(ours.substr(52) == "-01");
    CHECK(ours != caller);
    auto const fresh = traceparent_of(received[1]);
    CHECK(fresh.size() == caller.size());
    CHECK(fresh.find(trace) == fresh.npos);
}

TEST_CASE("a caller whose answer was lost is told that there may be a snapshot") {
    Platform platform;
    platform.simulator.script(platform.sandbox, e2b::SimulatorFault::close());
    RunningService service(platform);
    auto const answer = service.snapshot(platform.sandbox);
    CHECK(answer.result() == http::status::gateway_timeout);
    CHECK(text_in(answer, "outcome") == "unknown");
    CHECK(platform.simulator.snapshots().size() == 1);
}

TEST_CASE("a busy platform is told as such, and may be asked again") {
    Platform platform;
    platform.simulator.script(platform.sandbox, e2b::SimulatorFault::reject(503));
    RunningService service(platform);
    auto const answer = service.snapshot(platform.sandbox);
    CHECK(answer.result() == http::status::service_unavailable);
    CHECK(answer[http::field::retry_after] == "1");
    CHECK(text_in(answer, "outcome") == "rejected");
    CHECK(service.snapshot(platform.sandbox).result() == http::status::created);
}

TEST_CASE("a service that is drained answers those who wait") {
    Platform platform;
    platform.simulator.set_latency(std::chrono::seconds(2));
    Answer answer;
    std::thread caller;
    {
        RunningService service(platform);
        caller = std::thread([&] { answer = service.snapshot(platform.sandbox); });
        CHECK(platform.simulator.wait_for_in_flight(1));
    }
    caller.join();
    CHECK(answer.result() == http::status::created);
    CHECK_FALSE(answer.keep_alive());
}
