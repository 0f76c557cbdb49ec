#include "support/options.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace bench {

namespace {

[[noreturn]] void refuse(std::string_view what) {
    std::cerr << "bench: " << what << '\n';
    std::exit(2);
}

double number(std::string_view name, char const* text) {
    char* end = nullptr;
    double const value = std::strtod(text, &end);
    if (end == text || *end != '\0' || value < 0)
        refuse(std::string(name) + " is not a number of 0 or more");
    return value;
}

void split_url(Options& options) {
    constexpr std::string_view scheme = "https://";
    auto const colon = options.url.rfind(':');
    if (!options.url.starts_with(scheme) || colon < scheme.size())
        refuse("--url must be https://HOST:PORT");
    options.host = options.url.substr(scheme.size(), colon - scheme.size());
    options.port = options.url.substr(colon + 1);
}

} // namespace

Options Options::parse(int count, char** arguments) {
    Options options;
    bool has_warmup = false;
    for (int i = 1; i < count; i += 2) {
        std::string_view const name = arguments[i];
        if (i + 1 == count)
            refuse(std::string(name) + " lacks its value");
        char const* const value = arguments[i + 1];
        auto const whole = [&] { return static_cast<std::uint64_t>(number(name, value)); };
        if (name == "--url")
            options.url = value;
        else if (name == "--ca")
            options.ca_file = value;
        else if (name == "--key")
            options.key = value;
        else if (name == "--concurrency")
            options.concurrency = std::max<std::uint64_t>(whole(), 1);
        else if (name == "--warmup")
            has_warmup = true, options.warmup = whole();
        else if (name == "--requests")
            options.requests = whole();
        else if (name == "--rate")
            options.rate = number(name, value);
        else if (name == "--requests-per-connection")
            options.requests_per_connection = whole();
        else if (name == "--seconds")
            options.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(number(name, value) * 1e9));
        else
            refuse("unknown option " + std::string(name));
    }
    if (!has_warmup)
        options.warmup = 2000 + 3 * options.concurrency;
    split_url(options);
    return options;
}

std::string sandbox_id(std::uint64_t index) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "i%020llu", static_cast<unsigned long long>(index));
    return text.data();
}

std::string request_bytes(Options const& options, std::uint64_t index) {
    return "POST /sandboxes/" + sandbox_id(index) + "/snapshots HTTP/1.1\r\nHost: " + options.host + ":" +
           options.port + "\r\nUser-Agent: bench\r\nX-API-Key: " + options.key +
           "\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
}

} // namespace bench
