#pragma once

/// \file
/// The calls of the library for any completion token: callbacks, futures, stackful coroutines, awaitables
/// over executors of other types, and everything that Boost.Asio adapts. In a coroutine on an
/// `asio::awaitable`, the functions of `e2b/client.hpp` read better and do the same.
///
/// Each `async_NAME(client, arguments..., token)` does what the member `NAME` does, with the same parameters,
/// errors and server effects; the options may be left out, and so may the token, which then is
/// `asio::deferred`. What is said here holds for all of them.
///
/// Completion signature: as the last parameter says. `void(std::exception_ptr, T)` where the member throws:
/// the exception is a `SnapshotError`, or null. `void(e2b::Result<T>)` where the member does not throw
/// (`async_try_NAME`).
///
/// With Boost before 1.84 a stackful coroutine's `yield` does not compile with the first of these signatures,
/// as it would crash: take the second one, or `asio::as_tuple(yield)`. With Boost 1.81 the first one cannot
/// be awaited without a token either: there, give `asio::use_awaitable`.
///
/// Completes on the handler's associated executor, and never within the function: what is refused at once (an
/// argument that is not allowed) is posted, or with Boost 1.82 and newer dispatched to the associated
/// immediate executor. An associated executor must convert to `asio::any_io_executor`, as all of Asio's do;
/// without one it is the client's.
///
/// The associated allocator gives the memory for the handler, which is given back before the handler is
/// called.
///
/// Cancellation: by the associated slot, as the member says. The lists' pages, `async_reconcile` and the bulk
/// runs are carried out on the associated executor: their signal must be emitted there.
///
/// Thread safety: as the member says.
///
/// Lifetime: as the member says. With a lazy token such as `asio::deferred` nothing happens before the
/// operation is started; the client may be moved before that, and destroyed: the operation then ends as it
/// does after `Client::close`. The pages, the run and the source that a function takes by reference must stay
/// where they are until the operation has ended.

#include <e2b/bulk.hpp>
#include <e2b/client.hpp>
#include <e2b/detail/any_handler.hpp>
#include <e2b/detail/start.hpp>
#include <e2b/pages.hpp>
#include <e2b/reconcile.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace e2b::inline v0 {

namespace detail {

// A token for an operation that yields a `T` or throws.
template <class Token, class T>
concept ThrowingToken = boost::asio::completion_token_for<Token, void(std::exception_ptr, T)>;
// A token for an operation that yields a `Result<T>`.
template <class Token, class T>
concept ResultToken = boost::asio::completion_token_for<Token, void(Result<T>)>;

} // namespace detail

/// As `Client::create_snapshot`. Completes with `void(std::exception_ptr, SnapshotInfo)`.
template <detail::ThrowingToken<SnapshotInfo> Token = boost::asio::deferred_t>
auto async_create_snapshot(Client& client, SnapshotRequest request, CallOptions options,
                           Token&& token = Token()) {
    return detail::initiate_throwing(client,
                                     detail::CreateSnapshotCall{std::move(request), std::move(options)},
                                     std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ThrowingToken<SnapshotInfo> Token = boost::asio::deferred_t>
auto async_create_snapshot(Client& client, SnapshotRequest request, Token&& token = Token()) {
    return detail::initiate_throwing(client, detail::CreateSnapshotCall{std::move(request), CallOptions()},
                                     std::forward<Token>(token));
}

/// As `Client::try_create_snapshot`. Completes with `void(Result<SnapshotInfo>)`.
template <detail::ResultToken<SnapshotInfo> Token = boost::asio::deferred_t>
auto async_try_create_snapshot(Client& client, SnapshotRequest request, CallOptions options,
                               Token&& token = Token()) {
    return detail::initiate_result(client, detail::CreateSnapshotCall{std::move(request), std::move(options)},
                                   std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ResultToken<SnapshotInfo> Token = boost::asio::deferred_t>
auto async_try_create_snapshot(Client& client, SnapshotRequest request, Token&& token = Token()) {
    return detail::initiate_result(client, detail::CreateSnapshotCall{std::move(request), CallOptions()},
                                   std::forward<Token>(token));
}

/// As `Client::list_snapshots`. Completes with `void(std::exception_ptr, ListPage<SnapshotInfo>)`.
template <detail::ThrowingToken<ListPage<SnapshotInfo>> Token = boost::asio::deferred_t>
auto async_list_snapshots(Client& client, SnapshotQuery query, CallOptions options, Token&& token = Token()) {
    return detail::initiate_throwing(client, detail::ListSnapshotsCall{std::move(query), std::move(options)},
                                     std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ThrowingToken<ListPage<SnapshotInfo>> Token = boost::asio::deferred_t>
auto async_list_snapshots(Client& client, SnapshotQuery query, Token&& token = Token()) {
    return detail::initiate_throwing(client, detail::ListSnapshotsCall{std::move(query), CallOptions()},
                                     std::forward<Token>(token));
}

/// As `Client::try_list_snapshots`. Completes with `void(Result<ListPage<SnapshotInfo>>)`.
template <detail::ResultToken<ListPage<SnapshotInfo>> Token = boost::asio::deferred_t>
auto async_try_list_snapshots(Client& client, SnapshotQuery query, CallOptions options,
                              Token&& token = Token()) {
    return detail::initiate_result(client, detail::ListSnapshotsCall{std::move(query), std::move(options)},
                                   std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ResultToken<ListPage<SnapshotInfo>> Token = boost::asio::deferred_t>
auto async_try_list_snapshots(Client& client, SnapshotQuery query, Token&& token = Token()) {
    return detail::initiate_result(client, detail::ListSnapshotsCall{std::move(query), CallOptions()},
                                   std::forward<Token>(token));
}

/// As `Client::delete_snapshot`. Completes with `void(std::exception_ptr, Deletion)`.
template <detail::ThrowingToken<Deletion> Token = boost::asio::deferred_t>
auto async_delete_snapshot(Client& client, std::string snapshot_id, CallOptions options,
                           Token&& token = Token()) {
    return detail::initiate_throwing(client,
                                     detail::DeleteSnapshotCall{std::move(snapshot_id), std::move(options)},
                                     std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ThrowingToken<Deletion> Token = boost::asio::deferred_t>
auto async_delete_snapshot(Client& client, std::string snapshot_id, Token&& token = Token()) {
    return detail::initiate_throwing(client,
                                     detail::DeleteSnapshotCall{std::move(snapshot_id), CallOptions()},
                                     std::forward<Token>(token));
}

/// As `Client::try_delete_snapshot`. Completes with `void(Result<Deletion>)`.
template <detail::ResultToken<Deletion> Token = boost::asio::deferred_t>
auto async_try_delete_snapshot(Client& client, std::string snapshot_id, CallOptions options,
                               Token&& token = Token()) {
    return detail::initiate_result(client,
                                   detail::DeleteSnapshotCall{std::move(snapshot_id), std::move(options)},
                                   std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ResultToken<Deletion> Token = boost::asio::deferred_t>
auto async_try_delete_snapshot(Client& client, std::string snapshot_id, Token&& token = Token()) {
    return detail::initiate_result(client, detail::DeleteSnapshotCall{std::move(snapshot_id), CallOptions()},
                                   std::forward<Token>(token));
}

/// As `Client::get_sandbox`. Completes with `void(std::exception_ptr, SandboxInfo)`.
template <detail::ThrowingToken<SandboxInfo> Token = boost::asio::deferred_t>
auto async_get_sandbox(Client& client, std::string sandbox_id, CallOptions options, Token&& token = Token()) {
    return detail::initiate_throwing(client,
                                     detail::GetSandboxCall{std::move(sandbox_id), std::move(options)},
                                     std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ThrowingToken<SandboxInfo> Token = boost::asio::deferred_t>
auto async_get_sandbox(Client& client, std::string sandbox_id, Token&& token = Token()) {
    return detail::initiate_throwing(client, detail::GetSandboxCall{std::move(sandbox_id), CallOptions()},
                                     std::forward<Token>(token));
}

/// As `Client::try_get_sandbox`. Completes with `void(Result<SandboxInfo>)`.
template <detail::ResultToken<SandboxInfo> Token = boost::asio::deferred_t>
auto async_try_get_sandbox(Client& client, std::string sandbox_id, CallOptions options,
                           Token&& token = Token()) {
    return detail::initiate_result(client, detail::GetSandboxCall{std::move(sandbox_id), std::move(options)},
                                   std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ResultToken<SandboxInfo> Token = boost::asio::deferred_t>
auto async_try_get_sandbox(Client& client, std::string sandbox_id, Token&& token = Token()) {
    return detail::initiate_result(client, detail::GetSandboxCall{std::move(sandbox_id), CallOptions()},
                                   std::forward<Token>(token));
}

/// As `Client::list_sandboxes`. Completes with `void(std::exception_ptr, ListPage<SandboxInfo>)`.
template <detail::ThrowingToken<ListPage<SandboxInfo>> Token = boost::asio::deferred_t>
auto async_list_sandboxes(Client& client, SandboxQuery query, CallOptions options, Token&& token = Token()) {
    return detail::initiate_throwing(client, detail::ListSandboxesCall{std::move(query), std::move(options)},
                                     std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ThrowingToken<ListPage<SandboxInfo>> Token = boost::asio::deferred_t>
auto async_list_sandboxes(Client& client, SandboxQuery query, Token&& token = Token()) {
    return detail::initiate_throwing(client, detail::ListSandboxesCall{std::move(query), CallOptions()},
                                     std::forward<Token>(token));
}

/// As `Client::try_list_sandboxes`. Completes with `void(Result<ListPage<SandboxInfo>>)`.
template <detail::ResultToken<ListPage<SandboxInfo>> Token = boost::asio::deferred_t>
auto async_try_list_sandboxes(Client& client, SandboxQuery query, CallOptions options,
                              Token&& token = Token()) {
    return detail::initiate_result(client, detail::ListSandboxesCall{std::move(query), std::move(options)},
                                   std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ResultToken<ListPage<SandboxInfo>> Token = boost::asio::deferred_t>
auto async_try_list_sandboxes(Client& client, SandboxQuery query, Token&& token = Token()) {
    return detail::initiate_result(client, detail::ListSandboxesCall{std::move(query), CallOptions()},
                                   std::forward<Token>(token));
}

/// As `Client::create_sandbox`. Completes with `void(std::exception_ptr, SandboxInfo)`.
template <detail::ThrowingToken<SandboxInfo> Token = boost::asio::deferred_t>
auto async_create_sandbox(Client& client, SandboxRequest request, CallOptions options,
                          Token&& token = Token()) {
    return detail::initiate_throwing(client,
                                     detail::CreateSandboxCall{std::move(request), std::move(options)},
                                     std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ThrowingToken<SandboxInfo> Token = boost::asio::deferred_t>
auto async_create_sandbox(Client& client, SandboxRequest request, Token&& token = Token()) {
    return detail::initiate_throwing(client, detail::CreateSandboxCall{std::move(request), CallOptions()},
                                     std::forward<Token>(token));
}

/// As `Client::try_create_sandbox`. Completes with `void(Result<SandboxInfo>)`.
template <detail::ResultToken<SandboxInfo> Token = boost::asio::deferred_t>
auto async_try_create_sandbox(Client& client, SandboxRequest request, CallOptions options,
                              Token&& token = Token()) {
    return detail::initiate_result(client, detail::CreateSandboxCall{std::move(request), std::move(options)},
                                   std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ResultToken<SandboxInfo> Token = boost::asio::deferred_t>
auto async_try_create_sandbox(Client& client, SandboxRequest request, Token&& token = Token()) {
    return detail::initiate_result(client, detail::CreateSandboxCall{std::move(request), CallOptions()},
                                   std::forward<Token>(token));
}

/// As `Client::list_tags`. Completes with `void(std::exception_ptr, std::vector<TemplateTag>)`.
template <detail::ThrowingToken<std::vector<TemplateTag>> Token = boost::asio::deferred_t>
auto async_list_tags(Client& client, std::string name_or_id, CallOptions options, Token&& token = Token()) {
    return detail::initiate_throwing(client, detail::ListTagsCall{std::move(name_or_id), std::move(options)},
                                     std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ThrowingToken<std::vector<TemplateTag>> Token = boost::asio::deferred_t>
auto async_list_tags(Client& client, std::string name_or_id, Token&& token = Token()) {
    return detail::initiate_throwing(client, detail::ListTagsCall{std::move(name_or_id), CallOptions()},
                                     std::forward<Token>(token));
}

/// As `Client::try_list_tags`. Completes with `void(Result<std::vector<TemplateTag>>)`.
template <detail::ResultToken<std::vector<TemplateTag>> Token = boost::asio::deferred_t>
auto async_try_list_tags(Client& client, std::string name_or_id, CallOptions options,
                         Token&& token = Token()) {
    return detail::initiate_result(client, detail::ListTagsCall{std::move(name_or_id), std::move(options)},
                                   std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ResultToken<std::vector<TemplateTag>> Token = boost::asio::deferred_t>
auto async_try_list_tags(Client& client, std::string name_or_id, Token&& token = Token()) {
    return detail::initiate_result(client, detail::ListTagsCall{std::move(name_or_id), CallOptions()},
                                   std::forward<Token>(token));
}

/// As `Client::find_template`. Completes with `void(std::exception_ptr, std::string)`.
template <detail::ThrowingToken<std::string> Token = boost::asio::deferred_t>
auto async_find_template(Client& client, std::string alias, CallOptions options, Token&& token = Token()) {
    return detail::initiate_throwing(client, detail::FindTemplateCall{std::move(alias), std::move(options)},
                                     std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ThrowingToken<std::string> Token = boost::asio::deferred_t>
auto async_find_template(Client& client, std::string alias, Token&& token = Token()) {
    return detail::initiate_throwing(client, detail::FindTemplateCall{std::move(alias), CallOptions()},
                                     std::forward<Token>(token));
}

/// As `Client::try_find_template`. Completes with `void(Result<std::string>)`.
template <detail::ResultToken<std::string> Token = boost::asio::deferred_t>
auto async_try_find_template(Client& client, std::string alias, CallOptions options,
                             Token&& token = Token()) {
    return detail::initiate_result(client, detail::FindTemplateCall{std::move(alias), std::move(options)},
                                   std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ResultToken<std::string> Token = boost::asio::deferred_t>
auto async_try_find_template(Client& client, std::string alias, Token&& token = Token()) {
    return detail::initiate_result(client, detail::FindTemplateCall{std::move(alias), CallOptions()},
                                   std::forward<Token>(token));
}

/// As `Client::get_template`. Completes with `void(std::exception_ptr, TemplateInfo)`.
template <detail::ThrowingToken<TemplateInfo> Token = boost::asio::deferred_t>
auto async_get_template(Client& client, std::string template_id, std::string next_token, CallOptions options,
                        Token&& token = Token()) {
    return detail::initiate_throwing(
        client, detail::GetTemplateCall{std::move(template_id), std::move(next_token), std::move(options)},
        std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ThrowingToken<TemplateInfo> Token = boost::asio::deferred_t>
auto async_get_template(Client& client, std::string template_id, std::string next_token,
                        Token&& token = Token()) {
    return detail::initiate_throwing(
        client, detail::GetTemplateCall{std::move(template_id), std::move(next_token), CallOptions()},
        std::forward<Token>(token));
}

/// As `Client::try_get_template`. Completes with `void(Result<TemplateInfo>)`.
template <detail::ResultToken<TemplateInfo> Token = boost::asio::deferred_t>
auto async_try_get_template(Client& client, std::string template_id, std::string next_token,
                            CallOptions options, Token&& token = Token()) {
    return detail::initiate_result(
        client, detail::GetTemplateCall{std::move(template_id), std::move(next_token), std::move(options)},
        std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ResultToken<TemplateInfo> Token = boost::asio::deferred_t>
auto async_try_get_template(Client& client, std::string template_id, std::string next_token,
                            Token&& token = Token()) {
    return detail::initiate_result(
        client, detail::GetTemplateCall{std::move(template_id), std::move(next_token), CallOptions()},
        std::forward<Token>(token));
}

/// The same for the first page, with the client's options.
template <detail::ThrowingToken<TemplateInfo> Token = boost::asio::deferred_t>
auto async_get_template(Client& client, std::string template_id, Token&& token = Token()) {
    return async_get_template(client, std::move(template_id), std::string(), CallOptions(),
                              std::forward<Token>(token));
}
/// The same for the first page, with the client's options.
template <detail::ResultToken<TemplateInfo> Token = boost::asio::deferred_t>
auto async_try_get_template(Client& client, std::string template_id, Token&& token = Token()) {
    return async_try_get_template(client, std::move(template_id), std::string(), CallOptions(),
                                  std::forward<Token>(token));
}

/// As `Client::close()`. Completes with `void(boost::system::error_code)`,
/// `Errc::resource` for want of memory.
template <boost::asio::completion_token_for<void(boost::system::error_code)> Token = boost::asio::deferred_t>
auto async_close(Client& client, Token&& token = Token()) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        detail::InitiateClose<detail::CloseDelivery>(detail::ClientAccess::engine_of(client)), token,
        std::optional<std::chrono::nanoseconds>());
}
/// As `Client::close(grace)`. Completes with `void(boost::system::error_code)`,
/// `Errc::resource` for want of memory.
template <boost::asio::completion_token_for<void(boost::system::error_code)> Token = boost::asio::deferred_t>
auto async_close(Client& client, std::chrono::nanoseconds grace, Token&& token = Token()) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        detail::InitiateClose<detail::CloseDelivery>(detail::ClientAccess::engine_of(client)), token,
        std::optional(grace));
}

/// As `ListPages::next`. Completes with `void(std::exception_ptr, std::vector<Item>)`.
///
/// Lifetime: the pages must stay where they are until then.
template <class Query, class Item, detail::ThrowingToken<std::vector<Item>> Token = boost::asio::deferred_t>
auto async_next(ListPages<Query, Item>& pages, Token&& token = Token()) {
    return detail::initiate_throwing_work<std::vector<Item>>(
        pages.get_executor(), [&pages] { return pages.next(); }, std::forward<Token>(token));
}
/// As `ListPages::try_next`. Completes with `void(Result<std::vector<Item>>)`.
///
/// Lifetime: the pages must stay where they are until then.
template <class Query, class Item, detail::ResultToken<std::vector<Item>> Token = boost::asio::deferred_t>
auto async_try_next(ListPages<Query, Item>& pages, Token&& token = Token()) {
    return detail::initiate_result_work<Result<std::vector<Item>>>(
        pages.get_executor(), [&pages] { return pages.try_next(); }, std::forward<Token>(token));
}

/// As `reconcile`. Completes with `void(std::exception_ptr, Reconciliation)`.
template <detail::ThrowingToken<Reconciliation> Token = boost::asio::deferred_t>
auto async_reconcile(Client& client, ReconcileRequest request, CallOptions options, Token&& token = Token()) {
    auto const& engine = detail::ClientAccess::engine_of(client);
    return detail::initiate_throwing_work<Reconciliation>(
        detail::executor_of(engine),
        [engine, request = std::move(request), options = std::move(options)]() mutable {
            return detail::reconcile_on(engine, std::move(request), std::move(options));
        },
        std::forward<Token>(token));
}
/// The same with the client's options.
template <detail::ThrowingToken<Reconciliation> Token = boost::asio::deferred_t>
auto async_reconcile(Client& client, ReconcileRequest request, Token&& token = Token()) {
    return async_reconcile(client, std::move(request), CallOptions(), std::forward<Token>(token));
}

/// As `BulkRun::execute(source)`. Completes with `void(std::exception_ptr, BulkProgress)`. Without an
/// associated executor, all happens on the client's.
///
/// Lifetime: the run and the source must stay where they are until then.
template <detail::ThrowingToken<BulkProgress> Token = boost::asio::deferred_t>
auto async_execute(BulkRun& run, BulkSource& source, Token&& token = Token()) {
    return detail::initiate_throwing_work<BulkProgress>(
        run.get_executor(), [&run, &source] { return run.execute(source); }, std::forward<Token>(token));
}
/// As `BulkRun::execute(requests)`, which takes the same containers. Completes with
/// `void(std::exception_ptr, BulkProgress)`.
///
/// Lifetime: the run must stay where it is until then; the requests are copied or moved from.
template <BulkContainer Range, detail::ThrowingToken<BulkProgress> Token = boost::asio::deferred_t>
auto async_execute(BulkRun& run, Range&& requests, Token&& token = Token()) {
    return detail::initiate_throwing_work<BulkProgress>(
        run.get_executor(),
        [&run, own = std::remove_cvref_t<Range>(std::forward<Range>(requests))]() mutable {
            return detail::RunAccess::execute(run, std::move(own));
        },
        std::forward<Token>(token));
}
/// As `BulkRun::collect`. Completes with `void(std::exception_ptr, std::vector<Result<SnapshotInfo>>)`.
///
/// Lifetime: the run must stay where it is until then.
template <detail::ThrowingToken<std::vector<Result<SnapshotInfo>>> Token = boost::asio::deferred_t>
auto async_collect(BulkRun& run, std::vector<SnapshotRequest> requests, Token&& token = Token()) {
    return detail::initiate_throwing_work<std::vector<Result<SnapshotInfo>>>(
        run.get_executor(),
        [&run, requests = std::move(requests)]() mutable { return run.collect(std::move(requests)); },
        std::forward<Token>(token));
}

} // namespace e2b::inline v0
