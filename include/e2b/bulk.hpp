#pragma once

#include <e2b/client.hpp>
#include <e2b/export.hpp>
#include <e2b/shard.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace e2b::inline v0 {

/// What a run is to snapshot.
struct BulkItem {
    /// What to snapshot, and the tag.
    BulkItem(SnapshotRequest what, std::uint64_t own_tag = 0) : request(std::move(what)), tag(own_tag) {}

    /// What to snapshot.
    SnapshotRequest request;
    /// The caller's own; comes back with the result.
    std::uint64_t tag = 0;
};

/// What became of an item.
struct BulkResult {
    /// The item, and how it ended.
    BulkResult(BulkItem what, Result<SnapshotInfo> how) : item(std::move(what)), result(std::move(how)) {}

    /// The item, as the source yielded it.
    BulkItem item;
    /// Attempts and time are those of all tries together. An item that was not started before the run was
    /// stopped is `not_sent` with `Errc::cancelled`.
    Result<SnapshotInfo> result;
    /// When the last try began, or when it ended if its outcome is `unknown`: a moment that is late enough
    /// for `ReconcileRequest::started_at`. Nothing if there was none.
    std::optional<std::chrono::system_clock::time_point> last_try;
};

/// Takes what became of an item.
using BulkSink = std::function<void(BulkResult)>;

/// Where the items of a run come from. Derive, or use the overloads of `BulkRun::execute` for ranges.
class E2B_SNAPSHOT_API BulkSource {
public:
    virtual ~BulkSource() = default;
    /// The next item as soon as there is one; nothing at the end. Asked only while there is room for another
    /// item, and not again before it has completed. A finite source is read ahead: see
    /// `BulkOptions::max_in_flight`.
    virtual boost::asio::awaitable<std::optional<BulkItem>> next() = 0;
    /// The run is stopped: a `next` that waits for others ends, as at the end. A finite source goes on.
    virtual void stop() {}
    /// Whether `next` never waits for others. What such a source still holds when the run is stopped is
    /// delivered as `not_sent`; others are then not asked any more.
    [[nodiscard]] virtual bool finite() const noexcept { return false; }
    /// How many items it yields in all, where that is known: for the progress.
    [[nodiscard]] virtual std::optional<std::uint64_t> size() const noexcept { return std::nullopt; }
};

/// A source of what a range yields. An item's tag is its position, from 0. For views as well:
/// `BulkRange source(sandboxes | std::views::transform(to_request));`
template <std::ranges::input_range Range>
    requires std::convertible_to<std::ranges::range_reference_t<Range>, SnapshotRequest>
class BulkRange final : public BulkSource {
public:
    /// Takes the range.
    explicit BulkRange(Range range) : range_(std::move(range)), next_(std::ranges::begin(range_)) {}
    BulkRange(BulkRange const&) = delete;
    BulkRange& operator=(BulkRange const&) = delete;

    boost::asio::awaitable<std::optional<BulkItem>> next() override {
        if (next_ == std::ranges::end(range_))
            co_return std::nullopt;
        SnapshotRequest request(*next_);
        ++next_;
        co_return BulkItem(std::move(request), position_++);
    }
    bool finite() const noexcept override { return true; }
    std::optional<std::uint64_t> size() const noexcept override {
        if constexpr (std::ranges::sized_range<Range const>)
            return static_cast<std::uint64_t>(std::ranges::size(range_));
        return std::nullopt;
    }

private:
    Range range_;
    std::ranges::iterator_t<Range> next_;
    std::uint64_t position_ = 0;
};

namespace detail {

struct RunAccess;

// Not a temporary of an aggregate class, such as std::array: g++ 12 destroys one twice that stands in one
// expression with `co_await`.
template <class Range>
concept NoTemporaryAggregate =
    std::is_lvalue_reference_v<Range> || !std::is_aggregate_v<std::remove_cvref_t<Range>> ||
    std::is_trivially_destructible_v<std::remove_cvref_t<Range>>;
// Not a view that may hold a lambda, which g++ 12 destroys twice in the same way.
template <class Range>
concept NoViewWithFunction = !std::ranges::view<Range> || std::ranges::borrowed_range<Range>;

} // namespace detail

/// What `BulkRun::execute` takes a copy of, or moves from: a range of what a `SnapshotRequest` can be made
/// of. `Range` is a reference where it was given something with a name, and is then copied.
///
/// g++ 12 destroys some temporaries twice that stand in one expression with `co_await`, so these are not
/// taken, whatever the compiler:
/// - aggregates that must be destroyed, such as `std::array<std::string, 3>{a, b, c}`: give the array a name
///   and pass that, or pass a `std::vector`
/// - views that may hold a function: make a `BulkRange` of one, or pass one that only refers (`std::span`)
template <class Range>
concept BulkContainer =
    std::ranges::input_range<std::remove_cvref_t<Range>> &&
    std::convertible_to<std::ranges::range_reference_t<std::remove_cvref_t<Range>>, SnapshotRequest> &&
    std::constructible_from<std::remove_cvref_t<Range>, Range> &&
    !std::derived_from<std::remove_cvref_t<Range>, BulkSource> &&
    detail::NoViewWithFunction<std::remove_cvref_t<Range>> && detail::NoTemporaryAggregate<Range>;

/// Keeps account of what may have been sent, for runs that must survive the end of their process. Derive, and
/// hand it to `BulkOptions::journal`.
class E2B_SNAPSHOT_API BulkJournal {
public:
    virtual ~BulkJournal() = default;
    /// Awaited before each try; the request is not sent before it completes. If it throws, nothing is sent,
    /// and the run ends as with a source that throws. What it lets through after the run was stopped is not
    /// sent either, and delivered as its last try ended: as `not_sent`, if there was none.
    virtual boost::asio::awaitable<void> before_try(BulkItem const& item) = 0;
    /// The run is stopped: a `before_try` that waits for others completes now, as nothing will be sent. Must
    /// not throw.
    virtual void stop() {}
    /// The try that began last provably did nothing, and another will follow. Must not throw.
    virtual void on_refused(BulkItem const&, Failure const&) {}
};

/// Nothing gets through: no connection can be opened, or every request is refused or lost.
struct E2B_SNAPSHOT_API BulkOutage {
    BulkOutage() = default;

    /// How long it has lasted.
    std::chrono::nanoseconds lasted{0};
    /// Why, by the last attempt: `connect_failed`, `busy`, `rate_limited`, `server_error` and the like.
    Errc error{};
    /// The same in the words of the system or the resolver, such as "Connection refused". May be empty.
    std::string detail;
    /// How long it is until the next attempt; nothing while one is under way.
    std::optional<std::chrono::nanoseconds> next_attempt_in;

    /// One line, such as "API unreachable for 40 s: connect_failed (Connection refused); retrying in 5 s".
    [[nodiscard]] std::string to_string() const;
};

/// How far a run is, at one moment.
struct BulkProgress {
    BulkProgress() = default;

    std::uint64_t created = 0;  ///< items that were delivered and whose snapshot was made
    std::uint64_t rejected = 0; ///< items that were delivered as refused, and not tried again
    std::uint64_t not_sent = 0; ///< items that were delivered and provably never sent
    std::uint64_t unknown = 0;  ///< items that were delivered and may have been carried out
    /// Tries that the platform refused (503, 429) and that were followed, or are to be followed, by another.
    std::uint64_t refused = 0;

    /// Items that were started and have not ended.
    std::size_t in_flight = 0;
    /// Those of `in_flight` that wait for `BulkJournal::before_try`: nothing of them was sent yet.
    std::size_t preparing = 0;
    /// Items that were taken from the source and not tried yet.
    std::size_t ready = 0;
    /// Items that wait for their next try.
    std::size_t waiting = 0;
    /// Those of `waiting` that wait because they were refused: for a busy node, or for a rate limit.
    std::size_t waiting_for_node = 0;
    /// How many may be in flight at present.
    std::size_t window = 0;
    /// How many may start in a second at present.
    double starts_per_second = 0;
    /// Snapshots made in a second, over the last ten seconds; 0 while none are.
    double snapshots_per_second = 0;
    /// Since the run began.
    std::chrono::nanoseconds elapsed{0};
    /// As `BulkSource::size`.
    std::optional<std::uint64_t> total;
    /// How long it will still take at the present rates, where that can be said: those that wait for a busy
    /// node count with the rate at which such ones get through, which is less than the others'.
    std::optional<std::chrono::nanoseconds> eta;
    /// Nothing gets through at present.
    std::optional<BulkOutage> outage;
    /// The failure that stopped the run (`stop_after_failures`, `stop_on_fatal`, `outage_timeout`), if one
    /// did. There from `BulkSource::stop` on, for what is delivered as not started.
    std::optional<Errc> stopped_by;
    /// Why the run was stopped, in words; empty if it was not.
    std::string stop_reason;

    /// How many items were delivered.
    [[nodiscard]] std::uint64_t done() const noexcept { return created + rejected + not_sent + unknown; }
};

/// How a run goes about it.
struct BulkOptions {
    BulkOptions() {}

    /// How many snapshots may be in flight at most. Range 1 to 1'000'000. The window adapts below it: it
    /// grows while more gets through and shrinks where fewer in flight would get as much through. More than
    /// `ClientConfig::max_connections` makes calls queue for a connection. At most ten times as many items
    /// are held in memory: those in flight, those that wait for their next try, and those that a finite
    /// source yielded ahead of time so that they can be started in a random order.
    std::size_t max_in_flight = 1'000;
    /// What the window begins with. At least 1; more than `max_in_flight` counts as that.
    std::size_t initial_window = 16;
    /// How many requests may start in a second. More than 0. The default stays below the edge's limit of
    /// 20'000 requests in 30 s for one address. Where the platform limits the rate (429), the run takes less.
    double max_starts_per_second = 600;

    /// Timeouts and retries, as for a single call; they count for an item, with all its tries. `timeout` is
    /// what an item may spend in its tries. Waits between them do not count, nor do tries that were refused
    /// (503, 429), and these do not use up `max_attempts` either; a wait for a connection is not cut short by
    /// it. Between tries an item gives up its place in the window. The retry budget is the run's own, five
    /// times as large.
    ///
    /// A run has time: neither `timeout` nor `attempt_timeout` ends the wait for the response to a committed
    /// request, so that an item is `created` or `rejected` where a single call would be `unknown` and its
    /// response come late. Such an item ends at the latest `ClientConfig::platform_time_limit` after its
    /// commit. With `hang_up_on_cancel` both end it, as they end a single call.
    CallOptions call;
    /// How long an item may be refused in a row (503, 429), from the first refusal on, before it is given up
    /// as `rejected`. More than 0.
    std::chrono::nanoseconds busy_timeout = std::chrono::minutes(30);
    /// How long nothing at all may get through before the run stops: no connection can be opened, or every
    /// request is refused or lost. The rest is then `not_sent`. Meanwhile one call at a time asks, more and
    /// more seldom. 0 to wait for ever.
    std::chrono::nanoseconds outage_timeout = std::chrono::minutes(5);

    /// Stops after this many items failed; 0 for never.
    std::uint64_t stop_after_failures = 0;
    /// Stops at a failure that every item would meet: `Condition::fatal`, and a connection that cannot be
    /// opened for good, such as `dns_not_found`.
    bool stop_on_fatal = true;

    /// Told once of each item, in the order in which they end; none by default, and then the run only counts.
    /// What it throws stops the run as `BulkRun::drain` does, and is thrown by `BulkRun::execute`; what it
    /// throws after that is dropped.
    BulkSink on_result;
    /// Called about every `progress_interval` (more than 0) while the run goes on; none by default.
    std::function<void(BulkProgress const&)> on_progress;
    /// How often `on_progress` is called. More than 0. Default 1 s.
    std::chrono::nanoseconds progress_interval = std::chrono::seconds(1);

    /// Told before each try; see `BulkJournal`. None by default.
    std::shared_ptr<BulkJournal> journal;
};

/// Snapshots many sandboxes, as many at a time as the platform takes.
///
/// Nobody knows beforehand how many snapshots the platform takes at a time, and a sandbox's node, whose slots
/// they are, cannot be seen. So the run finds out, by what gets through: what is in flight grows while that
/// makes it faster. A sandbox that is refused (503, 429) waits, and its place goes to another. Those that
/// were refused before are tried a few at a time, so that a busy node does not hold up the others. Items
/// start in a random order where the source is finite. Memory is bounded by `max_in_flight` and not by the
/// number of items.
///
/// Thread safety: `drain`, `cut` and `progress` may be called from any thread. Source, journal, `on_result`
/// and `on_progress` are called one at a time, on a strand of the run's own over the executor of the
/// coroutine that awaits `execute`.
///
/// Lifetime: it must stay where it is while it executes, which it does once. The client may be moved
/// meanwhile, and destroyed: the run then stops at `client_closed`.
class E2B_SNAPSHOT_API BulkRun {
public:
    /// Errors: throws `std::invalid_argument` naming the option.
    explicit BulkRun(Client& client, BulkOptions options = BulkOptions());
    /// The run that was moved from may only be assigned to and destroyed.
    BulkRun(BulkRun&&) noexcept;
    /// The same.
    BulkRun& operator=(BulkRun&&) noexcept;
    ~BulkRun();

    /// `Client::get_executor` of its client. Errors: throws `std::logic_error` for a run that was moved from.
    [[nodiscard]] boost::asio::any_io_executor get_executor() const;

    /// Snapshots what the source yields.
    ///
    /// Completes when every item that was taken from the source has been given to `BulkOptions::on_result`.
    ///
    /// Parameters: the source must live until then.
    ///
    /// Result: the counts and the state of the run at its end.
    ///
    /// Errors: throws `std::logic_error` if the run was executed before, and what source, `on_result` or
    /// journal throw. The first such exception stops the run as `drain` does; all items that were taken are
    /// delivered before it is thrown. Failed snapshots are results, not errors.
    ///
    /// Cancellation: `total` as `drain()`, `partial` and `terminal` as `cut()`. By default a coroutine
    /// started with `co_spawn` passes on only `terminal`.
    ///
    /// If the executor's context is destroyed meanwhile, it never completes, and lets go of all it holds.
    ///
    /// Server effect: as `Client::create_snapshot` for each item.
    boost::asio::awaitable<BulkProgress> execute(BulkSource& source);

    /// The same for each element of a container, whose position is the item's tag. All items are delivered,
    /// also those that a stopped run did not start. `BulkContainer` says which temporaries are not taken, and
    /// what to do instead.
    template <BulkContainer Range>
    boost::asio::awaitable<BulkProgress> execute(Range&& requests) {
        return execute_all(std::remove_cvref_t<Range>(std::forward<Range>(requests)));
    }

    /// The same for a fleet that fits into memory. Result: those of the requests, in their order; they are
    /// not given to `BulkOptions::on_result`.
    boost::asio::awaitable<std::vector<Result<SnapshotInfo>>> collect(std::vector<SnapshotRequest> requests);

    /// Sends nothing more, and lets what was sent end. What has not been sent yet ends at once, as `not_sent`
    /// and `cancelled`: what waits for a connection, opens one, or waits for its next try. An item whose last
    /// try had failed ends as that did.
    void drain();
    /// Sends nothing more, and ends at once what was sent: as `cancelled`, `not_sent` or, where the request
    /// is committed, `unknown`. Such a request is not hung up on: its exchange goes on in the client, which
    /// reports its response late (`ClientObserver::on_late_response`; `Client::close()` waits for it), unless
    /// `BulkOptions::call` has `hang_up_on_cancel`.
    void cut();

    /// How far the run is. Thread safety: any thread.
    [[nodiscard]] BulkProgress progress() const;

private:
    friend struct detail::RunAccess;

    class State;
    struct Initiate;
    boost::asio::awaitable<BulkProgress> execute(BulkSource& source, std::optional<BulkSink> sink);
    template <class Range>
    boost::asio::awaitable<BulkProgress> execute_all(Range requests) {
        BulkRange<Range> source(std::move(requests));
        auto run = execute(static_cast<BulkSource&>(source));
        co_return co_await std::move(run);
    }

    std::shared_ptr<State> state_;
};

} // namespace e2b::inline v0
