#pragma once

#include <chrono>
#include <new>
#include <thread>

namespace e2b::base {

// Calls `function` until it finds the memory that it needs, for a tenth of a second: for what must not be
// left undone, as it would never be done later. After that the last `bad_alloc` is thrown on.
template <class Function>
decltype(auto) insist(Function&& function) {
    constexpr int tries = 100;
    for (int i = 1;; ++i) {
        try {
            return function();
        } catch (std::bad_alloc const&) {
            if (i == tries)
                throw;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

} // namespace e2b::base
