// Many threads, and all that can happen at the same time: calls that are cancelled and time out, dials that
// race, handshakes that are cut, connections that are reset, clients that are closed and destroyed. For the
// sanitizers above all; checks besides that each call ends once, and that nothing is left.
//
//   stress [SECONDS [SEED]]
#include "engine/create_snapshot.hpp"
#include "engine/engine.hpp"
#include "engine/initiate.hpp"
#include "net/system_time.hpp"
#include "net/tcp_connector.hpp"
#include "support/byte_server.hpp"

#include <e2b/config.hpp>
#include <e2b/detail/client_access.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

constexpr unsigned threads = 8;
constexpr unsigned calls_in_round = 400;
constexpr char const* host = "api.example.test";
constexpr char const* body = R"({"snapshotID":"abc:default","names":[]})";

void require(bool good, char const* what) {
    if (!good)
        throw std::logic_error(what);
}

// One for all threads: what happens is random anyway.
class Dice {
public:
    explicit Dice(unsigned seed) : random_(seed) {}
    unsigned operator()(unsigned sides) {
        std::lock_guard const lock(mutex_);
        return static_cast<unsigned>(random_() % sides);
    }

private:
    std::mutex mutex_;
    std::mt19937 random_;
};

std::size_t open_descriptors() {
    std::filesystem::directory_iterator const entries("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

// ---- The server

std::string created(std::string const& fields = {}) {
    return "HTTP/1.1 201 Created\r\n" + fields +
           "Content-Length: " + std::to_string(std::string(body).size()) + "\r\n\r\n" + body;
}

// What a server does with one request; false where that ends the connection.
bool respond(Peer& peer, Dice& dice, bool encrypted) {
    switch (dice(16)) {
    case 0:
        peer.end(Ending::rst);
        return false;
    case 1:
        peer.send(created("Connection: close\r\n"));
        peer.end(Ending::fin);
        return false;
    case 2:
        peer.send(created() + created());
        return true;
    case 3:
        peer.send(created().substr(0, 40));
        peer.end(dice(2) == 0 ? Ending::fin : Ending::rst);
        return false;
    case 4:
        peer.send("HTTP/1.1 429 Slow down\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n");
        return true;
    case 5:
        peer.send(created());
        peer.shut_down();
        return true;
    case 6:
        if (encrypted)
            peer.send_ticket();
        peer.send(created());
        return true;
    case 7:
        std::this_thread::sleep_for(std::chrono::milliseconds(dice(20)));
        peer.send(created());
        return true;
    default:
        peer.send(created());
        return true;
    }
}

ByteServer::Script script(Dice& dice, bool encrypted) {
    return [&dice, encrypted](Peer& peer) {
        if (dice(12) == 0)
            return peer.end(dice(2) == 0 ? Ending::fin : Ending::rst);
        if (encrypted && dice(12) == 0)
            peer.cut_output_after(dice(800), dice(2) == 0 ? Ending::fin : Ending::rst);
        if (encrypted)
            peer.handshake();
        do
            peer.read_request();
        while (respond(peer, dice, encrypted));
    };
}

// ---- The client

std::shared_ptr<engine::Engine> make_engine(asio::io_context& context, ClientConfig config,
                                            net::Resolver::Lookup lookup) {
    auto made = std::make_shared<engine::Engine>(context.get_executor(), std::move(config));
    engine::EngineParts parts;
    parts.time = std::make_unique<net::SystemTime>(made->strand());
    parts.make_connector = [&](net::Timers& timers) {
        return std::make_unique<net::TcpConnector>(made->strand(), timers, made->config(), std::move(lookup));
    };
    made->assemble(std::move(parts));
    return made;
}

struct Call {
    explicit Call(asio::io_context& context) : strand(asio::make_strand(context)) {}
    asio::strand<asio::io_context::executor_type> strand;
    asio::cancellation_signal signal;
    std::atomic<unsigned> completions = 0;
};

asio::awaitable<void> run(std::shared_ptr<engine::Engine> const engine, CallOptions options) {
    engine::CreateSnapshot snapshot(SnapshotRequest("i0123456789abcdefghij"), std::move(options));
    auto call = engine::initiate(engine, std::move(snapshot));
    static_cast<void>(co_await std::move(call)); // that it ends is what counts
}

void start(std::shared_ptr<engine::Engine> const& engine, std::shared_ptr<Call> const& call, Dice& dice,
           std::latch& done) {
    CallOptions options;
    options.timeout = std::chrono::milliseconds(5 + dice(400));
    if (dice(4) == 0)
        options.attempt_timeout = std::chrono::milliseconds(1 + dice(30));
    auto ended = [call, &done](std::exception_ptr problem) {
        require(!problem, "a call threw");
        ++call->completions;
        done.count_down();
    };
    asio::co_spawn(call->strand, run(engine, options),
                   asio::bind_cancellation_slot(call->signal.slot(),
                                                asio::bind_executor(call->strand, std::move(ended))));
    if (dice(3) == 0) {
        auto timer =
            std::make_shared<asio::steady_timer>(call->strand, std::chrono::microseconds(dice(30'000)));
        timer->async_wait([timer, call](boost::system::error_code) {
            call->signal.emit(asio::cancellation_type::terminal);
        });
    }
}

// Servers, a client, and its end.
void round(asio::io_context& context, Dice& dice) {
    bool const encrypted = dice(3) != 0;
    std::optional<ServerTls> tls;
    static Identity const authority = make_authority();
    if (encrypted)
        tls.emplace(issue_for(authority, std::string("DNS:") + host));
    ByteServer const server(tls, script(dice, encrypted));
    BlackHole const hole;
    RefusingPort const refusing;
    std::vector<std::uint16_t> ports{server.port()};
    if (dice(2) == 0)
        ports.insert(ports.begin(), dice(2) == 0 ? hole.port() : refusing.port());

    ClientConfig config;
    config.base_url = std::string(encrypted ? "https://" : "http://") + host;
    config.allow_plain_http = true;
    config.api_key = "e2b_key_of_the_stress_test";
    config.tls.ca_pem = authority.certificate;
    config.max_connections = 1 + dice(24);
    config.max_requests_per_connection = 1 + dice(50);
    config.connect_timeout = std::chrono::milliseconds(50 + dice(500));
    config.idle_timeout = std::chrono::milliseconds(1 + dice(50));
    config.retry.base_backoff = std::chrono::milliseconds(1);
    auto engine = make_engine(context, config, [ports](std::string const&, std::uint16_t) {
        net::Resolved resolved;
        for (auto const port : ports)
            resolved.endpoints.emplace_back(asio::ip::address_v4::loopback(), port);
        return resolved;
    });

    std::latch done(calls_in_round);
    std::vector<std::shared_ptr<Call>> calls;
    for (unsigned i = 0; i != calls_in_round; ++i) {
        auto const& call = calls.emplace_back(std::make_shared<Call>(context));
        asio::post(call->strand, [&, engine, call] { start(engine, call, dice, done); });
        if (dice(8) == 0)
            std::this_thread::sleep_for(std::chrono::microseconds(dice(2000)));
    }
    std::latch closed(1);
    switch (dice(3)) {
    case 0: // all have ended
        done.wait();
        [[fallthrough]];
    case 1:
        asio::co_spawn(context, (*detail::SharedClient(engine)).close(std::chrono::milliseconds(dice(50))),
                       [&](std::exception_ptr) { closed.count_down(); });
        closed.wait();
        break;
    default: // as a client's destructor does
        engine->strand().run([engine] { engine->abort(); });
        break;
    }
    std::weak_ptr<engine::Engine> const alive = engine;
    engine.reset();
    done.wait();
    for (auto const& call : calls)
        require(call->completions == 1, "a call did not end once");
    for (auto const give_up = std::chrono::steady_clock::now() + 60s; !alive.expired();) {
        require(std::chrono::steady_clock::now() < give_up, "a client was not destroyed");
        std::this_thread::sleep_for(1ms);
    }
}

} // namespace

int main(int count, char** arguments) {
    auto const seconds = count > 1 ? std::atoi(arguments[1]) : 5;
    auto const seed = count > 2 ? static_cast<unsigned>(std::atoi(arguments[2])) : std::random_device()();
    std::cout << "seed " << seed << std::endl;
    Dice dice(seed);
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    unsigned rounds = 0;
    try {
        while (std::chrono::steady_clock::now() < until) {
            asio::io_context context(threads);
            auto work = asio::make_work_guard(context);
            std::vector<std::thread> runners;
            for (unsigned i = 0; i != threads; ++i)
                runners.emplace_back([&context] { context.run(); });
            std::size_t before = 0;
            for (int i = 0; i != 10; ++i, ++rounds) {
                round(context, dice);
                if (i == 0) // the context has its own descriptors now
                    before = open_descriptors();
            }
            require(open_descriptors() <= before, "descriptors are left");
            work.reset();
            for (auto& runner : runners)
                runner.join();
        }
    } catch (std::exception const& problem) {
        std::cerr << "after " << rounds << " rounds: " << problem.what() << std::endl;
        std::_Exit(1); // threads are still at work
    }
    std::cout << rounds << " rounds of " << calls_in_round << " calls" << std::endl;
}
