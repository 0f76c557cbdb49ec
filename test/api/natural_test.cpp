// Each call of the API as one writes it without a second thought: temporaries, braces, lambdas and chains in
// one expression with `co_await`. Compiled with AddressSanitizer, as g++ 12 destroys some of these twice.
#include "api/place.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <array>
#include <map>
#include <memory>
#include <ranges>
#include <source_location>
#include <span>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

// Texts that are longer than what a std::string holds without memory of its own.
std::string const a_name = "a-name-that-is-too-long-for-a-short-string";

CallOptions impatient() {
    CallOptions options;
    options.timeout = 1min;
    options.headers = {{"X-Purpose", "a value that is too long for a short string"}};
    return options;
}

// Catch's macros have their expression twice, and g++ 12 awaits both.
void expect(bool holds, std::source_location where = std::source_location::current()) {
    INFO("line " << where.line());
    CHECK(holds);
}

asio::awaitable<void> snapshots(Client& client, std::vector<std::string> const& ids) {
    expect(!(co_await client.create_snapshot(ids[0])).snapshot_id.empty());
    expect(!(co_await client.create_snapshot({ids[0], a_name})).names.empty());
    expect(!(co_await client.create_snapshot(SnapshotRequest(ids[0], a_name), impatient())).names.empty());
    expect(!(co_await client.create_snapshot({ids[0], a_name + ":v1"}, CallOptions())).names.empty());
    expect(!(co_await client.create_snapshot(with_unique_tag({ids[0], a_name}), {})).names.empty());
    expect((co_await client.try_create_snapshot(ids[1]))->names.empty());
    expect((co_await client.try_create_snapshot({ids[1], a_name}, impatient())).outcome() ==
           Outcome::created);
    if (auto const made = co_await client.try_create_snapshot(std::string(ids[1]), impatient()); made)
        CHECK_FALSE(made->snapshot_id.empty());
    SnapshotInfo const info = co_await client.create_snapshot({ids[2], a_name});
    CHECK(info.names.size() == 1);
    expect((co_await client.try_create_snapshot("i0123456789abcdefghij")).error() == Errc::not_found);
    expect((co_await client.try_create_snapshot("../" + a_name)).error().outcome == Outcome::not_sent);
}

asio::awaitable<void> chains(Client& client, std::vector<std::string> const& ids) {
    expect((co_await client.try_create_snapshot({ids[0], a_name}, impatient()))
               .transform(&SnapshotInfo::names)
               .transform(&std::vector<std::string>::size)
               .value_or(0U) == 1);
    std::string const prefix = a_name;
    expect((co_await client.try_create_snapshot({ids[0], a_name}))
               .transform([&](SnapshotInfo const& made) { return prefix + made.snapshot_id; })
               .value_or("nothing")
               .starts_with(a_name));
    expect((co_await client.try_get_sandbox("i0123456789abcdefghij"))
               .or_else([](Failure const& failure) {
                   SandboxInfo gone;
                   gone.state = failure == Errc::not_found ? "gone" : "unknown";
                   return Result<SandboxInfo>(std::move(gone));
               })
               ->state == "gone");
    boost::system::result<SandboxInfo> const of_boost = co_await client.try_get_sandbox(ids[0]);
    CHECK(of_boost->state == "running");
    auto const made = co_await client.try_create_snapshot({ids[0], a_name});
    CHECK(made.transform([prefix](SnapshotInfo const& each) { return prefix + each.snapshot_id; })
              .value()
              .starts_with(a_name));
}

asio::awaitable<void> neighbours(Client& client, std::vector<std::string> const& ids) {
    auto const snapshot = co_await client.create_snapshot({ids[0], a_name});
    expect(!(co_await client.list_snapshots()).items.empty());
    expect(!(co_await client.list_snapshots({}, impatient())).has_next());
    expect((co_await client.try_list_snapshots(SnapshotQuery(), CallOptions())).outcome() ==
           Outcome::succeeded);
    auto const page = co_await client.try_list_snapshots({}, {});
    for (auto const& each : page->items)
        CHECK_FALSE(each.snapshot_id.empty());

    expect((co_await client.get_sandbox(ids[0])).state == "running");
    expect((co_await client.try_get_sandbox(std::string(ids[0]), impatient()))->sandbox_id == ids[0]);
    if (auto const gone = co_await client.try_get_sandbox("i0123456789abcdefghij"); !gone)
        CHECK(gone.error() == Condition::client_error);
    expect((co_await client.list_sandboxes()).items.size() == ids.size());
    expect((co_await client.try_list_sandboxes({}, impatient()))->items.size() == ids.size());
    expect(!(co_await client.create_sandbox(snapshot.snapshot_id)).sandbox_id.empty());
    expect((co_await client.try_create_sandbox({snapshot.snapshot_id}, impatient())).outcome() ==
           Outcome::created);

    expect((co_await client.list_tags(a_name)).size() == 1);
    expect((co_await client.try_list_tags("another-" + a_name)).error() == Errc::not_found);
    auto const id = co_await client.find_template(a_name);
    expect((co_await client.try_find_template(a_name, impatient())) == id);
    expect((co_await client.get_template(id)).builds.size() == 1);
    expect((co_await client.try_get_template(id, "", impatient()))->template_id == id);

    expect((co_await client.try_delete_snapshot("another-" + a_name)) == Deletion::absent);
    expect((co_await client.try_delete_snapshot(a_name, impatient())) == Deletion::deleted);
}

asio::awaitable<void> lists(Client& client, std::size_t count) {
    SandboxQuery query;
    query.limit = 7;
    std::vector<std::string> seen;
    SandboxPages pages(client, query, impatient());
    while (pages.has_next())
        for (auto const& sandbox : co_await pages.next())
            seen.push_back(sandbox.sandbox_id);
    CHECK(seen.size() == count);
    expect((co_await SnapshotPages(client).try_next())->empty());
    expect((co_await SandboxPages(client, {}, impatient()).next()).size() == count);
}

asio::awaitable<void> lost_answers(Client& client, std::string id) {
    auto const long_ago = std::chrono::system_clock::now() - 1h;
    auto const answer = co_await reconcile(client, {with_unique_tag({id, a_name}), long_ago}, impatient());
    CHECK(answer.finding == Reconciliation::Finding::not_created);
    expect((co_await reconcile(client, ReconcileRequest({id, a_name}, long_ago))).finding ==
           Reconciliation::Finding::not_created);
}

asio::awaitable<void> fleets(Client& client, std::vector<std::string> ids) {
    auto const label = std::make_shared<std::string>(a_name);
    std::map<Outcome, int> counts;
    BulkOptions options;
    options.max_in_flight = 8;
    options.on_result = [&counts, label](BulkResult const& ended) {
        ++counts[ended.result.outcome()];
        CHECK_FALSE(label->empty());
    };
    options.on_progress = [label](BulkProgress const&) {};
    BulkRun run(client, options);
    expect((co_await run.execute(ids)).created == ids.size());
    CHECK(counts[Outcome::created] == static_cast<int>(ids.size()));

    expect((co_await BulkRun(client, options).execute(std::vector<std::string>(ids))).created == ids.size());
    expect((co_await BulkRun(client).execute(std::span(ids).first(3))).created == 3);
    // An array of strings is named first, one of literals needs not be.
    std::array<std::string, 2> const array{ids[0], ids[1]};
    expect((co_await BulkRun(client).execute(array)).created == 2);
    expect((co_await BulkRun(client).execute(std::span(array))).created == 2);
    expect((co_await BulkRun(client).execute(std::array{ids[0].c_str(), ids[1].c_str()})).created == 2);
    BulkRun by_token(client);
    expect((co_await async_execute(by_token, array, asio::use_awaitable)).created == 2);
    std::vector<SnapshotRequest> requests;
    for (auto const& id : ids)
        requests.emplace_back(id, a_name + "-" + id);
    expect((co_await BulkRun(client).collect(requests)).size() == ids.size());
    expect((co_await BulkRun(client, BulkOptions()).collect({})).empty());
    // A view is named first.
    BulkRange named(
        ids | std::views::transform([label](std::string const& id) { return SnapshotRequest(id, *label); }));
    expect((co_await BulkRun(client).execute(named)).done() == ids.size());
}

// What g++ 12 would destroy twice beside `co_await` does not compile.
template <class Range>
concept is_executed = requires(BulkRun& run, Range&& range) { run.execute(std::forward<Range>(range)); };
template <class Range>
concept is_executed_by_token =
    requires(BulkRun& run, Range&& range) { async_execute(run, std::forward<Range>(range), asio::detached); };
template <class Range>
concept is_taken = is_executed<Range> && is_executed_by_token<Range>;
template <class Range>
concept is_refused = !is_executed<Range> && !is_executed_by_token<Range>;
template <class Range>
concept is_collected = requires(BulkRun& run, Range&& range) {
    run.collect(std::forward<Range>(range));
    async_collect(run, std::forward<Range>(range), asio::detached);
};

// Both an aggregate and a range.
struct Fleet {
    std::vector<std::string> ids;
    auto begin() const { return ids.begin(); }
    auto end() const { return ids.end(); }
};

using Strings = std::array<std::string, 3>;
static_assert(is_refused<Strings> && is_refused<Strings const> && is_refused<Fleet>);
static_assert(is_refused<std::array<SnapshotRequest, 3>>);
static_assert(is_taken<Strings&> && is_taken<Strings const&> && is_taken<Fleet&> && is_taken<Fleet const&>);
static_assert(is_taken<std::array<char const*, 3>> && is_taken<std::vector<std::string>>);
static_assert(is_taken<std::vector<SnapshotRequest>&> && is_taken<std::span<std::string const>>);
static_assert(is_refused<std::map<int, std::string>&> && is_refused<std::string (&)[3]>);
static_assert(!is_collected<Strings> && !is_collected<Strings&> && !is_collected<Fleet>);
static_assert(is_collected<std::vector<SnapshotRequest>> &&
              is_collected<std::vector<SnapshotRequest> const&>);

asio::awaitable<void> together(Client& client, std::vector<std::string> const& ids) {
    using namespace asio::experimental::awaitable_operators;
    auto const [first, second] = co_await (client.create_snapshot({ids[0], a_name}, impatient()) &&
                                           client.try_create_snapshot({ids[1], a_name}));
    CHECK_FALSE(first.names.empty());
    CHECK(second);
    auto const both =
        co_await (client.create_snapshot(ids[2]) || client.try_create_snapshot(ids[3], impatient()));
    CHECK(both.index() < 2);
    expect((co_await asio::co_spawn(co_await asio::this_coro::executor, client.create_snapshot(ids[4]),
                                    asio::use_awaitable))
               .names.empty());
    // The operations of e2b/async.hpp, without a token.
    expect((co_await async_try_get_sandbox(client, ids[5]))->state == "running");
    expect((co_await async_try_list_sandboxes(client, {}, asio::deferred))->items.size() == ids.size());
#if BOOST_VERSION >= 108300 // older ones cannot await what throws without a token
    expect(!(co_await async_create_snapshot(client, {ids[5], a_name}, impatient())).names.empty());
#endif
    expect(!(co_await async_create_snapshot(client, {ids[5], a_name}, impatient(), asio::use_awaitable))
                .names.empty());
    expect((co_await async_try_create_snapshot(client, "..")).error() == Errc::invalid_argument);
}

asio::awaitable<void> exceptions(Client& client) {
    try {
        static_cast<void>(co_await client.create_snapshot({"i0123456789abcdefghij", a_name}, impatient()));
        FAIL("there is no such sandbox");
    } catch (SnapshotError const& error) {
        CHECK(error.code() == Errc::not_found);
        CHECK(error.failure() == Condition::client_error);
    }
}

asio::awaitable<void> ends(Client& client) {
    co_await client.close(1s);
    co_await client.close(std::chrono::hours(1));
    co_await client.close();
    expect((co_await client.try_create_snapshot("i0123456789abcdefghij")).error() == Errc::client_closed);
}

} // namespace

TEST_CASE("snapshots, as one writes it", "[api]") {
    Place const place;
    run(place, [&](Client& client) { return snapshots(client, place.ids); });
}

TEST_CASE("chains of results, as one writes it", "[api]") {
    Place const place;
    run(place, [&](Client& client) { return chains(client, place.ids); });
}

TEST_CASE("lists, lookups and deletions, as one writes it", "[api]") {
    Place const place;
    run(place, [&](Client& client) { return neighbours(client, place.ids); });
    run(place, [&](Client& client) { return lists(client, place.simulator.sandbox_ids().size()); });
}

TEST_CASE("a lost answer, as one writes it", "[api]") {
    Place const place;
    run(place, [&](Client& client) { return lost_answers(client, place.ids[0]); });
}

TEST_CASE("a fleet, as one writes it", "[api]") {
    Place const place;
    run(place, [&](Client& client) { return fleets(client, place.ids); });
}

TEST_CASE("several calls at a time, as one writes it", "[api]") {
    Place const place;
    run(place, [&](Client& client) { return together(client, place.ids); });
}

TEST_CASE("exceptions and the end, as one writes it", "[api]") {
    Place const place;
    run(place, exceptions);
    run(place, ends);
}
