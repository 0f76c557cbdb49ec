// What people give by mistake, and scripts with a variable that is not set: refused before anything is sent.
#include "integration/cli_place.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace e2b;
using namespace e2b::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

std::string const mistaken_key = "e2b_0123456789abcdef0123456789abcdef01234567";

// What the command says that refuses these arguments.
std::string refusal(Place const& place, std::string const& arguments, std::string_view input = {}) {
    auto const before = place.platform.simulator.stats().requests;
    auto const finished = place.run("\"$E2B\" " + arguments, input);
    INFO(arguments << ": " << finished.out << finished.err);
    CHECK(finished.exit_code == 2);
    CHECK(finished.out.empty());
    CHECK(place.platform.simulator.stats().requests == before);
    CHECK_THAT(finished.err, StartsWith("e2b-snapshot: "));
    return finished.err;
}

} // namespace

TEST_CASE("a variable that is not set snapshots, lists and overwrites nothing", "[cli][refusal]") {
    Place const place;
    for (std::string const arguments : {
             "bulk --select --template ''",
             "bulk --select --state ''",
             "bulk --select --metadata ''",
             "bulk ids.txt --ca-file ''",
             "bulk ids.txt --api-url ''",
             "bulk ids.txt --api-key-file ''",
             "bulk ids.txt --journal ''",
             "bulk ids.txt --report ''",
             "bulk ids.txt --name-template ''",
             "bulk ids.txt --name-template=",
             "bulk ''",
             "create ''",
             "create iabc --name ''",
             "list --sandbox ''",
             "list --name ''",
             "sandboxes --template ''",
             "delete --yes ''",
             "reconcile ''",
             "reconcile --journal ''",
             "report ''",
             "report ids.txt --html ''",
             "simulate --ids ''",
             "simulate --ledger ''",
         }) {
        CHECK_THAT(refusal(place, arguments), ContainsSubstring(": is empty"));
    }
}

TEST_CASE("one name for many snapshots is refused, as only the last would keep it", "[cli][refusal][name]") {
    Place const place;
    for (std::string const arguments :
         {"create - --name nightly", "create - --name 'nightly:{date}'",
          "bulk ids.txt --name-template nightly", "bulk ids.txt --name-template '{date}-{run}'",
          "bulk --select --name-template nightly:v1"})
        CHECK_THAT(refusal(place, arguments, place.platform.list()),
                   ContainsSubstring("put {sandbox} into it"));
    CHECK(place.run("\"$E2B\" create - --name nightly --unique-tag < ids.txt").lines.size() == 5);
}

TEST_CASE("a name that no snapshot can have is refused, whatever it is made of", "[cli][refusal][name]") {
    Place const place;
    auto const id = place.platform.simulator.sandbox_ids().front();
    std::string const much(250, 'x');
    for (auto const& arguments : std::vector<std::string>{
             "create " + id + " --name \"{sandbox}$(printf '\\001')\"",
             "create " + id + " --name '{sandbox}" + much + '\'',
             "create - --name '{sandbox}xxxxx" + much + '\'',
             "bulk - --name-template '{sandbox}xxxxx" + much + '\'',
             "bulk - --name-template \"{sandbox}$(printf '\\001')\"",
             "create " + id + " --name '{sandbox}" + much.substr(20) + "' --unique-tag",
             "create - --name '{sandbox}:v1' --unique-tag",
         })
        CHECK_THAT(refusal(place, arguments, id), StartsWith("e2b-snapshot: --"));
}

TEST_CASE("words that nothing takes are refused", "[cli][refusal]") {
    Place const place;
    for (std::string const arguments :
         {"help bulk junk", "help bulk junk --nonsense", "--version junk", "--help junk", "-h junk",
          "bulk --help --nonsense", "list --help junk"})
        refusal(place, arguments);
    CHECK(place.run("\"$E2B\" --help bulk").exit_code == 0);
    CHECK(place.run("\"$E2B\" bulk ids.txt --help").exit_code == 0);
}

TEST_CASE("a hint names only what there is", "[cli][refusal]") {
    Place const place;
    auto const ids = place.platform.simulator.sandbox_ids();
    auto const two = place.run("\"$E2B\" create -", ids[0] + ' ' + ids[1] + "\n{\"event\":\"run\"}\n");
    CHECK_THAT(two.out, ContainsSubstring("looks like a sandbox id"));
    CHECK(two.out.find("--allow-id-as-name") == std::string::npos);
    CHECK(two.out.find("as FILE") == std::string::npos);
    CHECK_THAT(place.run("\"$E2B\" bulk -", ids[0] + ' ' + ids[1] + '\n').out,
               ContainsSubstring("--allow-id-as-name"));
    for (std::string const command : {"simulate", "demo", "completion bash"})
        CHECK(refusal(place, command + " --api-key x").find("--api-key-file FILE") == std::string::npos);
    CHECK_THAT(refusal(place, "simulate --api-key x"), ContainsSubstring("Set E2B_API_KEY."));
    CHECK_THAT(refusal(place, "demo --api-key x"), ContainsSubstring("demo needs no key"));
}

TEST_CASE("what looks like a key is never printed, and never sent", "[cli][refusal][key]") {
    Place const place;
    for (std::string const command : {"list --timeout K",
                                      "list --output K",
                                      "list --limit K",
                                      "list --sandbox K",
                                      "list --name K",
                                      "list K",
                                      "completion K",
                                      "help K",
                                      "K",
                                      "bulk K",
                                      "bulk ids.txt --journal K",
                                      "bulk ids.txt --report K/x",
                                      "bulk ids.txt --rate K",
                                      "bulk ids.txt --shard K",
                                      "bulk x-K",
                                      "bulk --select --template K",
                                      "bulk --select --metadata K",
                                      "report K",
                                      "report x/K",
                                      "reconcile K",
                                      "reconcile --journal K",
                                      "create K",
                                      "create iabc --name K",
                                      "create iabc --header K",
                                      "create iabc --api-key-file K",
                                      "create iabc --api-key-file x/K",
                                      "create iabc --api-key-file sk/live/0123456789abcdef0123",
                                      "create iabc --api-key-file ./0123456789abcdef0123",
                                      "create iabc --ca-file x/K",
                                      "delete --yes K",
                                      "simulate --ids x/K",
                                      "simulate --fault K=1",
                                      "simulate --profile K"}) {
        auto arguments = command;
        if (auto const at = arguments.find('K'); at != std::string::npos)
            arguments.replace(at, 1, mistaken_key);
        CHECK(refusal(place, arguments).find("0123456789") == std::string::npos);
    }
    for (auto const& line : {mistaken_key, "iabc " + mistaken_key, "{\"sandboxID\":\"" + mistaken_key + "\"}",
                             "{\"" + mistaken_key + "\":1}"}) {
        auto const finished = place.run("\"$E2B\" bulk -", line);
        INFO(finished.out << finished.err);
        CHECK(finished.exit_code == 1);
        CHECK((finished.out + finished.err).find("0123456789") == std::string::npos);
    }
    CHECK(refusal(place, "reconcile -",
                  R"({"sandboxID":")" + mistaken_key + R"(","startedAt":"2024-11-24T05:03:12Z"})")
              .find("0123456789") == std::string::npos);
    CHECK(place.platform.simulator.stats().requests == 0);
}

TEST_CASE("a refusal names the option, and not what is behind it", "[cli][refusal]") {
    Place const place;
    struct Case {
        char const* arguments;
        char const* begins;
    };
    for (auto const& [arguments, begins] : {
             Case{"create iabc --platform-time-limit 1ms", "--platform-time-limit: must be"},
             Case{"create iabc --timeout 0s", "--timeout: must be"},
             Case{"create iabc --header 'Host: x'", "--header: must not contain Host"},
             Case{"create iabc --api-url http://example.com", "--api-url: must begin with https://"},
             Case{"bulk ids.txt --busy-timeout 0s", "--busy-timeout: must be more than 0s"},
             Case{"simulate --drain 3:1s:1s", "--drain: must be"},
             Case{"simulate --node-weights 0,0", "--node-weights: must be"},
             Case{"simulate --latency 8784h", "durations must be"},
             Case{"demo --latency 8784h", "durations must be"},
             Case{"list --name \"$(printf 'a\\tb')\"", "--name: has a control character"},
             Case{"list --sandbox a/b", "--sandbox: must be"},
             Case{"sandboxes --template \"$(printf 'a\\tb')\"", "--template: has a control character"},
             Case{"bulk --select --state \"$(printf 'a\\tb')\"", "--state: has a control character"},
         }) {
        auto const said = refusal(place, arguments);
        CHECK_THAT(said, StartsWith(std::string("e2b-snapshot: ") + begins));
        CHECK(said.find("::") == std::string::npos);
        CHECK(said.find("allow_plain_http") == std::string::npos);
    }
}

TEST_CASE("a file that cannot be read or made is refused with the system's reason", "[cli][refusal]") {
    Place const place;
    for (std::string const arguments :
         {"reconcile nowhere/x", "reconcile --journal nowhere/x", "report nowhere/x", "bulk nowhere/x",
          "bulk ids.txt --journal nowhere/x", "bulk ids.txt --report nowhere/x", "simulate --ids nowhere/x",
          "simulate --ledger nowhere/x"})
        CHECK_THAT(refusal(place, arguments), ContainsSubstring("No such file or directory"));
    auto const temporary = place.run("TMPDIR=/nonexistent \"$E2B\" simulate");
    CHECK(temporary.exit_code == 2);
    CHECK_THAT(temporary.err, StartsWith("e2b-snapshot: TMPDIR: "));
}
