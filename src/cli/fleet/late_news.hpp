#pragma once

#include <e2b/error.hpp>
#include <e2b/observer.hpp>
#include <e2b/snapshot.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace e2b::cli {

// What became of a request whose call had ended before its response came: a LateResponse that can be kept.
struct LateNews {
    LateNews() = default;
    explicit LateNews(LateResponse const& response)
        : sandbox_id(response.sandbox_id),
          outcome(response.outcome),
          late(response.late) {
        if (!response.name.empty())
            name = std::string(response.name);
        if (response.snapshot != nullptr)
            snapshot = *response.snapshot;
        if (response.failure != nullptr)
            failure = *response.failure;
    }

    std::string sandbox_id;
    std::optional<std::string> name;
    Outcome outcome = Outcome::unknown;
    std::optional<SnapshotInfo> snapshot; // if created
    std::optional<Failure> failure;       // unless created
    std::chrono::nanoseconds late{0};     // after the end of its call
};

} // namespace e2b::cli
