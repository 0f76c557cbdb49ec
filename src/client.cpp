#include "base/insist.hpp"
#include "engine/close.hpp"
#include "engine/create_snapshot.hpp"
#include "engine/engine.hpp"
#include "engine/initiate.hpp"
#include "engine/sandboxes.hpp"
#include "engine/snapshots.hpp"
#include "engine/templates.hpp"

#include <e2b/client.hpp>

#include <new>
#include <stdexcept>
#include <utility>

namespace e2b {

namespace asio = boost::asio;

namespace {

using engine::DeliverOrThrow;
using engine::DeliverResult;
using engine::Engine;
using engine::initiate;

template <class T>
bool is_not_found(Result<T> const& result) {
    // One that is incomplete may come from another server.
    return !result && result.failure().error == Errc::not_found && result.failure().phase == Phase::complete;
}

asio::awaitable<Result<bool>> try_delete(std::shared_ptr<Engine> engine, std::string id,
                                         CallOptions options) {
    auto result =
        co_await initiate<DeliverResult>(engine, engine::DeleteSnapshot(std::move(id), std::move(options)));
    if (is_not_found(result))
        co_return Result<bool>(false, result.attempts(), result.elapsed());
    if (!result && result.failure().error == Errc::bad_request) {
        auto failure = result.failure();
        failure.error = Errc::in_use;
        co_return Result<bool>(std::move(failure));
    }
    co_return result;
}

// What is not there is a result as well.
template <class T>
asio::awaitable<Result<std::optional<T>>> or_nothing(asio::awaitable<Result<std::optional<T>>> call) {
    auto result = co_await std::move(call);
    if (is_not_found(result))
        co_return Result<std::optional<T>>(std::nullopt, result.attempts(), result.elapsed());
    co_return result;
}

template <class T>
asio::awaitable<T> value_of(asio::awaitable<Result<T>> call) {
    auto result = co_await std::move(call);
    co_return std::move(result.value());
}

// The result of two calls, of which the first did nothing.
template <class T>
Result<T> after(Result<T> const& first, Result<T> second) {
    auto const attempts = first.attempts() + second.attempts();
    auto const elapsed = first.elapsed() + second.elapsed();
    if (second)
        return {std::move(*second), attempts, elapsed};
    auto failure = second.failure();
    failure.attempts = attempts;
    failure.elapsed = elapsed;
    return failure;
}

// By what the server has: its response shows where that is not the newest.
asio::awaitable<Result<SandboxInfo>> create_sandbox_by_newest(std::shared_ptr<Engine> engine,
                                                              SandboxRequest request, CallOptions options) {
    auto newest = initiate<DeliverResult>(engine, engine::CreateSandbox("/v2/sandboxes", request, options));
    auto first = co_await std::move(newest);
    auto const left = options.timeout.value_or(engine->config().timeout) - first.elapsed();
    auto const cancelled = co_await asio::this_coro::cancellation_state;
    if (first || first.failure().error != Errc::no_such_endpoint || left <= left.zero() ||
        cancelled.cancelled() != asio::cancellation_type::none)
        co_return first;
    options.timeout = left;
    engine::CreateSandbox endpoint("/sandboxes", std::move(request), std::move(options));
    auto older = initiate<DeliverResult>(engine, std::move(endpoint));
    auto second = co_await std::move(older);
    co_return after(first, std::move(second));
}

// Where there is no memory for it, the client's connections live on until they have been idle for too long.
void abort(std::shared_ptr<Engine> const& engine) noexcept {
    if (!engine || engine->abandoned())
        return;
    try {
        base::insist([&] { engine->strand().run([engine] { engine->abort(); }); });
    } catch (std::bad_alloc const&) {
    }
}

} // namespace

Client::Client(asio::any_io_executor executor, ClientConfig config) {
    if (!executor)
        throw std::invalid_argument("e2b::Client: the executor is empty");
    engine_ = Engine::make(std::move(executor), std::move(config));
}

Client::Client(Client&&) noexcept = default;

Client& Client::operator=(Client&& other) noexcept {
    abort(std::exchange(engine_, std::move(other.engine_)));
    return *this;
}

Client::~Client() {
    abort(engine_);
}

std::shared_ptr<Engine> const& Client::engine() const {
    if (!engine_)
        throw std::logic_error("e2b::Client: the client was moved from");
    return engine_;
}

asio::awaitable<SnapshotInfo> Client::create_snapshot(SnapshotRequest request, CallOptions options) {
    return initiate<DeliverOrThrow>(engine(), engine::CreateSnapshot(std::move(request), std::move(options)));
}

asio::awaitable<Result<SnapshotInfo>> Client::try_create_snapshot(SnapshotRequest request,
                                                                  CallOptions options) {
    return initiate<DeliverResult>(engine(), engine::CreateSnapshot(std::move(request), std::move(options)));
}

asio::awaitable<Page<SnapshotInfo>> Client::list_snapshots(SnapshotQuery query, CallOptions options) {
    return initiate<DeliverOrThrow>(engine(), engine::ListSnapshots(std::move(query), std::move(options)));
}

asio::awaitable<Result<Page<SnapshotInfo>>> Client::try_list_snapshots(SnapshotQuery query,
                                                                       CallOptions options) {
    return initiate<DeliverResult>(engine(), engine::ListSnapshots(std::move(query), std::move(options)));
}

asio::awaitable<bool> Client::delete_snapshot(std::string snapshot_id, CallOptions options) {
    return value_of(try_delete(engine(), std::move(snapshot_id), std::move(options)));
}

asio::awaitable<Result<bool>> Client::try_delete_snapshot(std::string snapshot_id, CallOptions options) {
    return try_delete(engine(), std::move(snapshot_id), std::move(options));
}

asio::awaitable<std::optional<SandboxInfo>> Client::get_sandbox(std::string sandbox_id, CallOptions options) {
    return value_of(try_get_sandbox(std::move(sandbox_id), std::move(options)));
}

asio::awaitable<Result<std::optional<SandboxInfo>>> Client::try_get_sandbox(std::string sandbox_id,
                                                                            CallOptions options) {
    engine::GetSandbox endpoint(std::move(sandbox_id), std::move(options));
    return or_nothing(initiate<DeliverResult>(engine(), std::move(endpoint)));
}

asio::awaitable<Page<SandboxInfo>> Client::list_sandboxes(SandboxQuery query, CallOptions options) {
    return initiate<DeliverOrThrow>(engine(), engine::ListSandboxes(std::move(query), std::move(options)));
}

asio::awaitable<Result<Page<SandboxInfo>>> Client::try_list_sandboxes(SandboxQuery query,
                                                                      CallOptions options) {
    return initiate<DeliverResult>(engine(), engine::ListSandboxes(std::move(query), std::move(options)));
}

asio::awaitable<SandboxInfo> Client::create_sandbox(SandboxRequest request, CallOptions options) {
    return value_of(try_create_sandbox(std::move(request), std::move(options)));
}

asio::awaitable<Result<SandboxInfo>> Client::try_create_sandbox(SandboxRequest request, CallOptions options) {
    return create_sandbox_by_newest(engine(), std::move(request), std::move(options));
}

asio::awaitable<std::optional<std::vector<TemplateTag>>> Client::list_tags(std::string name_or_id,
                                                                           CallOptions options) {
    return value_of(try_list_tags(std::move(name_or_id), std::move(options)));
}

asio::awaitable<Result<std::optional<std::vector<TemplateTag>>>> Client::try_list_tags(std::string name_or_id,
                                                                                       CallOptions options) {
    engine::ListTags endpoint(std::move(name_or_id), std::move(options));
    return or_nothing(initiate<DeliverResult>(engine(), std::move(endpoint)));
}

asio::awaitable<std::optional<std::string>> Client::find_template(std::string alias, CallOptions options) {
    return value_of(try_find_template(std::move(alias), std::move(options)));
}

asio::awaitable<Result<std::optional<std::string>>> Client::try_find_template(std::string alias,
                                                                              CallOptions options) {
    engine::FindTemplate endpoint(std::move(alias), std::move(options));
    return or_nothing(initiate<DeliverResult>(engine(), std::move(endpoint)));
}

asio::awaitable<std::optional<TemplateInfo>>
Client::get_template(std::string template_id, std::string next_token, CallOptions options) {
    return value_of(try_get_template(std::move(template_id), std::move(next_token), std::move(options)));
}

asio::awaitable<Result<std::optional<TemplateInfo>>>
Client::try_get_template(std::string template_id, std::string next_token, CallOptions options) {
    engine::GetTemplate endpoint(std::move(template_id), std::move(next_token), std::move(options));
    return or_nothing(initiate<DeliverResult>(engine(), std::move(endpoint)));
}

asio::awaitable<void> Client::close() {
    return engine::initiate_close(engine(), {std::nullopt});
}

asio::awaitable<void> Client::close(std::chrono::nanoseconds grace) {
    return engine::initiate_close(engine(), {grace});
}

ClientStats Client::stats() const {
    return engine()->stats();
}

std::chrono::milliseconds Client::platform_time_limit() const {
    return engine()->config().platform_time_limit;
}

} // namespace e2b
