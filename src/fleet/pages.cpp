#include <e2b/detail/start.hpp>
#include <e2b/pages.hpp>

#include <chrono>

namespace e2b {

namespace asio = boost::asio;

namespace {

auto ask(Client& client, SnapshotQuery const& query, CallOptions const& options) {
    return client.try_list_snapshots(query, options);
}

auto ask(Client& client, SandboxQuery const& query, CallOptions const& options) {
    return client.try_list_sandboxes(query, options);
}

Failure no_progress(unsigned attempts, std::chrono::nanoseconds elapsed) {
    Failure failure(Outcome::unknown, Errc::malformed, Phase::complete);
    failure.attempts = attempts;
    failure.elapsed = elapsed;
    failure.http_status = 200;
    failure.detail = "the next page is said to begin where this one did";
    return failure;
}

} // namespace

template <class Query, class Item>
asio::any_io_executor ListPages<Query, Item>::get_executor() const {
    return detail::executor_of(engine_);
}

template <class Query, class Item>
asio::awaitable<Result<std::vector<Item>>> ListPages<Query, Item>::try_next() {
    using Rows = Result<std::vector<Item>>;
    if (!has_next_)
        co_return Rows({}, 0, std::chrono::nanoseconds(0));
    detail::SharedClient client(engine_);
    auto page = co_await ask(*client, query_, options_);
    if (!page)
        co_return Rows(page.error());
    // It would never end.
    if (page->has_next() && page->next_token == query_.next_token)
        co_return Rows(no_progress(page.attempts(), page.elapsed()));
    has_next_ = page->has_next();
    query_.next_token = std::move(page->next_token);
    co_return Rows(std::move(page->items), page.attempts(), page.elapsed(), page.outcome());
}

template <class Query, class Item>
asio::awaitable<std::vector<Item>> ListPages<Query, Item>::next() {
    auto page = co_await try_next();
    co_return std::move(page.value());
}

template class ListPages<SnapshotQuery, SnapshotInfo>;
template class ListPages<SandboxQuery, SandboxInfo>;

} // namespace e2b
