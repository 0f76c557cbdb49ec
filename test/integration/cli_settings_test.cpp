// Keys, proxies, trust and clocks as environments and mistakes hand them to the command.
#include "integration/cli_platform.hpp"
#include "support/byte_server.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_ca.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

std::string const mistaken_key = "e2b_0123456789abcdef0123456789abcdef";

Finished create(Platform const& platform, Process::Environment const& changes,
                std::vector<std::string> const& more = {}) {
    auto environment = platform.environment();
    for (auto const& [name, value] : changes)
        environment[name] = value;
    std::vector<std::string> arguments{"create", platform.simulator.sandbox_ids().front()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_command(arguments, environment);
}

std::string proxy_at(std::uint16_t port) {
    return "127.0.0.1:" + std::to_string(port);
}

} // namespace

TEST_CASE("a key on the command line is refused and not printed", "[cli][key]") {
    Platform platform;
    for (auto const& arguments :
         std::vector<std::vector<std::string>>{{"bulk", "-", "--api-key", mistaken_key},
                                               {"create", "iabc", "--api-key=" + mistaken_key},
                                               {"--api-key", mistaken_key, "bulk", "-"},
                                               {"list", "--api_key", mistaken_key},
                                               {"sandboxes", "--token=" + mistaken_key}}) {
        auto const finished = run_command(arguments, platform.environment(), platform.list());
        INFO(finished.err);
        CHECK(finished.exit_code == 2);
        CHECK_THAT(finished.err, ContainsSubstring("--api-key-file FILE"));
        CHECK_THAT(finished.err, ContainsSubstring("E2B_API_KEY"));
        CHECK((finished.out + finished.err).find("0123456789") == std::string::npos);
    }
    for (auto const& arguments :
         std::vector<std::vector<std::string>>{{mistaken_key}, {"list", mistaken_key}}) {
        auto const finished = run_command(arguments, platform.environment());
        CHECK(finished.exit_code == 2);
        CHECK((finished.out + finished.err).find("0123456789") == std::string::npos);
    }
    CHECK(platform.simulator.stats().connections_accepted == 0);
}

TEST_CASE("a key in place of the key file's name is not printed", "[cli][key]") {
    Platform platform;
    for (auto const& key : {mistaken_key, std::string("0123456789abcdef0123456789abcdef")}) {
        for (auto const& arguments :
             std::vector<std::vector<std::string>>{{"--api-key-file", key}, {"--api-key-file=" + key}}) {
            auto const finished = create(platform, {}, arguments);
            INFO(finished.err);
            CHECK(finished.exit_code == 2);
            CHECK_THAT(finished.err, StartsWith("e2b-snapshot: --api-key-file: "));
            CHECK_THAT(finished.err, ContainsSubstring("the key to a file"));
            CHECK((finished.out + finished.err).find("0123456789") == std::string::npos);
        }
    }
    CHECK(platform.simulator.stats().connections_accepted == 0);
}

TEST_CASE("a key file that editors and shells have spoilt is refused by its name", "[cli][key]") {
    Platform platform;
    auto const& key = platform.simulator.api_key();
    TemporaryDirectory const home;
    home.write("bom", "\xEF\xBB\xBF" + key + "\n");
    CHECK(create(platform, {}, {"--api-key-file", home.file("bom")}).exit_code == 0);
    struct Case {
        std::string content;
        char const* words;
    };
    for (auto const& [content, words] :
         {Case{key + "\r\n", "carriage return"}, Case{'"' + key + "\"\n", "quotes"},
          Case{key + "\n\n", "more than one line"}, Case{"E2B_API_KEY=" + key + "\n", "NAME=KEY"}}) {
        home.write("key", content);
        auto const finished = create(platform, {}, {"--api-key-file", home.file("key")});
        INFO(finished.err);
        CHECK(finished.exit_code == 2);
        CHECK_THAT(finished.err, StartsWith("e2b-snapshot: --api-key-file " + home.file("key") + ": has "));
        CHECK_THAT(finished.err, ContainsSubstring(words));
        CHECK(finished.err.find(key) == std::string::npos);
    }
    auto const variable = create(platform, {{"E2B_API_KEY", '\'' + key + '\''}});
    CHECK(variable.exit_code == 2);
    CHECK_THAT(variable.err, StartsWith("e2b-snapshot: E2B_API_KEY: has quotes"));
    CHECK(platform.simulator.snapshots().size() == 1);
}

TEST_CASE("SSL_CERT_DIR may be a list, and name what is not there", "[cli][trust]") {
    Platform platform;
    TemporaryDirectory const home;
    home.write("ca.pem", platform.simulator.ca_pem());
    auto environment = platform.environment();
    environment.erase("SSL_CERT_FILE");
    environment["DIR"] = home.path();
    environment["ID"] = platform.simulator.sandbox_ids().front();
    auto const run = [&](std::string const& directories) {
        return run_shell(
            "cd \"$DIR\" && mkdir -p trusted empty && cp ca.pem trusted/ && openssl rehash trusted && "
            "SSL_CERT_DIR=" +
                directories + " exec \"$E2B\" create \"$ID\"",
            environment);
    };
    auto const created = run("/nonexistent:\"$DIR/empty:$DIR/trusted\"");
    INFO(created.err);
    CHECK(created.exit_code == 0);
    auto const refused = run("/nonexistent:\"$DIR/empty\"");
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.err, StartsWith("e2b-snapshot: SSL_CERT_DIR: "));
}

TEST_CASE("a damaged certificate in a bundle is warned about, and the others are trusted", "[cli][trust]") {
    Platform platform;
    auto damaged = make_authority("somebody else").certificate;
    damaged[damaged.find('\n') + 10] = '!';
    TemporaryFile const bundle(damaged + platform.simulator.ca_pem());
    auto const created = create(platform, {{"SSL_CERT_FILE", bundle.path()}});
    INFO(created.err);
    CHECK(created.exit_code == 0);
    CHECK_THAT(created.err, ContainsSubstring(bundle.path() + ": 1 of 2 certificates"));
    TemporaryFile const nothing(damaged);
    auto const refused = create(platform, {{"SSL_CERT_FILE", nothing.path()}});
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.err, StartsWith("e2b-snapshot: SSL_CERT_FILE: "));
}

TEST_CASE("a proxy that cannot be reached is named, without its password", "[cli][proxy]") {
    Platform platform;
    auto const refused =
        create(platform, {{"HTTPS_PROXY", "http://user:hidden@127.0.0.1:1"}}, {"--timeout", "1s"});
    CHECK(refused.exit_code == 1);
    std::string const proxy = "the proxy 127.0.0.1:1 cannot be reached";
    CHECK_THAT(refused.err,
               ContainsSubstring("cannot connect: connect_failed: " + proxy + " (Connection refused)\n"));
    CHECK_THAT(refused.out, ContainsSubstring("connect_failed (" + proxy + ": Connection refused)"));
    CHECK(refused.out.find("hidden") == std::string::npos);
    CHECK(refused.err.find("hidden") == std::string::npos);
}

TEST_CASE("HTTPS_PROXY may be host:port, and NO_PROXY is read as curl and Go read it", "[cli][proxy]") {
    Platform platform;
    ByteServer proxy({}, [](Peer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        peer.end(Ending::fin);
    });
    auto const through = [&](char const* no_proxy) {
        return create(platform, {{"HTTPS_PROXY", proxy_at(proxy.port())}, {"NO_PROXY", no_proxy}});
    };
    for (char const* const others : {"", "example.com,10.0.0.0/8", "*.0.0.1", "127.0.0.1:1"}) {
        auto const before = proxy.connections();
        auto const refused = through(others);
        INFO(others << ": " << refused.out << refused.err);
        CHECK(refused.exit_code == 1);
        REQUIRE(refused.lines.size() == 1);
        auto const record = parse_line(refused.lines.front());
        CHECK(text_at(record, "outcome") == "not_sent");
        CHECK(text_at(error_in(record), "code") == "proxy_rejected");
        CHECK_THAT(text_at(error_in(record), "message"), ContainsSubstring("403"));
        CHECK(proxy.connections() > before);
    }
    auto const refused = proxy.connections();
    for (char const* const bypassing :
         {"*", "127.0.0.1", "example.com, 127.0.0.1", "example.com 127.0.0.0/8"})
        CHECK(through(bypassing).exit_code == 0);
    CHECK(proxy.connections() == refused);
}

TEST_CASE("a variable that cannot be used is named in the error", "[cli][proxy]") {
    Platform platform;
    struct Case {
        char const* variable;
        char const* value;
    };
    for (auto const& [variable, value] :
         {Case{"HTTPS_PROXY", "ftp://127.0.0.1"}, Case{"https_proxy", "socks5://127.0.0.1"},
          Case{"SSL_CERT_FILE", "/nonexistent/ca.pem"}, Case{"E2B_API_URL", "ftp://127.0.0.1"},
          Case{"E2B_API_KEY", "two\nlines"}}) {
        auto const finished = create(platform, {{variable, value}});
        INFO(finished.err);
        CHECK(finished.exit_code == 2);
        CHECK_THAT(finished.err, StartsWith(std::string("e2b-snapshot: ") + variable + ": "));
    }
    auto environment = platform.environment();
    environment.erase("E2B_API_URL");
    environment["E2B_DOMAIN"] = "https://api.example.com";
    auto const domain = run_command({"create", "iabc"}, environment);
    CHECK(domain.exit_code == 2);
    CHECK_THAT(domain.err, StartsWith("e2b-snapshot: E2B_DOMAIN: "));
}

// The request is lost while the platform is at work on it. Who asked at once what became of it would find
// nothing, and would send it again.
TEST_CASE("a wall clock that is set does not change --settle", "[cli][reconcile][clock]") {
    SimulatorOptions options;
    options.sandboxes = 1;
    options.latency = 1s;
    options.cancel_on_hang_up = false;
    Platform platform(std::move(options));
    TemporaryDirectory const home;
    home.write("ids.txt", platform.list());
    auto environment = platform.environment();
    environment["DIR"] = home.path();
    environment["JUMP_CLOCK"] = home.file("jump");
    environment["JUMP_HOURS"] = GENERATE("23", "-23");
    auto process = Process::shell("cd \"$DIR\"; ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=\"$FAULTS\" "
                                  "exec \"$E2B\" bulk ids.txt --journal run.jsonl --reconcile --settle 4s",
                                  environment);
    REQUIRE(platform.simulator.wait_for_in_flight(1));
    platform.simulator.reset_connections();
    while (home.read("run.jsonl").find("\"unknown\"") == std::string::npos)
        std::this_thread::yield();
    home.write("jump", "");
    CHECK(process.wait() == 0);
    INFO(process.out() << process.err());
    CHECK(platform.simulator.requests(SimulatorEndpoint::create_snapshot) == 1);
    REQUIRE(process.out_lines().size() == 1);
    auto const record = parse_line(process.out_lines().front());
    CHECK(text_at(record, "outcome") == "created");
    CHECK(text_at(record, "snapshotID") == platform.simulator.snapshots().front().snapshot_id);
}
