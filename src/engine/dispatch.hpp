#pragma once

#include "engine/completion.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace e2b::engine {

// Keeps the executor's context at work for as long as the copy lives.
[[nodiscard]] inline boost::asio::any_io_executor keep_working(boost::asio::any_io_executor const& executor) {
    return boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked);
}

// What `keep_working` makes of an io_context's executor.
using TrackedIoContext = decltype(boost::asio::prefer(std::declval<boost::asio::io_context::executor_type>(),
                                                      boost::asio::execution::outstanding_work.tracked));

// Posts to an executor that `keep_working` yielded. An any_io_executor allocates twice for each function, so
// an io_context's executor is taken out of it.
template <class Function>
void post(boost::asio::any_io_executor const& executor, Function function) {
    if (auto const* const context = executor.target<TrackedIoContext>())
        boost::asio::post(*context, std::move(function));
    else
        boost::asio::post(executor, std::move(function));
}

// Keeps the engine's context at work on behalf of a handler whose executor belongs to another one. Empty
// where both are the same.
[[nodiscard]] inline boost::asio::any_io_executor
work_elsewhere(boost::asio::any_io_executor const& engine, boost::asio::any_io_executor const& handler) {
    auto const context_of = [](boost::asio::any_io_executor const& each) {
        return &boost::asio::query(each, boost::asio::execution::context);
    };
    if (context_of(engine) == context_of(handler))
        return {};
    return keep_working(engine);
}

// Carries something that has a handler through the queue of an executor. The handler can own, by way of its
// cancellation slot, that same thing; so where the queue is destroyed, the two are parted here. Where it was
// never queued, as there was no memory for it, they stay together.
template <class Carried>
class Queued {
public:
    explicit Queued(Carried& carried) noexcept : carried_(&carried) {}
    Queued(Queued&&) noexcept = default;
    Queued& operator=(Queued&&) = delete;
    ~Queued() {
        if (carried_ && std::uncaught_exceptions() <= exceptions_)
            carried_->abandon();
    }

    [[nodiscard]] boost::intrusive_ptr<Carried> take() noexcept { return std::move(carried_); }

private:
    boost::intrusive_ptr<Carried> carried_;
    int exceptions_ = std::uncaught_exceptions();
};

} // namespace e2b::engine
