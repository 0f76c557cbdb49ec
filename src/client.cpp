#include "base/insist.hpp"
#include "engine/close.hpp"
#include "engine/create_sandbox.hpp"
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
asio::awaitable<T> value_of(asio::awaitable<Result<T>> call) {
    auto result = co_await std::move(call);
    co_return std::move(result).value();
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

asio::any_io_executor Client::get_executor() const {
    return engine()->strand().executor();
}

asio::awaitable<SnapshotInfo> Client::create_snapshot(SnapshotRequest request, CallOptions options) {
    return initiate<DeliverOrThrow>(engine(), engine::CreateSnapshot(std::move(request), std::move(options)));
}

asio::awaitable<Result<SnapshotInfo>> Client::try_create_snapshot(SnapshotRequest request,
                                                                  CallOptions options) {
    return initiate<DeliverResult>(engine(), engine::CreateSnapshot(std::move(request), std::move(options)));
}

asio::awaitable<ListPage<SnapshotInfo>> Client::list_snapshots(SnapshotQuery query, CallOptions options) {
    return initiate<DeliverOrThrow>(engine(), engine::ListSnapshots(std::move(query), std::move(options)));
}

asio::awaitable<Result<ListPage<SnapshotInfo>>> Client::try_list_snapshots(SnapshotQuery query,
                                                                           CallOptions options) {
    return initiate<DeliverResult>(engine(), engine::ListSnapshots(std::move(query), std::move(options)));
}

asio::awaitable<Deletion> Client::delete_snapshot(std::string snapshot_id, CallOptions options) {
    engine::DeleteSnapshot endpoint(std::move(snapshot_id), std::move(options));
    return initiate<DeliverOrThrow>(engine(), std::move(endpoint));
}

asio::awaitable<Result<Deletion>> Client::try_delete_snapshot(std::string snapshot_id, CallOptions options) {
    engine::DeleteSnapshot endpoint(std::move(snapshot_id), std::move(options));
    return initiate<DeliverResult>(engine(), std::move(endpoint));
}

asio::awaitable<SandboxInfo> Client::get_sandbox(std::string sandbox_id, CallOptions options) {
    engine::GetSandbox endpoint(std::move(sandbox_id), std::move(options));
    return initiate<DeliverOrThrow>(engine(), std::move(endpoint));
}

asio::awaitable<Result<SandboxInfo>> Client::try_get_sandbox(std::string sandbox_id, CallOptions options) {
    engine::GetSandbox endpoint(std::move(sandbox_id), std::move(options));
    return initiate<DeliverResult>(engine(), std::move(endpoint));
}

asio::awaitable<ListPage<SandboxInfo>> Client::list_sandboxes(SandboxQuery query, CallOptions options) {
    return initiate<DeliverOrThrow>(engine(), engine::ListSandboxes(std::move(query), std::move(options)));
}

asio::awaitable<Result<ListPage<SandboxInfo>>> Client::try_list_sandboxes(SandboxQuery query,
                                                                          CallOptions options) {
    return initiate<DeliverResult>(engine(), engine::ListSandboxes(std::move(query), std::move(options)));
}

asio::awaitable<SandboxInfo> Client::create_sandbox(SandboxRequest request, CallOptions options) {
    return value_of(try_create_sandbox(std::move(request), std::move(options)));
}

asio::awaitable<Result<SandboxInfo>> Client::try_create_sandbox(SandboxRequest request, CallOptions options) {
    engine::CreateSandboxByNewest work(engine(), std::move(request), std::move(options));
    return asio::async_compose<asio::use_awaitable_t<> const, void(Result<SandboxInfo>)>(std::move(work),
                                                                                         asio::use_awaitable);
}

asio::awaitable<std::vector<TemplateTag>> Client::list_tags(std::string name_or_id, CallOptions options) {
    engine::ListTags endpoint(std::move(name_or_id), std::move(options));
    return initiate<DeliverOrThrow>(engine(), std::move(endpoint));
}

asio::awaitable<Result<std::vector<TemplateTag>>> Client::try_list_tags(std::string name_or_id,
                                                                        CallOptions options) {
    engine::ListTags endpoint(std::move(name_or_id), std::move(options));
    return initiate<DeliverResult>(engine(), std::move(endpoint));
}

asio::awaitable<std::string> Client::find_template(std::string alias, CallOptions options) {
    engine::FindTemplate endpoint(std::move(alias), std::move(options));
    return initiate<DeliverOrThrow>(engine(), std::move(endpoint));
}

asio::awaitable<Result<std::string>> Client::try_find_template(std::string alias, CallOptions options) {
    engine::FindTemplate endpoint(std::move(alias), std::move(options));
    return initiate<DeliverResult>(engine(), std::move(endpoint));
}

asio::awaitable<TemplateInfo> Client::get_template(std::string template_id, std::string next_token,
                                                   CallOptions options) {
    engine::GetTemplate endpoint(std::move(template_id), std::move(next_token), std::move(options));
    return initiate<DeliverOrThrow>(engine(), std::move(endpoint));
}

asio::awaitable<Result<TemplateInfo>> Client::try_get_template(std::string template_id,
                                                               std::string next_token, CallOptions options) {
    engine::GetTemplate endpoint(std::move(template_id), std::move(next_token), std::move(options));
    return initiate<DeliverResult>(engine(), std::move(endpoint));
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

std::chrono::nanoseconds Client::platform_time_limit() const {
    return engine()->config().platform_time_limit;
}

} // namespace e2b
