// Whichever allocation fails, each call ends once and truthfully, and the client goes on.
#include "fault/caller.hpp"
#include "support/byte_server.hpp"
#include "support/catch.hpp"
#include "support/failing_memory.hpp"

#include <e2b/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace asio = boost::asio;
using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

// A server in a process of its own, whose allocations do not fail.
class ForkedServer {
public:
    explicit ForkedServer(std::optional<ServerTls> const& tls)
        : shared_(static_cast<Shared*>(
              ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
        new (shared_) Shared;
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL); // whatever ends the test
            ByteServer const server(tls, [this, encrypted = tls.has_value()](Peer& peer) {
                if (encrypted)
                    peer.handshake();
                for (;;) {
                    peer.read_request();
                    ++shared_->posts;
                    peer.send(created());
                }
            });
            shared_->port = server.port();
            for (;;)
                ::pause();
        }
        while (shared_->port == 0)
            ::usleep(1000);
    }
    ForkedServer(ForkedServer const&) = delete;
    ForkedServer& operator=(ForkedServer const&) = delete;
    ~ForkedServer() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        ::munmap(shared_, sizeof(Shared));
    }

    [[nodiscard]] unsigned posts() const { return shared_->posts; }
    [[nodiscard]] unsigned port() const { return shared_->port; }

private:
    struct Shared {
        std::atomic<unsigned> port = 0;
        std::atomic<unsigned> posts = 0;
    };
    Shared* shared_;
    pid_t pid_ = -1;
};

// What became of one call, and of the memory meanwhile.
struct Ended {
    std::optional<Result<SnapshotInfo>> result;
    bool threw = false; // bad_alloc, out of the call
    bool failed = false;
    unsigned completions = 0;
};

enum class Form : bool { result, exception };

asio::awaitable<void> call(Client& client, unsigned nth, Form form, Ended& ended) {
    SnapshotRequest request("i0123456789abcdefghij");
    FailingMemory const memory(nth);
    try {
        if (form == Form::result) {
            auto snapshot = client.try_create_snapshot(std::move(request));
            ended.result.emplace(co_await std::move(snapshot));
        } else {
            auto snapshot = client.create_snapshot(std::move(request));
            ended.result.emplace(co_await std::move(snapshot), 1, 0ns);
        }
    } catch (SnapshotError const& error) {
        ended.result.emplace(error.failure());
    } catch (std::bad_alloc const&) {
        ended.threw = true;
    }
    ended.failed = memory.failed();
}

// A client, and what is thrown out of its context.
struct Run {
    explicit Run(ClientConfig config) : client(context.get_executor(), std::move(config)) {}

    Ended call_once(unsigned nth, Form form) {
        Ended ended;
        asio::co_spawn(context, call(client, nth, form, ended), [&](std::exception_ptr problem) {
            ++ended.completions;
            CHECK(!problem);
        });
        auto const give_up = std::chrono::steady_clock::now() + 20s;
        while (ended.completions == 0 && std::chrono::steady_clock::now() < give_up) {
            context.restart();
            try {
                context.run_one_for(100ms);
            } catch (std::bad_alloc const&) {
                ++escaped;
            }
        }
        REQUIRE(ended.completions == 1);
        return ended;
    }

    asio::io_context context{1};
    Client client;
    unsigned escaped = 0;
};

ClientConfig config_for(ForkedServer const& server, bool encrypted) {
    ClientConfig config;
    config.base_url =
        std::string(encrypted ? "https" : "http") + "://localhost:" + std::to_string(server.port());
    config.api_key = api_key;
    config.tls.ca_pem = authority().certificate;
    return config;
}

void check_truth(Ended const& ended, unsigned posts) {
    if (ended.threw) {
        CHECK(posts == 0);
        return;
    }
    REQUIRE(ended.result);
    INFO(describe(*ended.result));
    switch (ended.result->outcome()) {
    case Outcome::created:
        CHECK(posts == 1);
        break;
    case Outcome::not_sent:
        CHECK(posts == 0);
        break;
    default:
        CHECK(ended.result->outcome() == Outcome::unknown);
        CHECK_FALSE(ended.result->error() == Condition::transient);
        CHECK(posts == 1);
    }
}

} // namespace

TEST_CASE("the nth allocation fails, for every n of a call", "[memory]") {
    NoDescriptorLeak const no_leak;
    bool const encrypted = GENERATE(false, true);
    bool const first = GENERATE(true, false); // or a later one, on a connection that is open
    auto const form = GENERATE(Form::result, Form::exception);
    std::optional<ServerTls> tls;
    if (encrypted)
        tls.emplace(issue_for(authority(), "DNS:localhost"));
    ForkedServer const server(tls);
    unsigned nth = 1;
    for (bool more = true; more; ++nth) {
        INFO("allocation " << nth << (first ? " of the first call" : " of a later call")
                           << (encrypted ? " over TLS" : " in the clear"));
        Run run(config_for(server, encrypted));
        if (!first)
            REQUIRE(run.call_once(0, form).result);
        auto const before = server.posts();
        auto const ended = run.call_once(nth, form);
        check_truth(ended, server.posts() - before);
        // The client goes on.
        auto const next = run.call_once(0, form);
        REQUIRE(next.result);
        CHECK(describe(*next.result) == "created");
        auto const stats = run.client.stats();
        CHECK(stats.in_flight == 0);
        CHECK(stats.leased == 0);
        CHECK(stats.waiting == 0);
        CHECK(run.escaped == 0);
        more = ended.failed;
    }
    CHECK(nth > (first ? 20U : 5U));
}
