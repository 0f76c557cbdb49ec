#include "cli/basics/usage_error.hpp"
#include "cli/journal/journal.hpp"
#include "support/catch.hpp"
#include "support/temporary_file.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <string>

namespace asio = boost::asio;
using namespace e2b;
using namespace e2b::cli;
using e2b::test::TemporaryFile;

namespace {

Journal::Options options_for(TemporaryFile const& file, bool resume) {
    return {file.path(), resume, "", std::nullopt};
}

// Notes in the journal that a request is about to be sent.
void begin_try(Journal::Options const& options, std::string const& sandbox) {
    asio::io_context context;
    Journal journal(context.get_executor(), options);
    TryLine const line{SnapshotRequest(sandbox)};
    asio::co_spawn(context, journal.begin_try(line), asio::detached);
    context.run();
}

std::string refusal(Journal::Options const& options) {
    asio::io_context context;
    try {
        Journal const journal(context.get_executor(), options);
    } catch (UsageError const& error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("a journal is made where there is none", "[cli][journal]") {
    TemporaryFile file;
    file.remove();
    begin_try(options_for(file, false), "iabc");
    JournalState state;
    CHECK_FALSE(state.load(file.path()));
    REQUIRE(state.find(SnapshotRequest("iabc")) != nullptr);
    CHECK(state.find(SnapshotRequest("iabc"))->is_unknown());
    CHECK(state.run());
}

TEST_CASE("a journal can be resumed although none was begun", "[cli][journal]") {
    TemporaryFile file;
    file.remove();
    begin_try(options_for(file, true), "iabc");
    CHECK(file.lines().size() == 2);
}

TEST_CASE("a journal goes on after a line that was torn, and keeps the run's identity", "[cli][journal]") {
    TemporaryFile const file;
    begin_try(options_for(file, false), "iabc");
    auto const whole = file.content();
    for (std::size_t torn = 1; torn < whole.size(); ++torn) {
        TemporaryFile const cut(whole.substr(0, whole.size() - torn));
        begin_try(options_for(cut, true), "idef");
        JournalState state;
        CAPTURE(torn);
        CHECK_FALSE(state.load(cut.path()));
        CHECK(state.find(SnapshotRequest("idef")) != nullptr);
    }
}

TEST_CASE("a journal is one process's at a time", "[cli][journal]") {
    TemporaryFile const file;
    asio::io_context context;
    Journal const first(context.get_executor(), options_for(file, false));
    CHECK_THAT(refusal(options_for(file, true)),
               Catch::Matchers::ContainsSubstring("another process is writing it"));
}

TEST_CASE("a journal is only gone on with where that was asked for, with the same names", "[cli][journal]") {
    TemporaryFile const file;
    auto options = options_for(file, false);
    options.name_template = "{sandbox}:{run}";
    begin_try(options, "iabc");
    CHECK_THAT(refusal(options), Catch::Matchers::ContainsSubstring("--resume goes on with it"));
    CHECK_THAT(refusal(options_for(file, true)), Catch::Matchers::ContainsSubstring("{sandbox}:{run}"));
    options.resume = true;
    CHECK(refusal(options).empty());
}

TEST_CASE("a journal is of one shard", "[cli][journal]") {
    TemporaryFile const file;
    auto options = options_for(file, false);
    options.shard = FleetShard{1, 4};
    begin_try(options, "iabc");
    auto const refused = refusal(options_for(file, true));
    CHECK_THAT(refused, Catch::Matchers::ContainsSubstring("was made with --shard '1/4'"));
    CHECK_THAT(refused, Catch::Matchers::ContainsSubstring("resumed with no --shard"));
    options.resume = true;
    CHECK(refusal(options).empty());
    options.shard = FleetShard{2, 4};
    CHECK_THAT(refusal(options), Catch::Matchers::ContainsSubstring("resumed with --shard '2/4'"));
}

TEST_CASE("what is no journal, or cannot be one, is refused with its path", "[cli][journal]") {
    TemporaryFile const other("these are not\nthe lines of a journal\n");
    CHECK_THAT(refusal(options_for(other, true)), Catch::Matchers::ContainsSubstring(other.path()));
    CHECK(other.content() == "these are not\nthe lines of a journal\n");
    auto const nowhere =
        Journal::Options{"/nonexistent/run.jsonl", false, "", std::nullopt, SnapshotKind::full};
    CHECK_THAT(refusal(nowhere), Catch::Matchers::ContainsSubstring("/nonexistent/run.jsonl: No such file"));
}
