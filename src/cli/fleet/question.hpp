#pragma once

#include <e2b/reconcile.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace e2b::cli {

// A request whose outcome is unknown, and what is needed to find it out.
struct Question {
    explicit Question(ReconcileRequest what) : request(std::move(what)) {}

    ReconcileRequest request;
    // `request.started_at` by a clock that nobody sets, where this process saw it.
    std::optional<std::chrono::steady_clock::time_point> began;
    std::uint64_t tag = 0; // the asker's own
};

} // namespace e2b::cli
