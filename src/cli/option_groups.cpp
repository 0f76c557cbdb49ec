#include "cli/option_groups.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <map>

namespace e2b::cli {
namespace {

std::pair<std::string, std::string> parse_pair(std::string const& text) {
    auto const middle = text.find('=');
    if (middle == std::string::npos || middle == 0)
        throw std::invalid_argument("'" + text + "' is not KEY=VALUE");
    return {text.substr(0, middle), text.substr(middle + 1)};
}

// What a header says may be secret, and so is not repeated.
std::pair<std::string, std::string> parse_header(std::string const& text) {
    auto const colon = text.find(':');
    if (colon == std::string::npos || colon == 0)
        throw std::invalid_argument("must be 'NAME: VALUE'");
    auto const begin = text.find_first_not_of(' ', colon + 1);
    auto const end = text.find_last_not_of(' ') + 1;
    return {text.substr(0, colon), begin < end ? text.substr(begin, end - begin) : ""};
}

void add_endpoint(CLI::App& app, SendOptions& options) {
    app.add_option("--api-url", options.api_url, "The API's URL (E2B_API_URL, or https://api.e2b.app)")
        ->type_name("URL");
    app.add_option("--api-key-file", options.api_key_file,
                   "A file whose content is the API key (E2B_API_KEY)")
        ->type_name("FILE");
    app.add_option("--ca-file", options.ca_file,
                   "Trust the certificates in this PEM file instead of the system's (SSL_CERT_FILE)")
        ->type_name("FILE");
    auto const add_header = [&options](std::string const& text) {
        options.headers.push_back(parse_header(text));
    };
    add_repeatable(app, "--header", add_header,
                   "Send this header with each request, for servers with options of their own; may be given "
                   "again")
        ->type_name("'NAME: VALUE'");
}

} // namespace

CLI::Option* add_settle(CLI::App& app, std::optional<std::chrono::nanoseconds>& settle) {
    auto const set = [&settle](std::string const& text) {
        auto const value = parse_duration(text);
        if (value > longest_settle)
            throw std::invalid_argument("'" + text + "' is longer than 24h");
        settle = value;
    };
    return app
        .add_option_function<std::string>(
            "--settle", explained("--settle", set),
            "How long after it began the platform may be at work on a request, up to 24h (90s, or "
            "--platform-time-limit)")
        ->type_name("DURATION");
}

void add_kind(CLI::App& app, SnapshotKind& kind) {
    app.add_flag_callback(
        "--filesystem-only", [&kind] { kind = SnapshotKind::filesystem; },
        "Without the memory: small, without its secrets, and what is made of it boots from cold");
}

CLI::Option* add_repeatable(CLI::App& app, std::string const& name,
                            std::function<void(std::string const&)> each, std::string const& help) {
    auto const set = [each = explained(name, std::move(each))](std::vector<std::string> const& texts) {
        for (auto const& text : texts)
            each(text);
    };
    return app.add_option_function<std::vector<std::string>>(name, set, help)->allow_extra_args(false);
}

void add_output(CLI::App& app, SendOptions& options) {
    static std::map<std::string, OutputFormat> const formats{{"json", OutputFormat::json},
                                                             {"text", OutputFormat::text}};
    auto const set = [&options](std::string const& text) { options.output = formats.at(text); };
    app.add_option_function<std::string>(
           "--output", set, "json (a line for each sandbox) or text; default: text on a terminal, else json")
        ->check(CLI::IsMember({"json", "text"}))
        ->type_name("FORMAT");
    app.add_flag("--verbose", options.verbose, "Tell of each attempt on stderr");
}

void add_limits(CLI::App& app, SendOptions& options) {
    add_duration(app, "--timeout", options.timeout, "For a whole call, its retries included (300s)");
    add_duration(app, "--attempt-timeout", options.attempt_timeout,
                 "For one attempt, once it has a connection (90s)");
    add_duration(app, "--connect-timeout", options.connect_timeout, "To open a connection (10s)");
    add_duration(app, "--platform-time-limit", options.platform_time_limit,
                 "How long the platform may be at work on a request that was sent, 1s to 1h (90s)");
    app.add_option("--max-attempts", options.max_attempts, "Attempts in all, where it is safe to repeat (4)")
        ->check(CLI::Range(1U, 100U).description(""))
        ->type_name("N");
    app.add_option("--max-connections", options.max_connections,
                   "Connections open at once (256, or the concurrency where that is more)")
        ->check(CLI::Range(std::size_t{1}, most).description(""))
        ->type_name("N");
}

void add_send(CLI::App& app, SendOptions& options) {
    add_endpoint(app, options);
    add_limits(app, options);
    add_output(app, options);
}

std::vector<CLI::Option*> add_selection(CLI::App& app, Selection& selection) {
    auto const add_pair = [&selection](std::string const& text) {
        selection.metadata.push_back(parse_pair(text));
    };
    auto* const metadata =
        add_repeatable(app, "--metadata", add_pair,
                       "Sandboxes whose metadata has this, exactly; again for more, all of which must match")
            ->type_name("KEY=VALUE");
    auto* const states = app.add_option("--state", selection.states, "running, paused or both (both)")
                             ->delimiter(',')
                             ->allow_extra_args(false)
                             ->check(CLI::IsMember({"running", "paused"}).description(""))
                             ->type_name("STATE");
    auto* const made_from =
        app.add_option("--template", selection.template_id, "Made from this template's id or alias")
            ->type_name("TEMPLATE");
    return {metadata, states, made_from};
}

} // namespace e2b::cli
