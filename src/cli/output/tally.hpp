#pragma once

#include "cli/basics/histogram.hpp"
#include "cli/output/record.hpp"

#include <array>
#include <cstdint>
#include <map>

namespace e2b::cli {

// What a run has come to so far.
class Tally {
public:
    void add(Record const& record);

    [[nodiscard]] std::uint64_t count(Outcome outcome) const {
        return outcomes_[static_cast<std::size_t>(outcome)];
    }
    [[nodiscard]] std::uint64_t done() const;
    [[nodiscard]] std::uint64_t failed() const { return done() - count(Outcome::created); }
    [[nodiscard]] std::map<Errc, std::uint64_t> const& errors() const noexcept { return errors_; }
    // How long the calls took that made a snapshot.
    [[nodiscard]] Histogram const& latency() const noexcept { return latency_; }

private:
    std::array<std::uint64_t, 4> outcomes_{};
    std::map<Errc, std::uint64_t> errors_;
    Histogram latency_;
};

} // namespace e2b::cli
