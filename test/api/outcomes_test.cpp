// Each call's result says what the call did, as reports and counters say it.
#include "api/place.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <memory>

using namespace e2b;
using namespace e2b::test;

namespace {

// The outcome of the call that ended last.
struct LastCall : ClientObserver {
    Outcome outcome = Outcome::unknown;

    void on_call(CallReport const& report) override { outcome = report.outcome; }
};

// Awaits a call, and checks that its result says the same as its report.
template <class T>
asio::awaitable<Outcome> outcome_of(asio::awaitable<Result<T>> call, LastCall const& last) {
    auto const result = co_await std::move(call);
    CHECK(result.has_value());
    CHECK(result.outcome() == last.outcome);
    CHECK(result.transform([](T const&) { return 0; }).outcome() == last.outcome);
    co_return result.outcome();
}

} // namespace

TEST_CASE("results say what their calls did", "[api]") {
    auto const last = std::make_shared<LastCall>();
    Place place;
    place.config.observer = last;
    run(place, [&](Client& client) -> asio::awaitable<void> {
        auto const& id = place.ids[0];
        auto const ends = [&](auto call, Outcome outcome) -> asio::awaitable<void> {
            auto ended = outcome_of(std::move(call), *last);
            auto const seen = co_await std::move(ended);
            CHECK(seen == outcome);
        };
        co_await ends(client.try_create_snapshot({id, "name"}), Outcome::created);
        co_await ends(client.try_create_sandbox("name"), Outcome::created);
        co_await ends(client.try_get_sandbox(id), Outcome::succeeded);
        co_await ends(client.try_list_sandboxes(), Outcome::succeeded);
        co_await ends(client.try_list_snapshots(), Outcome::succeeded);
        co_await ends(client.try_list_tags("name"), Outcome::succeeded);
        co_await ends(client.try_find_template("name"), Outcome::succeeded);
        auto const found = co_await client.find_template("name");
        co_await ends(client.try_get_template(found), Outcome::succeeded);
        SandboxPages pages(client);
        co_await ends(pages.try_next(), Outcome::succeeded);
        auto const first = (co_await client.try_list_sandboxes()).transform([](auto const& page) {
            return page.items.front();
        });
        CHECK(first.outcome() == Outcome::succeeded);
        co_await ends(client.try_delete_snapshot("name"), Outcome::succeeded);

        BulkRun bulk(client);
        std::vector<SnapshotRequest> const requests(3, SnapshotRequest(id));
        for (auto const& each : co_await bulk.collect(requests))
            CHECK(each.outcome() == Outcome::created);
    });
}

TEST_CASE("a sandbox that an older server makes says created", "[api]") {
    auto options = few_sandboxes();
    options.profile = SimulatorOptions::Profile::older;
    Place const place(options);
    run(place, [&](Client& client) -> asio::awaitable<void> {
        auto const made = co_await client.try_create_snapshot(place.ids[0]);
        auto const result = co_await client.try_create_sandbox(made->snapshot_id);
        CHECK(result.outcome() == Outcome::created);
    });
}
