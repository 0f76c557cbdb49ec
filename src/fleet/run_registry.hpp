#pragma once

#include <boost/asio/execution_context.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace e2b {

// Knows the runs that are under way on one execution context. A run holds the coroutine that awaits it, which
// may hold the run: when the context goes down, this lets go of them.
class RunRegistry final : public boost::asio::execution_context::service {
public:
    using key_type = RunRegistry;
    static inline boost::asio::execution_context::id id;

    // What a run is to this.
    class Abandonable {
    public:
        virtual ~Abandonable() = default;
        // Lets go of all that belongs to the context, without calling anything.
        virtual void abandon() noexcept = 0;
    };

    explicit RunRegistry(boost::asio::execution_context& context) : service(context) {}

    void add(std::weak_ptr<Abandonable> run);

private:
    void shutdown() override;

    std::mutex mutex_;
    std::vector<std::weak_ptr<Abandonable>> runs_;
};

} // namespace e2b
