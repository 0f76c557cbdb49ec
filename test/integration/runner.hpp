#pragma once

#include <e2b/config.hpp>
#include <e2b/simulator.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <thread>
#include <utility>

namespace e2b::test {

[[nodiscard]] inline ClientConfig config_for(Simulator const& simulator) {
    ClientConfig config;
    config.base_url = simulator.url();
    config.api_key = simulator.api_key();
    config.tls.ca_pem = simulator.ca_pem();
    return config;
}

// Runs coroutines on a thread of its own until it ends.
class Runner {
public:
    Runner() : thread_([this] { context_.run(); }) {}
    ~Runner() {
        work_.reset();
        thread_.join();
    }
    Runner(Runner const&) = delete;
    Runner& operator=(Runner const&) = delete;

    [[nodiscard]] boost::asio::any_io_executor executor() { return context_.get_executor(); }

    template <class T>
    std::future<T> start(boost::asio::awaitable<T> call) {
        return boost::asio::co_spawn(context_, std::move(call), boost::asio::use_future);
    }
    template <class T>
    T run(boost::asio::awaitable<T> call) {
        return start(std::move(call)).get();
    }

private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
    std::thread thread_;
};

} // namespace e2b::test
