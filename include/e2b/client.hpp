#pragma once

#include <e2b/config.hpp>
#include <e2b/deletion.hpp>
#include <e2b/detail/built_alike.hpp>
#include <e2b/error.hpp>
#include <e2b/export.hpp>
#include <e2b/observer.hpp>
#include <e2b/page.hpp>
#include <e2b/result.hpp>
#include <e2b/sandbox.hpp>
#include <e2b/snapshot.hpp>
#include <e2b/template.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace e2b::engine {
class Engine;
}

namespace e2b::inline v0 {

namespace detail {
struct ClientAccess;
}

/// Takes snapshots of E2B sandboxes, many at a time.
///
/// A client keeps a pool of connections to one API endpoint and runs on the executor that it is given; it has
/// no threads of its own but one that a host name is looked up on.
///
/// Thread safety: every function may be called from any thread. Work inside happens on one strand of the
/// client's own; a call's coroutine always resumes on its own executor.
///
/// Lifetime: the handle is movable; one that was moved from may be assigned to and destroyed, and all its
/// other functions throw `std::logic_error`. Destroying it does what `close` does with a grace of 0: calls in
/// flight end with `client_closed` and are delivered, and the coroutines that wait for them may outlive the
/// handle. While connections are open the executor's context has work to do, so `io_context::run()` returns
/// only after the client was closed or destroyed (or its idle connections timed out).
///
/// Platform: a program does not link if one of its units was compiled with another minor version of Boost
/// than the library, without RTTI, with other settings of Asio (`BOOST_ASIO_DISABLE_THREADS`,
/// `BOOST_ASIO_DISABLE_EPOLL`, io_uring, handler tracking, buffer debugging, small block recycling) or with
/// `_GLIBCXX_DEBUG`. The name of the missing symbol says which.
class E2B_SNAPSHOT_API Client {
public:
    /// Checks the configuration and loads the trust store; opens no connection.
    ///
    /// Errors: throws `ConfigError` naming the field; `std::invalid_argument` for an empty executor.
    Client(boost::asio::any_io_executor executor, ClientConfig config);
    /// See the class.
    Client(Client&&) noexcept;
    /// As destroying the client that is assigned to.
    Client& operator=(Client&&) noexcept;
    ~Client();

    /// What `get_executor` yields.
    using executor_type = boost::asio::any_io_executor;
    /// The executor that the client runs on. Thread safety: any thread.
    [[nodiscard]] executor_type get_executor() const;

    /// Takes a snapshot of a running sandbox.
    ///
    /// Completes when the platform's response is there, or when it is certain that none will come; earlier
    /// where the call is cancelled or its time is up. The response to a committed request may then come late.
    ///
    /// Parameters: copied or moved from; nothing must outlive the call but the client's executor.
    ///
    /// Result: the snapshot's id and names.
    ///
    /// Errors: throws `SnapshotError`, whose `failure()` says whether a snapshot may exist (`outcome`), why,
    /// where, and what the server said; `std::bad_alloc`.
    ///
    /// Cancellation: `terminal` and `partial` at any time, `total` only while the request is not committed:
    /// later it is ignored and the call goes on. A cancelled call fails at once with `Errc::cancelled` and
    /// the outcome `not_sent` or `unknown`, truthfully; what a committed request became is reported late. By
    /// default a coroutine started with `co_spawn` passes on only `terminal`; see
    /// `boost::asio::this_coro::reset_cancellation_state`.
    ///
    /// Server effect: a new template, or a new build of the template `request.name`. The request is committed
    /// at most once unless the platform provably did nothing (see `RetryPolicy`). A committed request is not
    /// hung up on: where the call ends early, its exchange goes on in the background (see
    /// `CallOptions::hang_up_on_cancel`).
    ///
    /// Thread safety: any thread. Lifetime: the client may be destroyed meanwhile; the call then fails with
    /// `client_closed`.
    ///
    /// Example: `SnapshotInfo info = co_await client.create_snapshot("i0123456789abcdefghij");`
    boost::asio::awaitable<SnapshotInfo> create_snapshot(SnapshotRequest request,
                                                         CallOptions options = CallOptions());

    /// As `create_snapshot`, but yields failures instead of throwing them; throws nothing but
    /// `std::bad_alloc`.
    boost::asio::awaitable<Result<SnapshotInfo>> try_create_snapshot(SnapshotRequest request,
                                                                     CallOptions options = CallOptions());

    /// One page of the team's snapshots, newest first. The filters are in the query. `SnapshotPages`
    /// (`e2b/pages.hpp`) reads page after page; by hand, go on with `query.next_token = page.next_token`
    /// while `page.has_next()`.
    ///
    /// Server effect: none, so that every transport failure is retried within the policy.
    ///
    /// All else: as `create_snapshot`.
    boost::asio::awaitable<ListPage<SnapshotInfo>> list_snapshots(SnapshotQuery query = SnapshotQuery(),
                                                                  CallOptions options = CallOptions());
    /// As `list_snapshots`, but yields failures instead of throwing them.
    boost::asio::awaitable<Result<ListPage<SnapshotInfo>>>
    try_list_snapshots(SnapshotQuery query = SnapshotQuery(), CallOptions options = CallOptions());

    /// Deletes a snapshot's whole template, with all its tags and builds: the platform ignores the tag of an
    /// id.
    ///
    /// Parameters: `snapshot_id`: `SnapshotInfo::snapshot_id` as the server printed it, whatever its form, or
    /// a name or raw id; 1 to 512 bytes of UTF-8 without control characters. None of its parts between
    /// slashes may be `.` or `..`.
    ///
    /// Result: `absent` if there is none of this id or name. Some compatible servers say of one that is not
    /// there that it was deleted.
    ///
    /// Errors: `Errc::in_use` while sandboxes run on it; otherwise as `create_snapshot`.
    ///
    /// Server effect: the same when carried out twice, so that every transport failure is retried within the
    /// policy; after such a retry, `absent` can mean that the first attempt deleted it.
    ///
    /// All else: as `create_snapshot`.
    boost::asio::awaitable<Deletion> delete_snapshot(std::string snapshot_id,
                                                     CallOptions options = CallOptions());
    /// As `delete_snapshot`, but yields failures instead of throwing them.
    boost::asio::awaitable<Result<Deletion>> try_delete_snapshot(std::string snapshot_id,
                                                                 CallOptions options = CallOptions());

    /// A sandbox of the team, also while it is being snapshotted.
    ///
    /// Errors: `Errc::not_found` if the platform says that there is none of this id; otherwise as
    /// `list_snapshots`.
    ///
    /// All else: as `list_snapshots`.
    boost::asio::awaitable<SandboxInfo> get_sandbox(std::string sandbox_id,
                                                    CallOptions options = CallOptions());
    /// As `get_sandbox`, but yields failures instead of throwing them.
    boost::asio::awaitable<Result<SandboxInfo>> try_get_sandbox(std::string sandbox_id,
                                                                CallOptions options = CallOptions());

    /// One page of the team's sandboxes; `SandboxPages` reads page after page. Those being snapshotted are
    /// absent: list to the end before snapshotting.
    ///
    /// All else: as `list_snapshots`.
    boost::asio::awaitable<ListPage<SandboxInfo>> list_sandboxes(SandboxQuery query = SandboxQuery(),
                                                                 CallOptions options = CallOptions());
    /// As `list_sandboxes`, but yields failures instead of throwing them.
    boost::asio::awaitable<Result<ListPage<SandboxInfo>>>
    try_list_sandboxes(SandboxQuery query = SandboxQuery(), CallOptions options = CallOptions());

    /// Starts a sandbox from a snapshot. Where the server has no `POST /v2/sandboxes`, `POST /sandboxes` is
    /// asked next, which observers see as another call.
    ///
    /// Result: the sandbox; the platform fills in only some of its fields.
    ///
    /// Server effect: not idempotent, so it is retried as little as `create_snapshot` is.
    ///
    /// All else: as `create_snapshot`.
    boost::asio::awaitable<SandboxInfo> create_sandbox(SandboxRequest request,
                                                       CallOptions options = CallOptions());
    /// As `create_sandbox`, but yields failures instead of throwing them.
    boost::asio::awaitable<Result<SandboxInfo>> try_create_sandbox(SandboxRequest request,
                                                                   CallOptions options = CallOptions());

    /// The tags of a template, each with the build that it stands for.
    ///
    /// A tag is there from the moment at which the platform begins a snapshot of that name, also if that
    /// fails. Ordinary templates, which no snapshot made, have theirs as well.
    ///
    /// Parameters: `name_or_id`: `[namespace/]alias` or a raw id; a tag in it is ignored. The same rules as
    /// for the id of `delete_snapshot`.
    ///
    /// Errors: `Errc::not_found` if there is no such template; the platform may remember for up to 5 minutes
    /// that an alias was not found. `Errc::no_such_endpoint` with compatible servers that have no tags;
    /// otherwise as `list_snapshots`.
    ///
    /// All else: as `list_snapshots`.
    boost::asio::awaitable<std::vector<TemplateTag>> list_tags(std::string name_or_id,
                                                               CallOptions options = CallOptions());
    /// As `list_tags`, but yields failures instead of throwing them.
    boost::asio::awaitable<Result<std::vector<TemplateTag>>>
    try_list_tags(std::string name_or_id, CallOptions options = CallOptions());

    /// The raw id of the template that has this alias, `[namespace/]alias`.
    ///
    /// Parameters: `alias`: the same rules as for the id of `delete_snapshot`.
    ///
    /// All else: as `list_tags`.
    boost::asio::awaitable<std::string> find_template(std::string alias, CallOptions options = CallOptions());
    /// As `find_template`, but yields failures instead of throwing them.
    boost::asio::awaitable<Result<std::string>> try_find_template(std::string alias,
                                                                  CallOptions options = CallOptions());

    /// A template by its raw id (no alias is taken), with one page of its builds: go on with `next_token`
    /// while `TemplateInfo::has_next()`.
    ///
    /// Parameters: `template_id`: the same rules as for the id of `delete_snapshot`. `next_token`: at most
    /// 4096 bytes.
    ///
    /// Result: as the platform has it now, from no cache.
    ///
    /// Errors: `Errc::not_found` if there is no template of this id; otherwise as `list_snapshots`.
    ///
    /// All else: as `list_snapshots`.
    boost::asio::awaitable<TemplateInfo> get_template(std::string template_id, std::string next_token = {},
                                                      CallOptions options = CallOptions());
    /// As `get_template`, but yields failures instead of throwing them.
    boost::asio::awaitable<Result<TemplateInfo>> try_get_template(std::string template_id,
                                                                  std::string next_token = {},
                                                                  CallOptions options = CallOptions());

    /// Drains the client: refuses new calls, ends those whose request is not committed (as `not_sent` with
    /// `client_closed`, or as their last attempt ended), and waits for the responses to those that are, late
    /// ones included. After `ClientConfig::platform_time_limit` it cuts the rest. All calls are delivered
    /// before this completes. Idle connections are closed at once.
    ///
    /// Calling it twice is fine.
    ///
    /// Errors: throws `std::bad_alloc`, with nothing done.
    ///
    /// Cancellation: `terminal`: cuts at once.
    ///
    /// Thread safety: any thread.
    boost::asio::awaitable<void> close();
    /// As above, but lets calls in flight go on for up to `grace`, retries included, and then cuts the rest:
    /// with 0 at once.
    ///
    /// Server effect: cutting hangs up on committed requests, and the platform may then stop the sandboxes
    /// that are being snapshotted. So does destroying the client.
    boost::asio::awaitable<void> close(std::chrono::nanoseconds grace);

    /// The client's counters at this moment.
    ///
    /// Thread safety: any thread; a snapshot of values that change meanwhile.
    [[nodiscard]] ClientStats stats() const;

    /// `ClientConfig::platform_time_limit`. Thread safety: any thread.
    [[nodiscard]] std::chrono::nanoseconds platform_time_limit() const;

private:
    friend class BulkRun;
    friend struct detail::ClientAccess;

    explicit Client(std::shared_ptr<engine::Engine> engine) noexcept : engine_(std::move(engine)) {}

    // Throws `std::logic_error` where there is none.
    [[nodiscard]] std::shared_ptr<engine::Engine> const& engine() const;

    std::shared_ptr<engine::Engine> engine_;
};

} // namespace e2b::inline v0
