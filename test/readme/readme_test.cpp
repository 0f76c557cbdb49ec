// The C++ of the README and the guides is what snippets.cpp has, and that does what they say.
#include "readme/snippets.hpp"
#include "support/catch.hpp"
#include "support/environment.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace {

std::vector<std::string> lines_of(std::string const& path) {
    std::ifstream file(path);
    REQUIRE(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
        lines.push_back(line);
    return lines;
}

// The texts between the lines that begin with `begin` and those that begin or end with `end`.
std::vector<std::string> blocks(std::string const& path, std::string_view begin, std::string_view end) {
    std::vector<std::string> result;
    bool inside = false;
    for (auto const& line : lines_of(path)) {
        if (!inside && line.starts_with(begin)) {
            inside = true;
            result.emplace_back();
        } else if (inside && line.ends_with(end)) {
            inside = false;
        } else if (inside) {
            result.back() += line + '\n';
        }
    }
    REQUIRE_FALSE(inside);
    return result;
}

// A client of a simulator, run by a thread of its own until the test ends.
class Service {
public:
    explicit Service(e2b::Simulator const& simulator)
        : client(context.get_executor(), for_tests(simulator)),
          thread_([this] { context.run(); }) {}
    ~Service() {
        asio::co_spawn(context, client.close(), asio::use_future).get();
        work_.reset();
        thread_.join();
    }

    asio::io_context context;
    e2b::Client client;

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_{context.get_executor()};
    std::thread thread_;
};

template <class T>
asio::awaitable<void> store(asio::awaitable<T> work, std::optional<T>& result) {
    result = co_await std::move(work);
}

template <class T>
T run(Service& service, asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(service.context, store(std::move(work), result), asio::use_future).get();
    return std::move(*result);
}

std::vector<std::filesystem::path> guides() {
    std::vector<std::filesystem::path> result;
    for (auto const& page : std::filesystem::directory_iterator(E2B_SOURCE_DIR "/src/doc"))
        if (page.path().extension() == ".md")
            result.push_back(page.path());
    return result;
}

// The pages that link to others.
std::vector<std::filesystem::path> pages() {
    auto result = guides();
    for (char const* const page :
         {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "bench/NOTES.md", "bench/README.md",
          "src/ARCHITECTURE.md", "src/packaging/README.md", "test/README.md", "test/examples/README.md"})
        result.push_back(std::filesystem::path(E2B_SOURCE_DIR) / page);
    return result;
}

// Holds back what the examples print.
class CapturedOutput {
public:
    CapturedOutput() : before_(std::cout.rdbuf(text_.rdbuf())) {}
    ~CapturedOutput() { std::cout.rdbuf(before_); }
    [[nodiscard]] std::string text() const { return text_.str(); }

private:
    std::ostringstream text_;
    std::streambuf* before_;
};

} // namespace

TEST_CASE("each C++ block of the README and the guides is a snippet, and each snippet is in one",
          "[readme]") {
    auto shown = blocks(E2B_SOURCE_DIR "/README.md", "```cpp", "```");
    for (auto const& page : guides())
        std::ranges::move(blocks(page.string(), "```cpp", "```"), std::back_inserter(shown));
    auto const compiled = blocks(E2B_SOURCE_DIR "/test/readme/snippets.cpp", "// [", "]");
    CHECK_FALSE(compiled.empty());
    for (auto const& block : shown) {
        CAPTURE(block);
        CHECK(std::find(compiled.begin(), compiled.end(), block) != compiled.end());
    }
    for (auto const& block : compiled) {
        CAPTURE(block);
        CHECK(std::find(shown.begin(), shown.end(), block) != shown.end());
    }
}

TEST_CASE("what README, the guides and the other pages link to is there", "[readme]") {
    for (auto const& page : pages()) {
        bool is_code = false; // where `[](` begins a lambda
        for (auto const& line : lines_of(page.string())) {
            if (line.starts_with("```"))
                is_code = !is_code;
            if (is_code)
                continue;
            for (auto at = line.find("]("); at != std::string::npos; at = line.find("](", at + 1)) {
                auto target = line.substr(at + 2, line.find_first_of(")#", at) - at - 2);
                if (target.empty() || target.find("://") != std::string::npos)
                    continue;
                CAPTURE(page, target);
                CHECK(std::filesystem::exists(page.parent_path() / target));
            }
        }
    }
}

// It ends a code span at a quote, and shows the stars of bold print around code.
TEST_CASE("the guides have nothing that Doxygen reads in another way", "[readme]") {
    for (auto const& page : guides()) {
        bool is_code = false;
        for (auto const& line : lines_of(page.string())) {
            if (line.starts_with("```"))
                is_code = !is_code;
            if (is_code)
                continue;
            CAPTURE(page, line);
            CHECK(line.find("**`") == std::string::npos);
            bool is_span = false;
            CHECK(std::ranges::none_of(line, [&](char each) {
                is_span = is_span != (each == '`');
                return is_span && each == '\'';
            }));
        }
    }
}

TEST_CASE("the README's fleet is snapshotted", "[readme]") {
    e2b::Simulator simulator;
    auto ids = simulator.sandbox_ids();
    ids.resize(3);
    CapturedOutput const output;
    snapshot_fleet(for_tests(simulator), ids);
    CHECK(simulator.snapshots().size() == 3);
    CHECK(output.text().find("created ") == 0);
}

TEST_CASE("the README's named snapshot has its name, and says when the sandbox is gone", "[readme]") {
    e2b::Simulator simulator;
    auto const ids = simulator.sandbox_ids();
    REQUIRE(simulator.kill_sandbox(ids[1]));
    for (auto const& [sandbox, expected] :
         {std::pair(ids[0], "team-sim/nightly:v1"), std::pair(ids[1], "the sandbox is gone")}) {
        Service service(simulator);
        CHECK(run(service, named_snapshot(service.client, sandbox)) == expected);
    }
}

TEST_CASE("the README's many calls run together", "[readme]") {
    e2b::SimulatorOptions options;
    options.manual_time = true;
    options.latency = std::chrono::seconds(1);
    options.slots_per_node = 0;
    e2b::Simulator simulator(options);
    auto ids = simulator.sandbox_ids();
    ids.resize(20);
    CapturedOutput const output;
    Service service(simulator);
    asio::co_spawn(service.context, snapshot_together(service.client, ids), asio::use_future).get();
    REQUIRE(simulator.wait_for_in_flight(20));
    simulator.advance(std::chrono::seconds(1));
    CHECK(simulator.snapshots().size() == 20);
}

TEST_CASE("the README's whole fleet is snapshotted", "[readme]") {
    e2b::Simulator simulator;
    auto ids = simulator.sandbox_ids();
    ids.resize(50);
    Service service(simulator);
    CHECK(run(service, whole_fleet(service.client, ids)) == 50);
    CHECK(simulator.snapshots().size() == 50);
}

TEST_CASE("the README's list has all pages", "[readme]") {
    e2b::Simulator simulator;
    std::vector<std::string> wanted;
    for (int i = 0; i < 150; ++i)
        wanted.insert(wanted.begin(), simulator.add_sandbox({}, {{"project", "p"}}));
    simulator.add_sandbox({}, {{"project", "q"}});
    Service service(simulator);
    CHECK(run(service, sandboxes_of(service.client, "p")) == wanted);
    CHECK(simulator.requests(e2b::SimulatorEndpoint::list_sandboxes) == 2);
}

TEST_CASE("the README's certain call knows what it made", "[readme]") {
    e2b::Simulator simulator;
    auto const ids = simulator.sandbox_ids();
    simulator.script(ids[1], e2b::SimulatorFault::reject(404));
    Service service(simulator);
    CHECK(run(service, is_made(service.client, ids[0])));
    CHECK_FALSE(run(service, is_made(service.client, ids[1])));
    REQUIRE(simulator.snapshots().size() == 1);
    CHECK(simulator.snapshots()[0].snapshot_id.find("team-sim/nightly:u") == 0);
}

TEST_CASE("the README's snapshot without the memory", "[readme]") {
    e2b::Simulator simulator;
    Service service(simulator);
    CHECK(run(service, template_of(service.client, simulator.sandbox_ids().front())).snapshot_id ==
          "team-sim/base:v2");
    CHECK_FALSE(simulator.snapshots().at(0).memory);
}

TEST_CASE("the README's impatient call tries twice", "[readme]") {
    e2b::Simulator simulator;
    simulator.script(e2b::SimulatorEndpoint::create_snapshot, e2b::SimulatorFault::reject(503), 2);
    Service service(simulator);
    auto const result = run(service, impatient(service.client, simulator.sandbox_ids().front()));
    CHECK(result.outcome() == e2b::Outcome::rejected);
    CHECK(result.attempts() == 2);
}

TEST_CASE("the README's cancelled call ends", "[readme]") {
    e2b::SimulatorOptions options;
    options.manual_time = true;
    options.latency = std::chrono::seconds(1);
    e2b::Simulator simulator(options);
    CapturedOutput const output;
    asio::cancellation_signal stop;
    {
        Service service(simulator);
        asio::post(service.context, [&] {
            snapshot_until_told(service.context, service.client, simulator.sandbox_ids().front(), stop);
        });
        REQUIRE(simulator.wait_for_in_flight(1));
        asio::post(service.context, [&] { stop.emit(asio::cancellation_type::terminal); });
        asio::co_spawn(service.context, service.client.close(std::chrono::seconds(0)), asio::use_future)
            .get();
    }
    CHECK(output.text().find("there may be a snapshot: ") == 0);
}

TEST_CASE("the README's service stops without hanging up", "[readme]") {
    e2b::SimulatorOptions options;
    options.manual_time = true;
    options.latency = std::chrono::seconds(1);
    e2b::Simulator simulator(options);
    CapturedOutput const output;
    {
        Service service(simulator);
        auto stopped = asio::co_spawn(service.context, serve_until_stopped(service.client), asio::use_future);
        asio::co_spawn(service.context, nightly(service.client, simulator.sandbox_ids().front()),
                       asio::detached);
        REQUIRE(simulator.wait_for_in_flight(1));
        REQUIRE(std::raise(SIGTERM) == 0);
        simulator.advance(std::chrono::seconds(2));
        stopped.get();
    }
    CHECK(output.text().find("created ") == 0);
    CHECK(simulator.snapshots().size() == 1);
    CHECK(simulator.lost_sandboxes().empty());
}

TEST_CASE("the README's observer and log tell of an attempt that failed", "[readme]") {
    e2b::Simulator simulator;
    auto const id = simulator.sandbox_ids().front();
    simulator.script(id, e2b::SimulatorFault::reject(503));
    std::ostringstream log;
    auto* const before = std::cerr.rdbuf(log.rdbuf());
    {
        asio::io_context context;
        e2b::Client client(context.get_executor(), watched(for_tests(simulator)));
        auto const work = [&]() -> asio::awaitable<void> {
            co_await nightly(client, id);
            co_await client.close();
        };
        CapturedOutput const output;
        auto ended = asio::co_spawn(context, work(), asio::use_future);
        context.run();
        ended.get();
    }
    std::cerr.rdbuf(before);
    CHECK(log.str().find("info attempt: an attempt failed, and another follows call_id=1") == 0);
}

TEST_CASE("the README's configuration comes from the environment", "[readme]") {
    e2b::test::Environment environment;
    environment.set("E2B_API_KEY", "e2b_key");
    auto const config = production();
    CHECK(config.api_key.reveal() == "e2b_key");
    CHECK(config.max_connections == 500);
    CHECK_NOTHROW(config.validate());
}
