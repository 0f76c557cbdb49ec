#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <utility>

namespace e2b {

[[nodiscard]] inline boost::asio::any_io_executor keep_working(boost::asio::any_io_executor const& executor) {
    return boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked);
}

// What `keep_working` makes of an io_context's executor.
using TrackedIoContext = decltype(boost::asio::prefer(std::declval<boost::asio::io_context::executor_type>(),
                                                      boost::asio::execution::outstanding_work.tracked));

// Posts to an executor that `keep_working` yielded, using the allocator's memory where it can: an
// any_io_executor passes no allocator on and allocates twice for each function, so an io_context's executor
// is taken out of it.
template <class Allocator, class Function>
void post_with(Allocator const& allocator, boost::asio::any_io_executor const& executor, Function function) {
    if (auto const* const context = executor.target<TrackedIoContext>())
        boost::asio::post(*context, boost::asio::bind_allocator(allocator, std::move(function)));
    else
        boost::asio::post(executor, std::move(function));
}

} // namespace e2b
