#include "cli/options/groups.hpp"

#include "cli/options/makers.hpp"

#include <stdexcept>

namespace e2b::cli {
namespace {

// What a header says may be secret, and so is not repeated.
std::pair<std::string, std::string> parse_header(std::string const& given) {
    auto const colon = given.find(':');
    if (colon == std::string::npos || colon == 0)
        throw std::invalid_argument("must be 'NAME: VALUE'");
    auto const begin = given.find_first_not_of(' ', colon + 1);
    auto const end = given.find_last_not_of(' ') + 1;
    return {given.substr(0, colon), begin < end ? given.substr(begin, end - begin) : ""};
}

} // namespace

OptionGroup connection_group(SendOptions& options) {
    OptionGroup group{"Connection", {}};
    group.options = {
        text_option("--api-url", "URL", "Where the API is.", options.api_url,
                    "E2B_API_URL, or https://api.e2b.app"),
        text_option("--api-key-file", "FILE", "A file that holds the API key and nothing else.",
                    options.api_key_file, "E2B_API_KEY"),
        text_option("--ca-file", "FILE", "Trust the certificates in this PEM file instead of the system's.",
                    options.ca_file, "SSL_CERT_FILE"),
        duration_option("--connect-timeout", "How long opening a connection may take.",
                        options.connect_timeout, "10s"),
        count_option("--max-connections", "How many connections may be open at once.",
                     options.max_connections, "256, or as many as may be in flight"),
        {.name = "--header",
         .value = "'NAME: VALUE'",
         .help = "Send this header with each request, for servers with options of their own.",
         .set = [&options](std::string const& given) { options.headers.push_back(parse_header(given)); },
         .repeatable = true},
    };
    return group;
}

std::vector<Option> limits(SendOptions& options) {
    return {
        duration_option(
            "--timeout",
            "How long a request may take in all, with its retries; in bulk its waits do not count.",
            options.timeout, "300s"),
        duration_option("--attempt-timeout", "How long one attempt may take, once it has a connection.",
                        options.attempt_timeout, "90s"),
        duration_option(
            "--platform-time-limit",
            "How long the platform may be at work on a request that was sent; its response is waited for "
            "as long before the command ends.",
            options.platform_time_limit, "90s"),
        count_option("--max-attempts",
                     "How often a request may be sent where the platform was not reached, or refused it; "
                     "in bulk, being refused as busy does not count.",
                     options.max_attempts, "4", 1, 100),
    };
}

OptionGroup output_group(SendOptions& options, char const* default_format) {
    OptionGroup group{"Output", {}};
    group.options = {
        choice_option("--output", "FORMAT", "json, a line of JSON for each result, or text.", options.output,
                      Words<OutputFormat>{{"json", OutputFormat::json}, {"text", OutputFormat::text}},
                      default_format),
        flag_option("--verbose", "Tell of each attempt on stderr.", options.verbose),
    };
    return group;
}

std::vector<Option> selection(Selection& selection) {
    Option metadata{
        .name = "--metadata",
        .value = "KEY=VALUE",
        .help = "Only sandboxes whose metadata has exactly this; all that are given must match.",
        .set = [&selection](std::string const& given) { selection.metadata.push_back(parse_pair(given)); },
        .repeatable = true};
    auto const add_states = [&selection](std::string const& given) {
        for (std::size_t begin = 0; begin <= given.size();) {
            auto const end = std::min(given.find(',', begin), given.size());
            auto const state = given.substr(begin, end - begin);
            if (state.empty()) // others than the two are the platform's to know
                throw not_one_of(state, {"running", "paused"});
            selection.states.push_back(state);
            begin = end + 1;
        }
    };
    Option states{.name = "--state",
                  .value = "STATE",
                  .help = "Only sandboxes in this state: running, paused, or both with a comma between.",
                  .standard = "both",
                  .set = add_states,
                  .repeatable = true,
                  .choices = {"running", "paused"}};
    return {std::move(metadata), std::move(states),
            text_option("--template", "TEMPLATE", "Only sandboxes made from this template, by id or alias.",
                        selection.template_id)};
}

Option settle(std::optional<std::chrono::nanoseconds>& target) {
    return duration_option("--settle", "Ask what became of a request so long after it began, at most 24h.",
                           target, "the --platform-time-limit", std::chrono::hours(24));
}

Option kind(SnapshotKind& target) {
    return {.name = "--filesystem-only",
            .help = "Leave the memory out: such snapshots are small and hold no secrets of the memory, and "
                    "sandboxes made of them boot from cold.",
            .set = [&target](std::string const&) { target = SnapshotKind::filesystem; }};
}

std::vector<std::string> exit_codes(std::string const& success, std::string const& failure) {
    return {"0 " + success, "1 " + failure,
            "2 an argument or the configuration was refused, and nothing was sent", "130 interrupted"};
}

} // namespace e2b::cli
