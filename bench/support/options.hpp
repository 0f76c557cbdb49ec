#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace bench {

// What all load generators are told, in whatever language they are written:
//
//   --url https://HOST:PORT  --ca FILE  --key KEY
//   --concurrency N     requests in flight (default 1)
//   --warmup N          requests before the measurement begins (default 2000 and 3 for each in flight)
//   --seconds S         how long to measure (default 1); or
//   --requests N        how many requests to measure
//   --rate R            requests per second at fixed times, instead of one after the other's response
//
// And what only this library's generators know:
//
//   --requests-per-connection N    then another connection is opened
struct Options {
    // Ends the program with a message if they are not as above.
    static Options parse(int count, char** arguments);

    std::string url;
    std::string host; // of `url`
    std::string port; // of `url`
    std::string ca_file;
    std::string key;
    std::uint64_t concurrency = 1;
    std::uint64_t warmup = 0;
    std::chrono::nanoseconds duration = std::chrono::seconds(1);
    std::uint64_t requests = 0;                // 0: for `duration`
    double rate = 0;                           // 0: as fast as responses come
    std::uint64_t requests_per_connection = 0; // 0: as many as the client likes
};

// The sandbox that belongs to one of the requests in flight: a sandbox takes one snapshot at a time.
[[nodiscard]] std::string sandbox_id(std::uint64_t index);

// The whole request, for clients without a notion of HTTP.
[[nodiscard]] std::string request_bytes(Options const& options, std::uint64_t index);

} // namespace bench
