#include "engine/engine_registry.hpp"

#include "engine/engine.hpp"

#include <utility>

namespace e2b::engine {

void EngineRegistry::add(std::weak_ptr<Engine> engine) {
    std::lock_guard const lock(mutex_);
    std::erase_if(engines_, [](auto const& each) { return each.expired(); });
    engines_.push_back(std::move(engine));
}

void EngineRegistry::shutdown() {
    std::unique_lock lock(mutex_);
    auto const engines = std::exchange(engines_, {});
    lock.unlock();
    for (auto const& each : engines)
        if (auto const engine = each.lock())
            engine->abandon();
}

} // namespace e2b::engine
