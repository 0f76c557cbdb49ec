#include "base/insist.hpp"
#include "engine/close.hpp"
#include "engine/create_sandbox.hpp"
#include "engine/create_snapshot.hpp"
#include "engine/engine.hpp"
#include "engine/initiate.hpp"
#include "engine/sandboxes.hpp"
#include "engine/snapshots.hpp"
#include "engine/templates.hpp"

#include <e2b/detail/start.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <new>
#include <utility>

namespace e2b::inline v0::detail {

namespace asio = boost::asio;

namespace {

// The calls inside decide what they take.
template <class T>
asio::awaitable<T> taking_every_cancellation(asio::awaitable<T> work) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_return co_await std::move(work);
}

template <class T>
void spawn(asio::awaitable<T> work, WorkHandler<T> handler) {
    auto const executor = handler.get_executor();
    asio::co_spawn(executor, taking_every_cancellation(std::move(work)), std::move(handler));
}

} // namespace

asio::any_io_executor executor_of(EnginePtr const& engine) noexcept {
    return engine->strand().executor();
}

std::exception_ptr exception_of(Failure const& failure) noexcept {
    try {
        return base::insist([&] { return std::make_exception_ptr(SnapshotError(failure)); });
    } catch (std::bad_alloc const&) {
        return std::current_exception();
    }
}

void start(EnginePtr const& engine, CreateSnapshotCall&& call, ResultHandler<SnapshotInfo> handler) {
    engine::CreateSnapshot endpoint(std::move(call.request), std::move(call.options));
    engine::start_endpoint(engine, std::move(endpoint), std::move(handler));
}

void start(EnginePtr const& engine, ListSnapshotsCall&& call, ResultHandler<ListPage<SnapshotInfo>> handler) {
    engine::ListSnapshots endpoint(std::move(call.query), std::move(call.options));
    engine::start_endpoint(engine, std::move(endpoint), std::move(handler));
}

void start(EnginePtr const& engine, DeleteSnapshotCall&& call, ResultHandler<Deletion> handler) {
    engine::DeleteSnapshot endpoint(std::move(call.snapshot_id), std::move(call.options));
    engine::start_endpoint(engine, std::move(endpoint), std::move(handler));
}

void start(EnginePtr const& engine, GetSandboxCall&& call, ResultHandler<SandboxInfo> handler) {
    engine::GetSandbox endpoint(std::move(call.sandbox_id), std::move(call.options));
    engine::start_endpoint(engine, std::move(endpoint), std::move(handler));
}

void start(EnginePtr const& engine, ListSandboxesCall&& call, ResultHandler<ListPage<SandboxInfo>> handler) {
    engine::ListSandboxes endpoint(std::move(call.query), std::move(call.options));
    engine::start_endpoint(engine, std::move(endpoint), std::move(handler));
}

void start(EnginePtr const& engine, CreateSandboxCall&& call, ResultHandler<SandboxInfo> handler) {
    engine::CreateSandboxByNewest work(engine, std::move(call.request), std::move(call.options));
    asio::async_compose<ResultHandler<SandboxInfo>, void(Result<SandboxInfo>)>(std::move(work), handler);
}

void start(EnginePtr const& engine, ListTagsCall&& call, ResultHandler<std::vector<TemplateTag>> handler) {
    engine::ListTags endpoint(std::move(call.name_or_id), std::move(call.options));
    engine::start_endpoint(engine, std::move(endpoint), std::move(handler));
}

void start(EnginePtr const& engine, FindTemplateCall&& call, ResultHandler<std::string> handler) {
    engine::FindTemplate endpoint(std::move(call.alias), std::move(call.options));
    engine::start_endpoint(engine, std::move(endpoint), std::move(handler));
}

void start(EnginePtr const& engine, GetTemplateCall&& call, ResultHandler<TemplateInfo> handler) {
    engine::GetTemplate endpoint(std::move(call.template_id), std::move(call.next_token),
                                 std::move(call.options));
    engine::start_endpoint(engine, std::move(endpoint), std::move(handler));
}

void start_close(EnginePtr const& engine, std::optional<std::chrono::nanoseconds> grace,
                 AnyHandler<std::exception_ptr> handler) {
    engine::start_close(engine, engine::Engine::Closing{grace}, std::move(handler));
}

void start_work(asio::awaitable<BulkProgress> work, WorkHandler<BulkProgress> handler) {
    spawn(std::move(work), std::move(handler));
}

void start_work(asio::awaitable<Reconciliation> work, WorkHandler<Reconciliation> handler) {
    spawn(std::move(work), std::move(handler));
}

void start_work(asio::awaitable<std::vector<Result<SnapshotInfo>>> work,
                WorkHandler<std::vector<Result<SnapshotInfo>>> handler) {
    spawn(std::move(work), std::move(handler));
}

void start_work(asio::awaitable<std::vector<SnapshotInfo>> work,
                WorkHandler<std::vector<SnapshotInfo>> handler) {
    spawn(std::move(work), std::move(handler));
}

void start_work(asio::awaitable<Result<std::vector<SnapshotInfo>>> work,
                WorkHandler<Result<std::vector<SnapshotInfo>>> handler) {
    spawn(std::move(work), std::move(handler));
}

void start_work(asio::awaitable<std::vector<SandboxInfo>> work,
                WorkHandler<std::vector<SandboxInfo>> handler) {
    spawn(std::move(work), std::move(handler));
}

void start_work(asio::awaitable<Result<std::vector<SandboxInfo>>> work,
                WorkHandler<Result<std::vector<SandboxInfo>>> handler) {
    spawn(std::move(work), std::move(handler));
}

} // namespace e2b::inline v0::detail
