#include "support/catch.hpp"

#include <e2b/format.hpp>
#include <e2b/result.hpp>
#include <e2b/sandbox.hpp>
#include <e2b/snapshot.hpp>

#include <chrono>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace e2b;
using namespace std::chrono_literals;

namespace {

template <class T>
std::string printed(T const& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

Failure busy() {
    Failure failure(Outcome::rejected, Errc::busy, Phase::complete);
    failure.attempts = 4;
    failure.elapsed = 2s;
    failure.retry_after = 1s;
    return failure;
}

using Text = Result<std::string>;

} // namespace

TEST_CASE("a result is made of a value or a failure, in tests of one's own as well") {
    Text const made = std::string("id");
    CHECK(made);
    CHECK(made.has_value());
    CHECK(*made == "id");
    CHECK(made->size() == 2);
    CHECK(made.value() == "id");
    CHECK(made == std::string("id"));
    CHECK(made.attempts() == 1);
    CHECK(Text("id", 3, 5ms).attempts() == 3);
    CHECK(Text("id", 3, 5ms).elapsed() == 5ms);

    Text const failed = busy();
    CHECK_FALSE(failed);
    CHECK(failed.error().error == Errc::busy);
    CHECK(failed.attempts() == 4);
    CHECK(failed.elapsed() == 2s);
    CHECK_THROWS_AS(failed.value(), SnapshotError);
    CHECK(Text().error().outcome == Outcome::unknown);
    CHECK_FALSE(failed == made);
    CHECK_FALSE(failed == failed);
}

TEST_CASE("only what creates something says created") {
    CHECK(Result<SnapshotInfo>(SnapshotInfo("id", {})).outcome() == Outcome::created);
    CHECK(Result<std::vector<SnapshotInfo>>(std::vector<SnapshotInfo>()).outcome() == Outcome::succeeded);
    CHECK(Text(busy()).outcome() == Outcome::rejected);

    // A call says what it did, whatever it yields.
    Result<SandboxInfo> const looked_up(SandboxInfo(), 1, 1s, Outcome::succeeded);
    CHECK(looked_up.outcome() == Outcome::succeeded);
    CHECK(Text("id", 1, 1s, Outcome::created).outcome() == Outcome::created);
    Result<SandboxInfo> copy = looked_up;
    CHECK(copy.outcome() == Outcome::succeeded);
    copy = Result<SandboxInfo>(SandboxInfo());
    CHECK(copy.outcome() == Outcome::created);
    CHECK(is_success(Outcome::created));
    CHECK(is_success(Outcome::succeeded));
    CHECK_FALSE(is_success(Outcome::unknown));
}

TEST_CASE("a result speaks as std::expected does") {
    static_assert(std::is_same_v<Text::value_type, std::string>);
    static_assert(std::is_same_v<Text::error_type, Failure>);
    static_assert(std::is_same_v<decltype(*std::declval<Text>()), std::string&&>);
    static_assert(std::is_same_v<decltype(std::declval<Text>().error()), Failure&&>);
    static_assert(noexcept(*std::declval<Text const&>()));

    CHECK(Text("a").value_or("b") == "a");
    CHECK(Text(busy()).value_or("b") == "b");
    Text const kept("a");
    CHECK(kept.value_or("b") == "a");

    auto const size = Text("abc", 2, 1s).transform(&std::string::size);
    CHECK(size == 3U);
    CHECK(size.attempts() == 2);
    CHECK(size.elapsed() == 1s);
    auto const moved = Text("abc").transform([](std::string&& text) { return std::move(text) + "d"; });
    CHECK(moved == std::string("abcd"));
    CHECK(Text(busy()).transform(&std::string::size).error() == Errc::busy);

    auto const half = [](std::string const& text) {
        return text.size() % 2 == 0 ? Text(text.substr(text.size() / 2)) : Text(busy());
    };
    CHECK(Text("abcd").and_then(half) == std::string("cd"));
    CHECK(Text("abc").and_then(half).error() == Errc::busy);
    CHECK(kept.and_then(half).error() == Errc::busy);
    CHECK(Text(busy()).or_else([](Failure const& failure) {
        return Text(std::string(to_string(failure.error)));
    }) == std::string("busy"));
    CHECK(kept.or_else([](Failure const&) { return Text("never"); }) == std::string("a"));
}

TEST_CASE("what is made of a result has its outcome") {
    Result<SnapshotInfo> const made(SnapshotInfo("id", {}), 2, 1s);
    CHECK(made.transform(&SnapshotInfo::snapshot_id).outcome() == Outcome::created);
    CHECK(Result(made).transform(&SnapshotInfo::snapshot_id).outcome() == Outcome::created);
    CHECK(made.or_else([](Failure const& failure) { return Result<SnapshotInfo>(failure); }).outcome() ==
          Outcome::created);
    Result<std::vector<SandboxInfo>> const listed(std::vector<SandboxInfo>(1));
    auto const first = [](auto const& rows) { return rows.front(); };
    CHECK(listed.transform(first).outcome() == Outcome::succeeded);
    CHECK(Text(busy()).transform(&std::string::size).outcome() == Outcome::rejected);
    // What and_then yields is the function's own.
    auto const own = made.and_then([](SnapshotInfo const& info) { return Text(info.snapshot_id, 7, 3s); });
    CHECK(own.outcome() == Outcome::succeeded);
    CHECK(own.attempts() == 7);
}

TEST_CASE("a result converts to Boost's") {
    boost::system::result<std::string> const made = Text("id");
    CHECK(made.value() == "id");
    boost::system::result<std::string> const failed = Text(busy());
    CHECK(failed.error() == Errc::busy);
    CHECK_THROWS_AS(failed.value(), boost::system::system_error);

    boost::system::result<std::string, Failure> const whole = Text(busy());
    CHECK(whole.error().attempts == 4);
    CHECK_THROWS_AS(whole.value(), SnapshotError);
}

TEST_CASE("errors compare with codes and with conditions") {
    auto const failure = busy();
    CHECK(failure.error == Condition::transient);
    CHECK(Condition::transient == failure.error);
    CHECK(failure.error == Condition::server_error);
    CHECK(failure.error != Condition::fatal);
    CHECK(failure == Errc::busy);
    CHECK(failure == Condition::transient);
    CHECK(failure != Condition::client_error);
    CHECK(failure == make_error_code(Errc::busy));
    CHECK(failure.code() == Errc::busy);
    CHECK(failure.code() == Condition::transient);
    CHECK(failure.error == make_error_code(Errc::busy));
    CHECK(Text(failure).error() == Condition::transient);
    CHECK(SnapshotError(failure).code() == Condition::transient);
    CHECK(Errc::unauthorized == Condition::fatal);
    CHECK(Errc::unauthorized == Condition::client_error);
    CHECK(make_error_code(Errc::tls_verify) == Condition::fatal);
}

TEST_CASE("outcomes, errors and failures print") {
    CHECK(printed(Outcome::not_sent) == "not_sent");
    CHECK(printed(Phase::first_byte) == "first_byte");
    CHECK(printed(Errc::rate_limited) == "rate_limited");
    CHECK(printed(Errc()) == "none");
    CHECK(printed(Condition::connect_error) == "connect_error");
    CHECK(to_string(Condition()) == "none");
    CHECK(printed(busy()) == busy().to_string());
    CHECK(printed(busy()).find("retry after 1 s") != std::string::npos);
#if defined(__cpp_lib_format)
    CHECK(std::format("{} {:>6} {}", Outcome::created, Errc::busy, Phase::body) == "created   busy body");
    CHECK(std::format("{}: {}", Condition::fatal, busy()) == "fatal: " + busy().to_string());
#endif
}
