#include "integration/cli_platform.hpp"
#include "integration/cli_terminal.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <csignal>
#include <map>
#include <regex>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

// Without what depends on how fast the machine is.
std::string steady(std::string text) {
    text = std::regex_replace(text, std::regex("[0-9.]+ ?(us|ms|s)\\b"), "TIME");
    text = std::regex_replace(text, std::regex("[0-9.]+/s"), "RATE");
    return std::regex_replace(text, std::regex("\\bi[a-z0-9]{20}\\b"), "SANDBOX");
}

// The bar has the room that the other texts leave, which depends on how long the times are.
std::string with_steady_bar(std::string const& text) {
    std::smatch bar;
    if (!std::regex_search(text, bar, std::regex("\\[(#+)(-+)\\]")))
        return text;
    auto const part =
        static_cast<double>(bar[1].length()) / static_cast<double>(bar[1].length() + bar[2].length());
    return bar.prefix().str() + (part > 0.3 && part < 0.4 ? "[BAR]" : bar.str()) + bar.suffix().str();
}

} // namespace

TEST_CASE("a terminal shows failures as they come, and lines that stay", "[cli][terminal]") {
    std::map<std::size_t, std::string> const screens{
        {40, "not_sent  bad  line 1: invalid_argument:\n"
             " has more than a sandbox id and a name\n"
             "[####-------]  36 %  ETA TIME  4 done\n"
             "3 created  1 not_sent\n"
             "3 of 3 in flight\n"
             "RATE now  RATE on average\n"},
        {80, "not_sent  bad  line 1: invalid_argument: has more than a sandbox id and a name\n"
             "[##################---------------------------------]  36 %  ETA TIME  4 done\n"
             "3 created  0 rejected  1 not_sent  0 unknown\n"
             "3 of 3 in flight\n"
             "RATE now  RATE on average  elapsed TIME\n"},
        {200, "not_sent  bad  line 1: invalid_argument: has more than a sandbox id and a name\n"
              "[#####################---------------------------------------]  36 %  ETA TIME  4 done\n"
              "3 created  0 rejected  1 not_sent  0 unknown\n"
              "3 of 3 in flight\n"
              "RATE now  RATE on average  elapsed TIME\n"},
    };
    for (auto const& [columns, expected] : screens) {
        Platform platform(frozen(10));
        TemporaryFile const ids("bad id here\n" + platform.list());
        TerminalProcess process({"bulk", ids.path(), "--concurrency", "3"}, platform.environment(), columns);
        REQUIRE(platform.simulator.wait_for_in_flight(3));
        platform.simulator.advance(1s);
        REQUIRE(process.wait_for("3 created"));
        REQUIRE(process.wait_for("3 of 3 in flight"));
        CHECK(with_steady_bar(steady(process.screen().text())) == with_steady_bar(expected));
        CHECK(process.screen().was_coloured());
        // The lines that stay have gone at the end, and only the failure and the summary are left.
        process.send_signal(SIGINT);
        REQUIRE(process.wait_for("nterrupt"));
        platform.simulator.advance(1s);
        CHECK(process.wait() == 130);
        auto const last = process.screen().text();
        INFO(last);
        CHECK(last.find("in flight") == std::string::npos);
        CHECK(last.find("SANDBOX") == std::string::npos);
        CHECK(last.find("outcomes") != std::string::npos);
    }
}

TEST_CASE("no line that stays is longer than the terminal is wide", "[cli][terminal]") {
    Platform platform(frozen(10));
    TemporaryFile const ids(platform.list());
    TerminalProcess process({"bulk", ids.path(), "--concurrency", "3"}, platform.environment(), 20);
    REQUIRE(platform.simulator.wait_for_in_flight(3));
    platform.simulator.advance(1s);
    REQUIRE(process.wait_for("3 created"));
    CHECK(process.screen().wrapped() == 0);
}

TEST_CASE("with --output text it prints every record above the lines that stay", "[cli][terminal]") {
    Platform platform(frozen(6));
    TemporaryFile const ids(platform.list());
    TerminalProcess process({"bulk", ids.path(), "--concurrency", "3", "--output", "text"},
                            platform.environment(), 80);
    REQUIRE(platform.simulator.wait_for_in_flight(3));
    platform.simulator.advance(1s);
    REQUIRE(process.wait_for("3 created"));
    auto const lines = process.screen().lines();
    REQUIRE(lines.size() == 7);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(lines[i].find("created   i") == 0);
    CHECK(lines[3].find("50 %") != std::string::npos);
}

TEST_CASE("a terminal without colours, and one that takes no sequences", "[cli][terminal]") {
    Platform platform(frozen(1));
    for (bool const is_dumb : {false, true}) {
        CAPTURE(is_dumb);
        auto environment = platform.environment();
        environment[is_dumb ? "TERM" : "NO_COLOR"] = is_dumb ? "dumb" : "1";
        TemporaryFile const ids("bad id here\n" + platform.list());
        TerminalProcess process({"bulk", ids.path()}, environment, 80);
        REQUIRE(process.wait_for("not_sent  bad"));
        REQUIRE(platform.simulator.wait_for_in_flight(1));
        if (!is_dumb)
            REQUIRE(process.wait_for("done"));
        platform.simulator.advance(1s);
        process.wait();
        CHECK_FALSE(process.screen().was_coloured());
        CHECK(process.screen().saw_sequences() == !is_dumb);
    }
}

TEST_CASE("what the platform has no room for is seen while it waits", "[cli][terminal]") {
    SimulatorOptions options = frozen(3);
    Platform platform(options);
    platform.simulator.disturb(1, SimulatorFault::reject(503));
    TemporaryFile const ids(platform.list());
    TerminalProcess process({"bulk", ids.path()}, platform.environment(), 80);
    CHECK(process.wait_for("3 wait for busy nodes"));
    process.send_signal(SIGINT);
    CHECK(process.wait() == 130);
}
