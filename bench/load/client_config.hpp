#pragma once

#include "support/options.hpp"

#include <e2b/config.hpp>

#include <cstdint>

namespace bench {

// A client of this library for so many requests in flight.
inline e2b::ClientConfig client_config(Options const& options, std::uint64_t concurrency) {
    e2b::ClientConfig config;
    config.base_url = options.url;
    config.api_key = options.key;
    config.tls.ca_file = options.ca_file;
    config.max_connections = concurrency;
    if (options.requests_per_connection != 0)
        config.max_requests_per_connection = options.requests_per_connection;
    return config;
}

} // namespace bench
