// Calls that end early, and the sandboxes that must not suffer from it.
#include "support/catch.hpp"

#include <e2b/client.hpp>
#include <e2b/simulator.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace e2b;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t calls_in_all = 1'000;
constexpr std::size_t connections = 250;

std::size_t open_descriptors() {
    std::filesystem::directory_iterator const entries("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

struct Late {
    Outcome outcome;
    std::string snapshot_id;
};

struct Notes final : ClientObserver {
    void on_late_response(LateResponse const& response) override {
        late[std::string(response.sandbox_id)].push_back(
            {response.outcome, response.snapshot == nullptr ? "" : response.snapshot->snapshot_id});
    }
    std::map<std::string, std::vector<Late>> late;
};

struct Call {
    std::string sandbox;
    asio::cancellation_signal signal;
    std::optional<Result<SnapshotInfo>> result;
};

SimulatorOptions platform(std::chrono::nanoseconds latency, std::chrono::nanoseconds spread) {
    SimulatorOptions options;
    options.sandboxes = calls_in_all;
    options.slots_per_node = 0;
    options.latency = latency;
    options.latency_spread = spread;
    return options;
}

// A thousand calls of one client, one for each sandbox.
class Scene {
public:
    explicit Scene(SimulatorOptions const& options) : simulator(options) {
        config_.base_url = simulator.url();
        config_.api_key = simulator.api_key();
        config_.tls.ca_pem = simulator.ca_pem();
        config_.max_connections = connections;
        config_.observer = notes;
    }

    // The calls begin `at_once` at a time, each wave when the one before it is over. `started` is called for
    // each.
    void run(CallOptions const& options, std::size_t at_once, std::function<void(Call&)> const& started) {
        client.emplace(context.get_executor(), config_);
        open_connections();
        auto const ids = simulator.sandbox_ids();
        for (std::size_t i = 0; i < ids.size(); i += at_once) {
            for (std::size_t k = i; k < std::min(i + at_once, ids.size()); ++k)
                start(ids[k], options, started);
            wait_for([&] { return running_ == 0 && client->stats().late == 0; });
        }
        drain();
    }

    // Whatever ended early was truthfully reported, and nothing is left.
    void check_truth() {
        std::map<std::string, std::vector<std::string>> made;
        for (auto const& record : simulator.snapshots())
            made[record.sandbox_id].push_back(record.snapshot_id);
        for (auto const& call : calls) {
            CAPTURE(call.sandbox);
            REQUIRE(call.result);
            auto const outcome = call.result->outcome();
            auto const& late = notes->late[call.sandbox];
            if (outcome == Outcome::created)
                CHECK(made[call.sandbox].size() == 1);
            else if (outcome == Outcome::not_sent)
                CHECK(made[call.sandbox].empty());
            else
                CHECK(outcome == Outcome::unknown);
            if (outcome != Outcome::unknown) {
                CHECK(late.empty());
                continue;
            }
            REQUIRE(late.size() == 1);
            CHECK(late[0].outcome == Outcome::created);
            CHECK(made[call.sandbox] == std::vector{late[0].snapshot_id});
        }
        auto const stats = client->stats();
        CHECK(stats.late_responses == ended(Outcome::unknown));
        CHECK(stats.late_created == ended(Outcome::unknown));
        CHECK(stats.late_lost == 0);
        CHECK(simulator.stats().snapshots == ended(Outcome::created) + ended(Outcome::unknown));
        CHECK(simulator.stats().snapshots_cancelled == 0);
        CHECK(simulator.stats().sandboxes_lost == 0);
        CHECK(simulator.lost_sandboxes().empty());
    }

    [[nodiscard]] std::size_t ended(Outcome outcome) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            calls, [outcome](Call const& call) { return call.result->outcome() == outcome; }));
    }

    Simulator simulator;
    asio::io_context context;
    std::shared_ptr<Notes> notes = std::make_shared<Notes>();
    std::optional<Client> client;
    std::deque<Call> calls;

private:
    // So that no deadline passes while the connections are opened.
    void open_connections() {
        std::size_t listed = 0;
        for (std::size_t i = 0; i < connections; ++i) {
            asio::co_spawn(context, client->try_list_snapshots(),
                           [&](std::exception_ptr, Result<ListPage<SnapshotInfo>> const&) { ++listed; });
        }
        wait_for([&] { return listed == connections; });
    }

    void start(std::string const& sandbox, CallOptions const& options,
               std::function<void(Call&)> const& started) {
        auto& call = calls.emplace_back();
        call.sandbox = sandbox;
        ++running_;
        asio::co_spawn(context, client->try_create_snapshot(sandbox, options),
                       asio::bind_cancellation_slot(call.signal.slot(),
                                                    [&](std::exception_ptr, Result<SnapshotInfo> result) {
                                                        call.result.emplace(std::move(result));
                                                        --running_;
                                                    }));
        if (started)
            started(call);
    }

    void drain() {
        bool closed = false;
        asio::co_spawn(context, client->close(), [&](std::exception_ptr) { closed = true; });
        wait_for([&] { return closed; });
        auto const stats = client->stats();
        CHECK(stats.in_flight == 0);
        CHECK(stats.late == 0);
        CHECK(stats.waiting == 0);
        CHECK(stats.open == 0);
    }

    void wait_for(std::function<bool()> const& done) {
        auto const give_up = std::chrono::steady_clock::now() + 60s;
        while (!done()) {
            REQUIRE(std::chrono::steady_clock::now() < give_up);
            context.restart();
            context.run_one_for(100ms);
        }
    }

    ClientConfig config_;
    std::size_t running_ = 0;
};

// Cancels each call at some moment of its life: while it waits, once it is committed, or never in time.
class Canceller {
public:
    explicit Canceller(asio::io_context& context) : context_(context) {}

    void operator()(Call& call) {
        auto timer =
            std::make_shared<asio::steady_timer>(context_, std::chrono::microseconds(delay_(random_)));
        timer->async_wait([timer, &call](boost::system::error_code) {
            call.signal.emit(asio::cancellation_type::terminal);
        });
    }

private:
    asio::io_context& context_;
    std::mt19937 random_{13};
    std::uniform_int_distribution<int> delay_{0, 400'000};
};

} // namespace

TEST_CASE("a thousand calls that are cancelled at random moments cost no sandbox", "[late]") {
    auto const before = open_descriptors();
    {
        Scene scene(platform(40ms, 80ms));
        scene.run(CallOptions(), calls_in_all, Canceller(scene.context));
        scene.check_truth();
        CHECK(scene.ended(Outcome::unknown) > 50);
        CHECK(scene.ended(Outcome::not_sent) > 50);
        CHECK(scene.ended(Outcome::created) > 50);
    }
    CHECK(open_descriptors() == before);
}

TEST_CASE("a thousand calls whose deadline is half a snapshot's time cost no sandbox", "[late]") {
    auto const before = open_descriptors();
    {
        Scene scene(platform(600ms, 0ms));
        CallOptions options;
        bool const is_total = GENERATE(true, false);
        (is_total ? options.timeout : options.attempt_timeout) = 300ms;
        scene.run(options, connections, nullptr);
        scene.check_truth();
        CHECK(scene.ended(Outcome::unknown) > calls_in_all / 2);
    }
    CHECK(open_descriptors() == before);
}

TEST_CASE("the same calls that hang up cost sandboxes", "[late]") {
    auto const before = open_descriptors();
    {
        Scene scene(platform(40ms, 80ms));
        CallOptions options;
        options.hang_up_on_cancel = true;
        scene.run(options, calls_in_all, Canceller(scene.context));
        auto const lost = scene.simulator.stats().sandboxes_lost;
        WARN(lost << " of " << scene.ended(Outcome::unknown)
                  << " sandboxes died whose calls were cancelled with hang_up_on_cancel");
        CHECK(lost > 0);
        CHECK(scene.notes->late.empty());
        std::set<std::string> unknown;
        for (auto const& call : scene.calls) {
            if (call.result->outcome() == Outcome::unknown)
                unknown.insert(call.sandbox);
        }
        for (auto const& sandbox : scene.simulator.lost_sandboxes())
            CHECK(unknown.contains(sandbox));
    }
    CHECK(open_descriptors() == before);
}
