#include "cli/basics/usage_error.hpp"
#include "cli/journal/journal_state.hpp"
#include "support/catch.hpp"
#include "support/temporary_file.hpp"

#include <filesystem>

using namespace e2b;
using namespace e2b::cli;
using e2b::test::TemporaryFile;

namespace {

SnapshotRequest const some("iabc");

std::string try_line() {
    return to_text(
        TryLine{some, 1, std::chrono::system_clock::time_point(), std::vector<std::string>{"old"}});
}

std::string end_line(Outcome outcome, Errc error = Errc()) {
    Record record;
    record.sandbox_id = some.sandbox_id;
    record.outcome = outcome;
    record.attempts = 1;
    if (outcome != Outcome::created)
        record.error = Record::Error{error, ""};
    return to_text(EndLine{record});
}

RefusedLine refusal(Errc error) {
    return {some, 1, {error, ""}};
}

JournalState state_of(std::string const& content) {
    TemporaryFile const file(content);
    JournalState state;
    CHECK_FALSE(state.load(file.path()));
    return state;
}

JournalItem item_of(std::string const& content) {
    auto const state = state_of(content);
    auto const* const item = state.find(some);
    REQUIRE(item != nullptr);
    return *item;
}

} // namespace

TEST_CASE("an item is a sandbox, a name and a kind", "[cli][journal]") {
    for (auto const kind : {SnapshotKind::full, SnapshotKind::filesystem}) {
        for (auto const& name : {std::optional<std::string>(), std::optional<std::string>("team/a:v1")}) {
            SnapshotRequest request("iabc", name);
            request.memory = kind;
            for (unsigned const copy : {1U, 2U, 17U}) {
                auto const again = JournalState::of_key(JournalState::key(request, copy));
                CHECK(again.request.sandbox_id == "iabc");
                CHECK(again.request.name == name);
                CHECK(again.request.memory == kind);
                CHECK(again.copy == copy);
            }
        }
    }
    SnapshotRequest filesystem("iabc");
    filesystem.memory = SnapshotKind::filesystem;
    auto const state = state_of(try_line() + end_line(Outcome::created) + to_text(TryLine{filesystem}));
    CHECK(state.items().size() == 2);
    CHECK_FALSE(state.find(some)->is_unknown());
    CHECK(state.find(filesystem)->is_unknown());
}

TEST_CASE("a try without an end is unknown", "[cli][journal]") {
    auto const item = item_of(try_line());
    CHECK(item.is_unknown());
    CHECK_FALSE(item.is_safe_to_send());
    CHECK(state_of(try_line()).baseline(some) == std::vector<std::string>{"old"});
}

TEST_CASE("a try that was refused may be sent again", "[cli][journal]") {
    auto const refused = to_text(refusal(Errc::busy));
    CHECK(item_of(try_line() + refused).is_safe_to_send());
    CHECK(item_of(try_line() + refused + try_line()).is_unknown());
}

TEST_CASE("only what provably did nothing, and might do something, may be sent again", "[cli][journal]") {
    CHECK(item_of(try_line() + end_line(Outcome::not_sent, Errc::connect_failed)).is_safe_to_send());
    CHECK(item_of(try_line() + end_line(Outcome::rejected, Errc::busy)).is_safe_to_send());
    CHECK(item_of(try_line() + end_line(Outcome::rejected, Errc::rate_limited)).is_safe_to_send());
    CHECK_FALSE(item_of(try_line() + end_line(Outcome::rejected, Errc::not_found)).is_safe_to_send());
    CHECK_FALSE(item_of(try_line() + end_line(Outcome::created)).is_safe_to_send());
    auto const unknown = item_of(try_line() + end_line(Outcome::unknown, Errc::reset));
    CHECK_FALSE(unknown.is_safe_to_send());
    CHECK(unknown.is_unknown());
}

TEST_CASE("what was created stays created", "[cli][journal]") {
    auto const item = item_of(try_line() + end_line(Outcome::created) + try_line() +
                              end_line(Outcome::unknown, Errc::reset));
    CHECK(item.outcome == Outcome::created);
    CHECK(item.created == 1);
}

TEST_CASE("an item that was listed twice is not settled by the end of one of its tries", "[cli][journal]") {
    auto const refused = to_text(refusal(Errc::busy));
    auto const rejected = end_line(Outcome::rejected, Errc::busy);
    for (auto const& one_left : {refused, rejected}) {
        auto const item = item_of(try_line() + try_line() + one_left);
        CHECK(item.is_unknown());
        CHECK_FALSE(item.is_safe_to_send());
        CHECK(item_of(try_line() + try_line() + one_left + refused).is_safe_to_send());
        CHECK(state_of(try_line() + try_line() + one_left).baseline(some));
    }
    CHECK_FALSE(item_of(try_line() + try_line() + end_line(Outcome::unknown, Errc::reset) + refused)
                    .is_safe_to_send());
    CHECK_FALSE(item_of(try_line() + try_line() + end_line(Outcome::created)).is_unknown());
    CHECK_FALSE(item_of(try_line() + end_line(Outcome::created) + try_line()).is_safe_to_send());
}

TEST_CASE("a try began before the process that noted it ended, and while its call lasted", "[cli][journal]") {
    using namespace std::chrono_literals;
    auto const item = item_of(try_line());
    CHECK(item.began_before(item.last_try + 10s, 300s) == item.last_try + 10s);
    CHECK(item.began_before(item.last_try + 300s, 300s) == item.last_try + 300s);
    CHECK(item.began_before(item.last_try + 1h, 300s) == item.last_try + 300s);
}

TEST_CASE("where the end of a try was noted, time counts from there", "[cli][journal]") {
    using namespace std::chrono_literals;
    Record record;
    record.sandbox_id = some.sandbox_id;
    record.name = some.name;
    record.outcome = Outcome::unknown;
    auto const end_at = [&](std::chrono::system_clock::time_point at) {
        record.ended_at = at;
        return to_text(EndLine{record});
    };
    auto const begun = item_of(try_line()).last_try;
    auto const now = begun + 1h;
    CHECK(item_of(try_line() + end_at(begun + 20s)).began_before(now, 300s) == begun + 20s);
    // Of two tries the later counts, whatever the order in which their ends were noted.
    CHECK(item_of(try_line() + try_line() + end_at(begun + 40s) + end_at(begun + 20s))
              .began_before(now, 300s) == begun + 40s);
    // Of one nothing is known.
    CHECK(item_of(try_line() + try_line() + end_at(begun + 40s)).began_before(now, 300s) == begun + 300s);
    CHECK(item_of(try_line() + try_line() + end_at(begun + 400s)).began_before(now, 300s) == begun + 400s);
}

TEST_CASE("attempts are the tries that were made, however often their end is noted", "[cli][journal]") {
    auto const unknown = end_line(Outcome::unknown, Errc::reset);
    CHECK(item_of(try_line() + unknown + unknown).attempts == 1);
    CHECK(item_of(try_line()).attempts == 1); // its end is not known
    auto const refused = to_text(refusal(Errc::busy));
    CHECK(item_of(try_line() + refused + try_line()).attempts == 2);
    auto never_sent = refusal(Errc::cancelled);
    never_sent.sent = false;
    CHECK(item_of(try_line() + refused + try_line() + to_text(never_sent)).attempts == 1);
}

TEST_CASE("attempts that several journals tell of are added up", "[cli][journal]") {
    TemporaryFile const one(try_line() + end_line(Outcome::unknown, Errc::reset));
    TemporaryFile const other(try_line() + to_text(refusal(Errc::busy)) + try_line() +
                              end_line(Outcome::unknown, Errc::reset));
    JournalState state;
    state.load(one.path());
    state.load(other.path());
    CHECK(state.find(some)->attempts == 2); // one of each end's record
}

TEST_CASE("how long a try took is known if its end was noted", "[cli][journal]") {
    Record record;
    record.sandbox_id = some.sandbox_id;
    record.outcome = Outcome::unknown;
    record.elapsed = std::chrono::milliseconds(7);
    auto const ended = to_text(EndLine{record});
    CHECK(item_of(try_line() + ended).elapsed == std::chrono::milliseconds(7));
    record.elapsed.reset();
    CHECK_FALSE(item_of(try_line() + to_text(EndLine{record})).elapsed);
    CHECK_FALSE(item_of(try_line()).elapsed);
}

TEST_CASE("what was unknown is settled by what was found out", "[cli][journal]") {
    auto const unknown = try_line() + end_line(Outcome::unknown, Errc::reset);
    CHECK(item_of(unknown + to_text(refusal(Errc::reset))).is_safe_to_send());
    CHECK(item_of(unknown + end_line(Outcome::unknown, Errc::reset)).is_unknown());
    auto const created = item_of(unknown + end_line(Outcome::created));
    CHECK_FALSE(created.is_unknown());
    CHECK(created.outcome == Outcome::created);
}

TEST_CASE("a journal that was cut at any byte is read, and no sent request is forgotten", "[cli][journal]") {
    auto const whole = try_line() + end_line(Outcome::created);
    auto const tried = try_line().size();
    for (std::size_t size = 1; size <= whole.size(); ++size) {
        INFO(size);
        TemporaryFile const file(whole.substr(0, size));
        JournalState state;
        auto const torn_at = state.load(file.path());
        auto const* const item = state.find(some);
        // A line whose line feed alone is missing says all it had to say.
        CHECK((item != nullptr) == (size >= tried - 1));
        CHECK((item != nullptr && item->outcome == Outcome::created) == (size >= whole.size() - 1));
        bool const is_whole =
            size == tried - 1 || size == tried || size == whole.size() - 1 || size == whole.size();
        CHECK(torn_at.has_value() == !is_whole);
        if (torn_at)
            CHECK(*torn_at == (size < tried ? 0 : tried));
    }
}

TEST_CASE("a file that is no journal is refused, naming the line", "[cli][journal]") {
    TemporaryFile const file(try_line() + "iabc\n" + end_line(Outcome::created));
    JournalState state;
    CHECK_THROWS_WITH(state.load(file.path()), Catch::Matchers::ContainsSubstring(file.path() + " line 2"));
    CHECK_THROWS_AS(state.load("/nonexistent/journal"), UsageError);
    CHECK_THROWS_AS(state.load("/tmp"), UsageError); // opens, and cannot be read
}

TEST_CASE("zeros that a crash left in a journal are refused with a way to go on", "[cli][journal]") {
    auto const synced = try_line();
    auto const lost = end_line(Outcome::created);
    TemporaryFile const file(synced + std::string(100, '\0') + lost.substr(100) + try_line());
    JournalState state;
    CHECK_THROWS_WITH(
        state.load(file.path()),
        Catch::Matchers::ContainsSubstring(" line 2, at byte " + std::to_string(synced.size())) &&
            Catch::Matchers::ContainsSubstring("\"truncate -s " + std::to_string(synced.size()) + " -- '" +
                                               file.path() + "'\""));
    auto const awkward = file.path() + " it's";
    std::filesystem::copy(file.path(), awkward);
    CHECK_THROWS_WITH(state.load(awkward),
                      Catch::Matchers::ContainsSubstring("'" + file.path() + " it'\\''s'"));
    std::filesystem::remove(awkward);
    // To their end they are a torn line like any other.
    TemporaryFile const tail(synced + std::string(100, '\0'));
    CHECK(JournalState().load(tail.path()) == synced.size());
}

TEST_CASE("an item that was listed twice was cut if one of its tries has no end", "[cli][journal]") {
    auto const rejected = end_line(Outcome::rejected, Errc::busy);
    auto const unknown = end_line(Outcome::unknown, Errc::reset);
    CHECK(item_of(try_line()).was_cut());
    CHECK(item_of(try_line() + try_line() + rejected).was_cut());
    CHECK_FALSE(item_of(try_line() + rejected).was_cut());
    CHECK_FALSE(item_of(try_line() + unknown).was_cut());
    CHECK(item_of(try_line() + try_line() + unknown).was_cut());
}

TEST_CASE("what got no answer says so, whatever became of the item's other try", "[cli][journal]") {
    auto const unknown = end_line(Outcome::unknown, Errc::reset);
    auto const rejected = end_line(Outcome::rejected, Errc::busy);
    auto const refused = to_text(refusal(Errc::busy));
    for (auto const& other_end : {rejected, refused}) {
        auto const item = item_of(try_line() + try_line() + unknown + other_end);
        CHECK(item.is_unknown());
        CHECK_FALSE(item.was_cut());
        CHECK(item.state == JournalItem::State::ended);
        CHECK(item.outcome == Outcome::unknown);
        CHECK(item.error == Errc::reset);
        CHECK(item.offset == 2 * try_line().size());
        CHECK(item_of(try_line() + try_line() + unknown + other_end + try_line()).was_cut());
        // Once it was found out, the later end counts.
        auto const found_out = item_of(try_line() + try_line() + unknown + other_end + rejected);
        CHECK_FALSE(found_out.is_unknown());
        CHECK(found_out.error == Errc::busy);
        // What exists goes on existing as well.
        CHECK_FALSE(
            item_of(try_line() + try_line() + end_line(Outcome::created) + other_end).is_safe_to_send());
    }
}

TEST_CASE("an item's key says what it was made of", "[cli][journal]") {
    SnapshotRequest const named("iabc", "team/nightly:v1");
    for (auto const& request : {some, named}) {
        for (unsigned const copy : {1U, 2U, 17U}) {
            auto const again = JournalState::of_key(JournalState::key(request, copy));
            CHECK(again.request.sandbox_id == request.sandbox_id);
            CHECK(again.request.name == request.name);
            CHECK(again.copy == copy);
        }
    }
}

TEST_CASE("equal lines of a list are kept apart", "[cli][journal]") {
    Record record;
    record.sandbox_id = some.sandbox_id;
    record.copy = 2;
    record.outcome = Outcome::created;
    auto const state = state_of(try_line() + to_text(TryLine{some, 2}) + to_text(EndLine{record}));
    REQUIRE(state.find(some) != nullptr);
    CHECK(state.find(some)->is_unknown());
    REQUIRE(state.find(some, 2) != nullptr);
    CHECK(state.find(some, 2)->outcome == Outcome::created);
    CHECK(state.find(some, 3) == nullptr);
}

TEST_CASE("where the end of a lost try was noted, it began before that", "[cli][journal]") {
    using namespace std::chrono_literals;
    Record record;
    record.sandbox_id = some.sandbox_id;
    record.outcome = Outcome::unknown;
    record.ended_at = std::chrono::system_clock::time_point(20s);
    record.error = Record::Error{Errc::reset, ""};
    auto const lost = try_line() + to_text(EndLine{record});
    CHECK(item_of(lost).began_before(std::chrono::system_clock::time_point(1h), 300s) == *record.ended_at);
    // A try after it has no end.
    CHECK(item_of(lost + try_line()).began_before(std::chrono::system_clock::time_point(1h), 300s) ==
          std::chrono::system_clock::time_point(300s));
}
