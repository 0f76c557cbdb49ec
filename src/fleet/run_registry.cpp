#include "fleet/run_registry.hpp"

#include <utility>

namespace e2b {

void RunRegistry::add(std::weak_ptr<Abandonable> run) {
    std::lock_guard const lock(mutex_);
    std::erase_if(runs_, [](auto const& each) { return each.expired(); });
    runs_.push_back(std::move(run));
}

void RunRegistry::shutdown() {
    std::unique_lock lock(mutex_);
    auto const runs = std::exchange(runs_, {});
    lock.unlock();
    for (auto const& each : runs) {
        if (auto const run = each.lock())
            run->abandon();
    }
}

} // namespace e2b
