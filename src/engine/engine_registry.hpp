#pragma once

#include <boost/asio/execution_context.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace e2b::engine {

class Engine;

// Knows the engines of one execution context. When the context goes down with calls in flight, nothing would
// ever let go of them: the call holds its coroutine, which may hold the client, which holds the call. This
// does.
class EngineRegistry final : public boost::asio::execution_context::service {
public:
    using key_type = EngineRegistry;
    static inline boost::asio::execution_context::id id;

    explicit EngineRegistry(boost::asio::execution_context& context) : service(context) {}

    void add(std::weak_ptr<Engine> engine);

private:
    void shutdown() override;

    std::mutex mutex_;
    std::vector<std::weak_ptr<Engine>> engines_;
};

} // namespace e2b::engine
