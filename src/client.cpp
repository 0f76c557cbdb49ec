#include "base/insist.hpp"
#include "engine/engine.hpp"

#include <e2b/client.hpp>
#include <e2b/detail/start.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

namespace e2b {

namespace asio = boost::asio;

namespace {

using engine::Engine;

asio::awaitable<void> close_engine(std::shared_ptr<Engine> const& engine,
                                   std::optional<std::chrono::nanoseconds> grace) {
    return asio::async_initiate<asio::use_awaitable_t<> const, void(std::exception_ptr)>(
        detail::InitiateClose<detail::Plainly>(engine), asio::use_awaitable, grace);
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
    return detail::initiate_throwing(
        *this, detail::CreateSnapshotCall{std::move(request), std::move(options)}, asio::use_awaitable);
}

asio::awaitable<Result<SnapshotInfo>> Client::try_create_snapshot(SnapshotRequest request,
                                                                  CallOptions options) {
    return detail::initiate_result(*this, detail::CreateSnapshotCall{std::move(request), std::move(options)},
                                   asio::use_awaitable);
}

asio::awaitable<ListPage<SnapshotInfo>> Client::list_snapshots(SnapshotQuery query, CallOptions options) {
    return detail::initiate_throwing(*this, detail::ListSnapshotsCall{std::move(query), std::move(options)},
                                     asio::use_awaitable);
}

asio::awaitable<Result<ListPage<SnapshotInfo>>> Client::try_list_snapshots(SnapshotQuery query,
                                                                           CallOptions options) {
    return detail::initiate_result(*this, detail::ListSnapshotsCall{std::move(query), std::move(options)},
                                   asio::use_awaitable);
}

asio::awaitable<Deletion> Client::delete_snapshot(std::string snapshot_id, CallOptions options) {
    return detail::initiate_throwing(
        *this, detail::DeleteSnapshotCall{std::move(snapshot_id), std::move(options)}, asio::use_awaitable);
}

asio::awaitable<Result<Deletion>> Client::try_delete_snapshot(std::string snapshot_id, CallOptions options) {
    return detail::initiate_result(
        *this, detail::DeleteSnapshotCall{std::move(snapshot_id), std::move(options)}, asio::use_awaitable);
}

asio::awaitable<SandboxInfo> Client::get_sandbox(std::string sandbox_id, CallOptions options) {
    return detail::initiate_throwing(*this, detail::GetSandboxCall{std::move(sandbox_id), std::move(options)},
                                     asio::use_awaitable);
}

asio::awaitable<Result<SandboxInfo>> Client::try_get_sandbox(std::string sandbox_id, CallOptions options) {
    return detail::initiate_result(*this, detail::GetSandboxCall{std::move(sandbox_id), std::move(options)},
                                   asio::use_awaitable);
}

asio::awaitable<ListPage<SandboxInfo>> Client::list_sandboxes(SandboxQuery query, CallOptions options) {
    return detail::initiate_throwing(*this, detail::ListSandboxesCall{std::move(query), std::move(options)},
                                     asio::use_awaitable);
}

asio::awaitable<Result<ListPage<SandboxInfo>>> Client::try_list_sandboxes(SandboxQuery query,
                                                                          CallOptions options) {
    return detail::initiate_result(*this, detail::ListSandboxesCall{std::move(query), std::move(options)},
                                   asio::use_awaitable);
}

asio::awaitable<SandboxInfo> Client::create_sandbox(SandboxRequest request, CallOptions options) {
    return detail::initiate_throwing(*this, detail::CreateSandboxCall{std::move(request), std::move(options)},
                                     asio::use_awaitable);
}

asio::awaitable<Result<SandboxInfo>> Client::try_create_sandbox(SandboxRequest request, CallOptions options) {
    return detail::initiate_result(*this, detail::CreateSandboxCall{std::move(request), std::move(options)},
                                   asio::use_awaitable);
}

asio::awaitable<std::vector<TemplateTag>> Client::list_tags(std::string name_or_id, CallOptions options) {
    return detail::initiate_throwing(*this, detail::ListTagsCall{std::move(name_or_id), std::move(options)},
                                     asio::use_awaitable);
}

asio::awaitable<Result<std::vector<TemplateTag>>> Client::try_list_tags(std::string name_or_id,
                                                                        CallOptions options) {
    return detail::initiate_result(*this, detail::ListTagsCall{std::move(name_or_id), std::move(options)},
                                   asio::use_awaitable);
}

asio::awaitable<std::string> Client::find_template(std::string alias, CallOptions options) {
    return detail::initiate_throwing(*this, detail::FindTemplateCall{std::move(alias), std::move(options)},
                                     asio::use_awaitable);
}

asio::awaitable<Result<std::string>> Client::try_find_template(std::string alias, CallOptions options) {
    return detail::initiate_result(*this, detail::FindTemplateCall{std::move(alias), std::move(options)},
                                   asio::use_awaitable);
}

asio::awaitable<TemplateInfo> Client::get_template(std::string template_id, std::string next_token,
                                                   CallOptions options) {
    return detail::initiate_throwing(
        *this, detail::GetTemplateCall{std::move(template_id), std::move(next_token), std::move(options)},
        asio::use_awaitable);
}

asio::awaitable<Result<TemplateInfo>> Client::try_get_template(std::string template_id,
                                                               std::string next_token, CallOptions options) {
    return detail::initiate_result(
        *this, detail::GetTemplateCall{std::move(template_id), std::move(next_token), std::move(options)},
        asio::use_awaitable);
}

asio::awaitable<void> Client::close() {
    return close_engine(engine(), std::nullopt);
}

asio::awaitable<void> Client::close(std::chrono::nanoseconds grace) {
    return close_engine(engine(), grace);
}

ClientStats Client::stats() const {
    return engine()->stats();
}

std::chrono::nanoseconds Client::platform_time_limit() const {
    return engine()->config().platform_time_limit;
}

} // namespace e2b
