#include "core/reconcile.hpp"

#include "core/check.hpp"

#include <e2b/detail/start.hpp>
#include <e2b/pages.hpp>
#include <e2b/reconcile.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <iterator>
#include <utility>

namespace e2b::inline v0 {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::system_clock;
using Rows = core::Evidence::Rows;

template <class T>
core::Answer<T> to_answer(Result<T> result) {
    if (result)
        return {std::move(*result), std::nullopt};
    return {std::nullopt, std::move(result).error()};
}

// Of what may not be there: nothing is an answer as well.
template <class T>
core::Answer<std::optional<T>> to_lookup_answer(Result<T> result) {
    if (result || result.error() == Errc::not_found)
        return {result ? std::optional<T>(std::move(*result)) : std::nullopt, std::nullopt};
    return {std::nullopt, std::move(result).error()};
}

// All pages of a list.
asio::awaitable<core::Answer<Rows>> list_all(Client& client, SnapshotQuery query, CallOptions options) {
    core::Answer<Rows> answer{Rows(), std::nullopt};
    SnapshotPages pages(client, std::move(query), std::move(options));
    while (pages.has_next()) {
        auto page = co_await pages.try_next();
        if (!page)
            co_return core::Answer<Rows>{std::nullopt, page.error()};
        std::move(page->begin(), page->end(), std::back_inserter(*answer.value));
    }
    co_return answer;
}

// The template of an alias with its newest builds; or, where that is there, with the page that follows.
asio::awaitable<core::Answer<std::optional<TemplateInfo>>>
list_builds(Client& client, std::string alias, std::optional<TemplateInfo> have, CallOptions options) {
    using Builds = core::Answer<std::optional<TemplateInfo>>;
    if (!have) {
        auto const id = co_await client.try_find_template(std::move(alias), options);
        if (!id && id.error() == Errc::not_found)
            co_return Builds{std::optional<TemplateInfo>(), std::nullopt};
        if (!id)
            co_return Builds{std::nullopt, id.error()};
        have.emplace().template_id = *id;
    }
    auto page = co_await client.try_get_template(have->template_id, have->next_token, options);
    if (page)
        page->builds.insert(page->builds.begin(), have->builds.begin(), have->builds.end());
    co_return to_lookup_answer(std::move(page));
}

std::string without_tag(std::string const& name) {
    return name.substr(0, name.find(':'));
}

// Without a tag the platform shows the newest build of any.
std::string with_tag(std::string const& name) {
    return name.find(':') == std::string::npos ? name + ":default" : name;
}

class Questioner {
public:
    Questioner(Client& client, ReconcileRequest const& request, CallOptions const& options)
        : client_(client),
          request_(request),
          options_(options) {}

    asio::awaitable<Reconciliation> find_out(core::Evidence evidence) {
        for (;;) {
            auto step = core::next_step(request_, evidence);
            if (auto* const result = std::get_if<Reconciliation>(&step)) {
                auto answer = std::move(*result);
                answer.sandbox = co_await look_at_sandbox(answer.finding);
                co_return answer;
            }
            co_await ask(std::get<core::Question>(step), evidence);
        }
    }

private:
    asio::awaitable<void> ask(core::Question question, core::Evidence& evidence) {
        auto const& request = request_.request;
        SnapshotQuery query;
        switch (question) {
        case core::Question::snapshots_of_sandbox:
            query.sandbox_id = request.sandbox_id;
            evidence.of_sandbox = co_await list_all(client_, std::move(query), options_);
            break;
        case core::Question::tags:
            evidence.tags =
                to_lookup_answer(co_await client_.try_list_tags(without_tag(*request.name), options_));
            break;
        case core::Question::builds:
            evidence.builds =
                co_await list_builds(client_, without_tag(*request.name), have(evidence), options_);
            break;
        case core::Question::snapshots_of_name:
            query.name = with_tag(*request.name);
            evidence.of_name = co_await list_all(client_, std::move(query), options_);
            break;
        }
    }

    static std::optional<TemplateInfo> have(core::Evidence const& evidence) {
        return evidence.builds ? evidence.builds->value.value_or(std::nullopt) : std::nullopt;
    }

    asio::awaitable<Reconciliation::Sandbox> look_at_sandbox(Reconciliation::Finding finding) {
        using Sandbox = Reconciliation::Sandbox;
        auto const result = co_await client_.try_get_sandbox(request_.request.sandbox_id, options_);
        if (!result)
            co_return result.error() == Errc::not_found ? Sandbox::gone : Sandbox::unknown;
        auto const& state = result->state;
        if (state == "running")
            co_return finding == Reconciliation::Finding::created ? Sandbox::running : Sandbox::said_to_run;
        co_return state == "paused" ? Sandbox::paused : Sandbox::unknown;
    }

    Client& client_;
    ReconcileRequest const& request_;
    CallOptions const& options_;
};

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

asio::awaitable<Reconciliation> find_out(detail::SharedClient client, ReconcileRequest request,
                                         CallOptions options) {
    require_valid(request, options);
    core::Evidence evidence;
    evidence.settled_at = request.started_at + request.settle_time.value_or((*client).platform_time_limit());
    if (auto const left = evidence.settled_at - Clock::now(); left > Clock::duration::zero()) {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        timer.expires_after(std::chrono::duration_cast<std::chrono::nanoseconds>(left) +
                            std::chrono::milliseconds(1));
        co_await timer.async_wait(asio::use_awaitable);
    }
    evidence.asked_at = Clock::now();
    Questioner questioner(*client, request, options);
    auto work = questioner.find_out(std::move(evidence));
    co_return co_await std::move(work);
}

} // namespace

asio::awaitable<Reconciliation> reconcile(Client& client, ReconcileRequest request, CallOptions options) {
    // Of a client that was moved from it throws here, and not first where the result is awaited.
    return detail::reconcile_on(detail::ClientAccess::engine_of(client), std::move(request),
                                std::move(options));
}

asio::awaitable<Reconciliation> detail::reconcile_on(EnginePtr engine, ReconcileRequest request,
                                                     CallOptions options) {
    return find_out(SharedClient(std::move(engine)), std::move(request), std::move(options));
}

} // namespace e2b::inline v0
