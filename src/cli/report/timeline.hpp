#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace e2b::cli {

// What happened over the time of one run or of several, for charts.

// Events, counted by tenths of a second.
class TimeCounts {
public:
    using Time = std::chrono::system_clock::time_point;
    struct Counts {
        std::uint64_t created = 0;
        std::uint64_t refused = 0;
        bool has_progress = false; // the two that follow are known
        std::uint64_t in_flight = 0;
        std::uint64_t window = 0;
    };

    void created(Time at) { ++at_tenth(at).created; }
    // A try that was refused for want of room.
    void refused(Time at) { ++at_tenth(at).refused; }
    void progress(Time at, std::uint64_t in_flight, std::uint64_t window);

    [[nodiscard]] std::map<std::int64_t, Counts> const& tenths() const noexcept { return tenths_; }

private:
    Counts& at_tenth(Time at);

    std::map<std::int64_t, Counts> tenths_; // since 1970
};

// The same in columns of equal width. Where nothing was noted for a minute, nothing ran: that time is left
// out.
struct Timeline {
    struct Column {
        double created = 0; // a second
        double refused = 0; // a second
        double in_flight = 0;
        double window = 0;
    };
    struct Pause {
        double at = 0; // 0 to 1, from left to right
        std::chrono::seconds length{0};
    };

    std::vector<Column> columns;
    std::vector<Pause> pauses;
    std::chrono::milliseconds length{0}; // without the pauses
};

[[nodiscard]] Timeline make_timeline(TimeCounts const& counts, std::size_t most_columns);

} // namespace e2b::cli
