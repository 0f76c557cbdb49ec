#include "cli/session/settings_source.hpp"

#include "cli/basics/usage_error.hpp"
#include "cli/session/api_key_file.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace e2b::cli {
namespace {

// The first of these variables that is set.
std::string first_set(Variables const& variable, std::initializer_list<char const*> names) {
    for (auto const* name : names) {
        if (variable(name))
            return name;
    }
    return "";
}

std::string source_of(std::string const& field, SendOptions const& options, Variables const& variable) {
    if (field == "base_url")
        return options.api_url ? "--api-url"
                               : first_set(variable, {"E2B_API_URL", "E2B_DEBUG", "E2B_DOMAIN"});
    if (field == "api_key")
        return options.api_key_file ? "--api-key-file " + *options.api_key_file : "E2B_API_KEY";
    if (field == "tls.ca_file")
        return options.ca_file ? "--ca-file" : "SSL_CERT_FILE";
    if (field == "tls.ca_dir")
        return "SSL_CERT_DIR";
    if (field == "proxy.url")
        return first_set(variable, {"HTTPS_PROXY", "https_proxy"});
    if (field == "proxy.no_proxy")
        return first_set(variable, {"NO_PROXY", "no_proxy"});
    static constexpr std::array<std::pair<std::string_view, char const*>, 7> options_of{
        {{"timeout", "--timeout"},
         {"attempt_timeout", "--attempt-timeout"},
         {"connect_timeout", "--connect-timeout"},
         {"platform_time_limit", "--platform-time-limit"},
         {"max_connections", "--max-connections"},
         {"retry.max_attempts", "--max-attempts"},
         {"headers", "--header"}}};
    auto const found = std::ranges::find(options_of, field, &std::pair<std::string_view, char const*>::first);
    return found == options_of.end() ? "" : found->second;
}

} // namespace

std::optional<std::string> environment_variable(char const* name) {
    char const* const value = std::getenv(name);
    if (value == nullptr || *value == '\0')
        return std::nullopt;
    return value;
}

void check_variables(SendOptions const& options, Variables const& variable) {
    auto const domain = variable("E2B_DOMAIN");
    bool const domain_counts = !options.api_url && !variable("E2B_API_URL") && domain;
    if (domain_counts && domain->find('/') != std::string::npos)
        throw UsageError(
            "E2B_DOMAIN: must be a domain such as e2b.app, and is a URL; set E2B_API_URL to the URL "
            "instead");
    if (auto const key = variable("E2B_API_KEY"); key && !options.api_key_file) {
        if (auto const problem = find_key_problem(*key))
            throw UsageError("E2B_API_KEY: " + *problem);
    }
}

std::string explain(ConfigError const& error, SendOptions const& options, Variables const& variable) {
    std::string const text = error.what();
    std::string const field(error.field());
    auto const source = source_of(field, options, variable);
    // The library's text begins with the field's name.
    if (source.empty() || !text.starts_with(field + ':'))
        return text;
    auto result = source + text.substr(field.size());
    constexpr std::string_view for_programs = " (or allow_plain_http is set)";
    if (auto const at = result.find(for_programs); at != std::string::npos)
        result.erase(at, for_programs.size());
    return result;
}

std::string explain_filter(std::string const& problem) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> filters{
        {{"sandbox_id: ", "--sandbox: "},
         {"name: ", "--name: "},
         {"metadata: ", "--metadata: "},
         {"states: ", "--state: "},
         {"template_id: ", "--template: "}}};
    for (auto const& [field, option] : filters) {
        if (problem.starts_with(field))
            return std::string(option) + problem.substr(field.size());
    }
    return problem;
}

} // namespace e2b::cli
