#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <list>

namespace e2b::cli {

// Work that waits for others, and that may have to end before they answer. For one thread.
class Stoppable {
public:
    // Completes when the work does, with true, or soon after `stop`, with false. Throws what the work throws,
    // unless it was stopped. Whoever cancels it cancels the work.
    boost::asio::awaitable<bool> run(boost::asio::awaitable<void> work);
    // Ends all that runs, and whatever is to be run.
    void stop();
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

private:
    std::list<boost::asio::cancellation_signal> running_;
    bool stopped_ = false;
};

} // namespace e2b::cli
