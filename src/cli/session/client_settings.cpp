#include "cli/session/client_settings.hpp"

#include "cli/basics/usage_error.hpp"
#include "cli/session/api_key_file.hpp"
#include "cli/session/settings_source.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace e2b::cli {
namespace {

// Standard streams, the event loop, the resolver, the input, and some to spare.
constexpr rlim_t other_descriptors = 64;

} // namespace

void apply_limits(SendOptions const& options, std::size_t concurrency, ClientConfig& config) {
    config.timeout = options.timeout.value_or(config.timeout);
    config.attempt_timeout = options.attempt_timeout.value_or(config.attempt_timeout);
    config.connect_timeout = options.connect_timeout.value_or(config.connect_timeout);
    config.platform_time_limit = options.platform_time_limit.value_or(config.platform_time_limit);
    config.retry.max_attempts = options.max_attempts.value_or(config.retry.max_attempts);
    config.max_connections = options.max_connections.value_or(std::max(config.max_connections, concurrency));
    config.max_waiters = std::max(config.max_waiters, concurrency);
}

ClientConfig client_settings(SendOptions const& options, std::size_t concurrency) {
    check_variables(options, environment_variable);
    auto config = ClientConfig::from_environment();
    config.base_url = options.api_url.value_or(config.base_url);
    if (options.ca_file) {
        config.tls.ca_file = *options.ca_file;
        config.tls.ca_dir.clear();
    }
    if (options.api_key_file)
        config.api_key = read_api_key_file(*options.api_key_file);
    if (config.api_key.empty())
        throw UsageError(
            "no API key: set the environment variable E2B_API_KEY, or write the key to a file and "
            "give --api-key-file FILE");
    config.headers = options.headers;
    config.proxy_from_environment();
    apply_limits(options, concurrency, config);
    return config;
}

std::string make_room_for_connections(std::size_t connections) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return "";
    rlim_t const needed = connections + other_descriptors;
    if (limit.rlim_cur < needed) {
        limit.rlim_cur = std::min(needed, limit.rlim_max);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= needed)
        return "";
    return "only " + std::to_string(limit.rlim_cur) +
           " descriptors are allowed (ulimit -Hn), which is too few for " + std::to_string(connections) +
           " connections";
}

} // namespace e2b::cli
