#include "cli/output/tally.hpp"

#include <numeric>

namespace e2b::cli {

void Tally::add(Record const& record) {
    ++outcomes_[static_cast<std::size_t>(record.outcome)];
    if (record.error)
        ++errors_[record.error->code];
    else if (record.elapsed)
        latency_.add(*record.elapsed);
}

std::uint64_t Tally::done() const {
    return std::accumulate(outcomes_.begin(), outcomes_.end(), std::uint64_t{0});
}

} // namespace e2b::cli
