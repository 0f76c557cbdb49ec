#pragma once

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace e2b::test {

/// Begins with none of the variables set that the library reads, and puts them back as they were at the end.
class Environment {
public:
    Environment() {
        for (auto const* name : names) {
            char const* const value = std::getenv(name);
            before_.emplace_back(name, value != nullptr ? std::optional<std::string>(value) : std::nullopt);
            ::unsetenv(name);
        }
    }
    Environment(Environment const&) = delete;
    Environment& operator=(Environment const&) = delete;
    ~Environment() {
        for (auto const& [name, value] : before_) {
            if (value)
                ::setenv(name, value->c_str(), 1);
            else
                ::unsetenv(name);
        }
    }

    /// `name` must be one of those that this class puts back.
    void set(char const* name, char const* value) { ::setenv(name, value, 1); }

private:
    static constexpr std::array names{"E2B_API_KEY",   "E2B_API_URL",  "E2B_DOMAIN",    "E2B_DEBUG",
                                      "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY",   "https_proxy",
                                      "NO_PROXY",      "no_proxy",     "REQUEST_METHOD"};

    std::vector<std::pair<char const*, std::optional<std::string>>> before_;
};

} // namespace e2b::test
