#include "call/reconcile.hpp"

#include "core/check.hpp"
#include "core/reconcile.hpp"

#include <e2b/pages.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <iterator>
#include <utility>

namespace e2b {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::system_clock;
using Rows = std::vector<SnapshotInfo>;

// All pages of a list; `failure` says why there is nothing.
asio::awaitable<std::optional<Rows>> list_all(Client& client, SnapshotQuery query, CallOptions options,
                                              std::string& failure) {
    Rows rows;
    SnapshotPages pages(client, std::move(query), std::move(options));
    while (pages.has_next()) {
        auto page = co_await pages.try_next();
        if (!page) {
            failure = page.failure().to_string();
            co_return std::nullopt;
        }
        std::move(page->begin(), page->end(), std::back_inserter(rows));
    }
    co_return rows;
}

asio::awaitable<Reconciliation::Sandbox> look_at_sandbox(Client& client, std::string id,
                                                         CallOptions options) {
    using Sandbox = Reconciliation::Sandbox;
    auto const result = co_await client.try_get_sandbox(std::move(id), std::move(options));
    if (!result)
        co_return Sandbox::unknown;
    if (!*result)
        co_return Sandbox::gone;
    auto const& state = (*result)->state;
    co_return state == "running" ? Sandbox::running : state == "paused" ? Sandbox::paused : Sandbox::unknown;
}

void require_valid(ReconcileRequest const& request, CallOptions const& options) {
    auto problem = core::check(request, Clock::now());
    if (!problem)
        problem = core::check(options);
    if (problem) {
        Failure failure(Outcome::not_sent, Errc::invalid_argument, Phase::argument);
        failure.detail = std::move(*problem);
        throw SnapshotError(std::move(failure));
    }
}

} // namespace

asio::awaitable<Reconciliation> reconcile(Client& client, ReconcileRequest request, CallOptions options) {
    require_valid(request, options);
    auto const settled_at = request.started_at + core::server_works_for;
    if (auto const left = settled_at - Clock::now(); left > Clock::duration::zero()) {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        timer.expires_after(std::chrono::duration_cast<std::chrono::nanoseconds>(left) +
                            std::chrono::milliseconds(1));
        co_await timer.async_wait(asio::use_awaitable);
    }
    core::Evidence evidence;
    std::string failure;
    evidence.since_start = Clock::now() - request.started_at;
    // First the list that is never an old one.
    SnapshotQuery of_sandbox;
    of_sandbox.sandbox_id = request.request.sandbox_id;
    evidence.of_sandbox = co_await list_all(client, of_sandbox, options, failure);
    if (request.request.name) {
        SnapshotQuery of_name;
        of_name.name = *request.request.name;
        evidence.of_name = co_await list_all(client, of_name, options, failure);
    }
    auto result = core::conclude(request, evidence);
    if (result.finding == Reconciliation::Finding::unknown && !failure.empty())
        result.reason += ": " + failure;
    result.sandbox = co_await look_at_sandbox(client, request.request.sandbox_id, options);
    co_return result;
}

} // namespace e2b
