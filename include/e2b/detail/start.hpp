#pragma once

#include <e2b/bulk.hpp>
#include <e2b/client.hpp>
#include <e2b/detail/any_handler.hpp>
#include <e2b/detail/client_access.hpp>
#include <e2b/export.hpp>
#include <e2b/reconcile.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/version.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#if BOOST_VERSION < 108400
namespace boost::asio::detail {
template <typename Executor, typename Signature>
class spawn_handler;
}
#endif

// What the client's functions and `e2b/async.hpp` stand on: one function of the library for each kind of
// call, which takes the handler as an `AnyHandler`.
namespace e2b::inline v0::detail {

struct RunAccess {
    // Of a container that has a place of its own, and so may be an aggregate.
    template <class Range>
    static boost::asio::awaitable<BulkProgress> execute(BulkRun& run, Range&& requests) {
        return run.execute_all(std::move(requests));
    }
};

[[nodiscard]] E2B_SNAPSHOT_API boost::asio::any_io_executor executor_of(EnginePtr const& engine) noexcept;
[[nodiscard]] E2B_SNAPSHOT_API std::exception_ptr exception_of(Failure const& failure) noexcept;

// What a call is to do.
struct CreateSnapshotCall {
    using Value = SnapshotInfo;
    SnapshotRequest request;
    CallOptions options;
};
struct ListSnapshotsCall {
    using Value = ListPage<SnapshotInfo>;
    SnapshotQuery query;
    CallOptions options;
};
struct DeleteSnapshotCall {
    using Value = Deletion;
    std::string snapshot_id;
    CallOptions options;
};
struct GetSandboxCall {
    using Value = SandboxInfo;
    std::string sandbox_id;
    CallOptions options;
};
struct ListSandboxesCall {
    using Value = ListPage<SandboxInfo>;
    SandboxQuery query;
    CallOptions options;
};
struct CreateSandboxCall {
    using Value = SandboxInfo;
    SandboxRequest request;
    CallOptions options;
};
struct ListTagsCall {
    using Value = std::vector<TemplateTag>;
    std::string name_or_id;
    CallOptions options;
};
struct FindTemplateCall {
    using Value = std::string;
    std::string alias;
    CallOptions options;
};
struct GetTemplateCall {
    using Value = TemplateInfo;
    std::string template_id;
    std::string next_token;
    CallOptions options;
};

template <class T>
using ResultHandler = AnyHandler<Result<T>>;

// Start a call.
E2B_SNAPSHOT_API void start(EnginePtr const& engine, CreateSnapshotCall&& call,
                            ResultHandler<SnapshotInfo> handler);
E2B_SNAPSHOT_API void start(EnginePtr const& engine, ListSnapshotsCall&& call,
                            ResultHandler<ListPage<SnapshotInfo>> handler);
E2B_SNAPSHOT_API void start(EnginePtr const& engine, DeleteSnapshotCall&& call,
                            ResultHandler<Deletion> handler);
E2B_SNAPSHOT_API void start(EnginePtr const& engine, GetSandboxCall&& call,
                            ResultHandler<SandboxInfo> handler);
E2B_SNAPSHOT_API void start(EnginePtr const& engine, ListSandboxesCall&& call,
                            ResultHandler<ListPage<SandboxInfo>> handler);
E2B_SNAPSHOT_API void start(EnginePtr const& engine, CreateSandboxCall&& call,
                            ResultHandler<SandboxInfo> handler);
E2B_SNAPSHOT_API void start(EnginePtr const& engine, ListTagsCall&& call,
                            ResultHandler<std::vector<TemplateTag>> handler);
E2B_SNAPSHOT_API void start(EnginePtr const& engine, FindTemplateCall&& call,
                            ResultHandler<std::string> handler);
E2B_SNAPSHOT_API void start(EnginePtr const& engine, GetTemplateCall&& call,
                            ResultHandler<TemplateInfo> handler);
E2B_SNAPSHOT_API void start_close(EnginePtr const& engine, std::optional<std::chrono::nanoseconds> grace,
                                  AnyHandler<std::exception_ptr> handler);

// The stackful coroutines of older Boosts rethrow the exception of a success, which is null.
template <class Handler>
inline constexpr bool rethrows_null = false;
#if BOOST_VERSION < 108400
template <class Executor, class R, class T>
inline constexpr bool rethrows_null<boost::asio::detail::spawn_handler<Executor, R(std::exception_ptr, T)>> =
    true;
// One that is bound to something.
template <template <class...> class Bound, class... Parts>
inline constexpr bool rethrows_null<Bound<Parts...>> = (rethrows_null<Parts> || ...);
#endif
template <class Handler>
constexpr void require_no_null_is_rethrown() {
    static_assert(
        !rethrows_null<std::decay_t<Handler>>,
        "stackful coroutines of Boost before 1.84 crash on what throws: take the async_try_ function, "
        "or asio::as_tuple(yield)");
}

// A result for a handler that takes an exception and a value.
struct ThrowingDelivery {
    template <class Handler, class T>
    static void deliver(Handler& handler, Result<T>&& result) {
        require_no_null_is_rethrown<Handler>();
        if (result)
            std::move(handler)(std::exception_ptr(), *std::move(result));
        else
            std::move(handler)(exception_of(result.error()), T());
    }
};

// The end of `close`, which can only lack memory. An error code, as stackful coroutines of Boost before 1.84
// crash on an exception that stands alone.
struct CloseDelivery {
    template <class Handler>
    static void deliver(Handler& handler, std::exception_ptr const& error) {
        std::move(handler)(error ? make_error_code(Errc::resource) : boost::system::error_code());
    }
};

// What all that initiates has in common: the executor of the client, for handlers without one.
class OnEngine {
public:
    using executor_type = boost::asio::any_io_executor;

    explicit OnEngine(EnginePtr engine) : engine_(std::move(engine)) {}
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_of(engine_); }

protected:
    EnginePtr engine_;
};

// Makes an `AnyHandler` and starts a call with it. Where there is no memory for it, the handler is called
// with that as the result, for it must be called, and this needs none.
template <class Delivery, class T, class Handler, class Start>
void start_erased(Handler&& handler, boost::asio::any_io_executor const& io_executor, Start start) {
    ResultHandler<T> any;
    try {
        any = ResultHandler<T>::template of<Delivery>(std::forward<Handler>(handler), io_executor);
    } catch (std::bad_alloc const&) {
        std::decay_t<Handler> own(std::forward<Handler>(handler));
        return Delivery::deliver(own, Result<T>(Failure(Outcome::not_sent, Errc::resource, Phase::argument)));
    }
    start(std::move(any));
}

template <class Call, class Delivery>
class Initiate : public OnEngine {
public:
    using OnEngine::OnEngine;

    // `asio::deferred`, where it is kept and started again, passes what it keeps.
    template <class Handler>
    void operator()(Handler&& handler, Call const& call) const {
        (*this)(std::forward<Handler>(handler), Call(call));
    }
    template <class Handler>
    void operator()(Handler&& handler, Call&& call) const {
        using Value = typename Call::Value;
        start_erased<Delivery, Value>(
            std::forward<Handler>(handler), get_executor(),
            [&](ResultHandler<Value> any) { start(engine_, std::move(call), std::move(any)); });
    }
};

template <class Call, class Token>
auto initiate_throwing(Client& client, Call call, Token&& token) {
    using Value = typename Call::Value;
    return boost::asio::async_initiate<Token, void(std::exception_ptr, Value)>(
        Initiate<Call, ThrowingDelivery>(ClientAccess::engine_of(client)), token, std::move(call));
}

template <class Call, class Token>
auto initiate_result(Client& client, Call call, Token&& token) {
    using Value = typename Call::Value;
    return boost::asio::async_initiate<Token, void(Result<Value>)>(
        Initiate<Call, Plainly>(ClientAccess::engine_of(client)), token, std::move(call));
}

template <class Delivery>
class InitiateClose : public OnEngine {
public:
    using OnEngine::OnEngine;

    template <class Handler>
    void operator()(Handler&& handler, std::optional<std::chrono::nanoseconds> grace) const {
        AnyHandler<std::exception_ptr> any;
        try {
            any =
                AnyHandler<std::exception_ptr>::of<Delivery>(std::forward<Handler>(handler), get_executor());
        } catch (std::bad_alloc const&) {
            std::decay_t<Handler> own(std::forward<Handler>(handler));
            return Delivery::deliver(own, std::current_exception());
        }
        start_close(engine_, grace, std::move(any));
    }
};

// As `e2b::reconcile`. The engine may have no client any more.
E2B_SNAPSHOT_API boost::asio::awaitable<Reconciliation>
reconcile_on(EnginePtr engine, ReconcileRequest request, CallOptions options);

// How a coroutine ends.
template <class T>
using WorkHandler = AnyHandler<std::exception_ptr, T>;

// Carry out a coroutine on the handler's executor. It takes every kind of cancellation.
E2B_SNAPSHOT_API void start_work(boost::asio::awaitable<BulkProgress> work,
                                 WorkHandler<BulkProgress> handler);
E2B_SNAPSHOT_API void start_work(boost::asio::awaitable<Reconciliation> work,
                                 WorkHandler<Reconciliation> handler);
E2B_SNAPSHOT_API void start_work(boost::asio::awaitable<std::vector<Result<SnapshotInfo>>> work,
                                 WorkHandler<std::vector<Result<SnapshotInfo>>> handler);
E2B_SNAPSHOT_API void start_work(boost::asio::awaitable<std::vector<SnapshotInfo>> work,
                                 WorkHandler<std::vector<SnapshotInfo>> handler);
E2B_SNAPSHOT_API void start_work(boost::asio::awaitable<Result<std::vector<SnapshotInfo>>> work,
                                 WorkHandler<Result<std::vector<SnapshotInfo>>> handler);
E2B_SNAPSHOT_API void start_work(boost::asio::awaitable<std::vector<SandboxInfo>> work,
                                 WorkHandler<std::vector<SandboxInfo>> handler);
E2B_SNAPSHOT_API void start_work(boost::asio::awaitable<Result<std::vector<SandboxInfo>>> work,
                                 WorkHandler<Result<std::vector<SandboxInfo>>> handler);

// The end of a coroutine that yields a result and throws nothing, but for want of memory, at any moment.
struct Unwrapped {
    template <class Handler, class T>
    static void deliver(Handler& handler, std::exception_ptr const& error, T&& result) {
        if (error)
            result = T(Failure(Outcome::unknown, Errc::out_of_memory, Phase::complete));
        std::move(handler)(std::move(result));
    }
};

// `Make` yields the awaitable.
template <class T, class Delivery>
class InitiateWork {
public:
    using executor_type = boost::asio::any_io_executor;

    explicit InitiateWork(executor_type executor) : executor_(std::move(executor)) {}
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

    template <class Handler, class Make>
    void operator()(Handler&& handler, Make make) const {
        if constexpr (std::is_same_v<Delivery, Plainly>)
            require_no_null_is_rethrown<Handler>();
        std::optional<boost::asio::awaitable<T>> work;
        WorkHandler<T> any;
        try {
            work.emplace(make());
            any = WorkHandler<T>::template of<Delivery>(std::forward<Handler>(handler), executor_);
        } catch (std::bad_alloc const&) {
            std::decay_t<Handler> own(std::forward<Handler>(handler));
            return Delivery::deliver(own, std::current_exception(), T());
        }
        start_work(*std::move(work), std::move(any));
    }

private:
    executor_type executor_;
};

template <class T, class Make, class Token>
auto initiate_throwing_work(boost::asio::any_io_executor executor, Make make, Token&& token) {
    return boost::asio::async_initiate<Token, void(std::exception_ptr, T)>(
        InitiateWork<T, Plainly>(std::move(executor)), token, std::move(make));
}

template <class T, class Make, class Token>
auto initiate_result_work(boost::asio::any_io_executor executor, Make make, Token&& token) {
    return boost::asio::async_initiate<Token, void(T)>(InitiateWork<T, Unwrapped>(std::move(executor)), token,
                                                       std::move(make));
}

} // namespace e2b::inline v0::detail
