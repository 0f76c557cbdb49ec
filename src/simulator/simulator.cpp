#include "simulator/server.hpp"
#include "simulator/template_name.hpp"

#include <e2b/simulator.hpp>

#include <algorithm>
#include <mutex>
#include <random>
#include <stdexcept>

namespace e2b {
namespace {

void require(bool holds, char const* problem) {
    if (!holds)
        throw std::invalid_argument(problem);
}

// Sums of a few of these don't overflow.
bool allowed(std::chrono::nanoseconds duration) noexcept {
    return duration >= std::chrono::nanoseconds(0) && duration <= std::chrono::hours(24 * 365);
}

void validate(SimulatorOptions const& options) {
    using std::chrono::nanoseconds;
    auto const printable = [](char c) { return c > ' ' && c <= '~'; };
    auto const team = sim::TemplateName::parse(options.team);
    require(options.threads >= 1 && options.threads <= sim::Worker::max_workers,
            "SimulatorOptions::threads must be 1 to 64");
    require(std::ranges::all_of(options.api_key, printable),
            "SimulatorOptions::api_key must be printable ASCII");
    require(team && !team->team && team->alias == options.team,
            "SimulatorOptions::team must be made of [a-z0-9_-]");
    require(options.sandboxes <= 1'000'000, "SimulatorOptions::sandboxes must be at most 1'000'000");
    require(options.nodes >= 1 && options.nodes <= 1'000'000,
            "SimulatorOptions::nodes must be 1 to 1'000'000");
    require(options.node_weights.empty() || options.node_weights.size() == options.nodes,
            "SimulatorOptions::node_weights must be one for each node, or none");
    require(std::ranges::all_of(options.node_weights, [](double each) { return each >= 0 && each < 1e9; }) &&
                (options.node_weights.empty() ||
                 std::ranges::any_of(options.node_weights, [](double each) { return each > 0; })),
            "SimulatorOptions::node_weights must be 0 to 1e9, and one of them more than 0");
    require(std::ranges::all_of(options.drains,
                                [&](SimulatorDrain const& each) {
                                    return each.node < options.nodes && allowed(each.from) &&
                                           allowed(each.length);
                                }),
            "SimulatorOptions::drains must be of nodes that exist, and durations 0 to 365 days");
    require(options.slow_share >= 0 && options.slow_share <= 1,
            "SimulatorOptions::slow_share must be 0 to 1");
    require(options.rate_window > nanoseconds(0), "SimulatorOptions::rate_window must be more than 0");
    require(options.rate_limit <= static_cast<std::uint64_t>(options.rate_window.count()),
            "SimulatorOptions::rate_limit must be at most one request per nanosecond");
    require(options.keep_alive > nanoseconds(0), "SimulatorOptions::keep_alive must be more than 0");
    for (auto const duration :
         {options.queue_timeout, options.latency, options.latency_spread, options.slow_latency,
          options.rate_window, options.request_timeout, options.write_timeout, options.balancer_timeout,
          options.keep_alive, options.negative_alias_cache, options.status_delay})
        require(allowed(duration), "SimulatorOptions: durations must be 0 to 365 days");
}

std::string make_key() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device random;
    std::string key = "e2b_";
    for (int i = 0; i < 40; ++i)
        key.push_back(digits[random() % digits.size()]);
    return key;
}

} // namespace

class Simulator::Impl {
public:
    explicit Impl(SimulatorOptions const& options)
        : key(options.api_key),
          manual_time(options.manual_time),
          server(options) {}

    // What is done to a sandbox: false for one that is unknown or dead.
    template <class F>
    bool with_sandbox(std::string_view id, F f) {
        return server.dispatcher().with([&](sim::Api& api, sim::Instant now) {
            auto const sandbox = api.platform().find_sandbox(id, now);
            return sandbox && f(api.platform(), *sandbox, now);
        });
    }

    template <class F>
    auto with(F f) {
        return server.dispatcher().with([&](sim::Api& api, sim::Instant) { return f(api); });
    }

    std::string key;
    bool manual_time;
    sim::Server server;
    std::once_flag stopped;
};

Simulator::Simulator(SimulatorOptions options) {
    validate(options);
    if (options.api_key.empty())
        options.api_key = make_key();
    impl_ = std::make_unique<Impl>(options);
}

Simulator::~Simulator() {
    stop();
}

void Simulator::stop() {
    std::call_once(impl_->stopped, [this] { impl_->server.stop(); });
}

std::string Simulator::url() const {
    return impl_->server.url();
}

std::uint16_t Simulator::port() const noexcept {
    return impl_->server.port();
}

std::string const& Simulator::ca_pem() const noexcept {
    return impl_->server.ca_pem();
}

std::string const& Simulator::api_key() const noexcept {
    return impl_->key;
}

std::vector<std::string> Simulator::sandbox_ids() const {
    return impl_->with([](sim::Api& api) {
        std::vector<std::string> ids;
        sim::SandboxStore const& sandboxes = api.platform().sandboxes();
        for (sim::SandboxIndex i = 0; i < sandboxes.size(); ++i) {
            if (!sandboxes[i].dead())
                ids.push_back(sandboxes.id(i));
        }
        return ids;
    });
}

std::vector<std::string> Simulator::lost_sandboxes() const {
    return impl_->with([](sim::Api& api) {
        std::vector<std::string> ids;
        sim::SandboxStore const& sandboxes = api.platform().sandboxes();
        for (sim::SandboxIndex i = 0; i < sandboxes.size(); ++i) {
            if (sandboxes[i].lost && !sandboxes[i].dead())
                ids.push_back(sandboxes.id(i));
        }
        return ids;
    });
}

bool Simulator::is_alive(std::string_view id) const {
    return impl_->with_sandbox(id, [](sim::Platform& platform, sim::SandboxIndex sandbox, sim::Instant) {
        return !platform.sandboxes()[sandbox].lost;
    });
}

std::vector<SimulatedSnapshot> Simulator::snapshots() const {
    return impl_->with([](sim::Api& api) { return api.records(); });
}

SimulatorStats Simulator::stats() const {
    sim::Counters const& counters = impl_->server.counters();
    SimulatorStats stats;
    stats.connections_accepted = counters.accepted;
    stats.connections_open = counters.open;
    stats.handshakes = counters.handshakes;
    stats.handshakes_resumed = counters.handshakes_resumed;
    stats.handshakes_failed = counters.handshakes_failed;
    stats.requests = counters.requests;
    std::ranges::copy(counters.answers, std::begin(stats.answers));
    impl_->with([&stats](sim::Api& api) {
        stats.snapshots = api.platform().templates().made().size();
        stats.snapshots_cancelled = api.platform().cancelled();
        stats.sandboxes_lost = api.platform().lost();
        stats.faults = api.faults_struck();
    });
    return stats;
}

std::uint64_t Simulator::requests(SimulatorEndpoint endpoint) const {
    return impl_->with([endpoint](sim::Api& api) { return api.requests(endpoint); });
}

std::uint64_t Simulator::requests(std::string_view sandbox_id) const {
    return impl_->with([sandbox_id](sim::Api& api) -> std::uint64_t {
        auto const sandbox = api.platform().sandboxes().find(sandbox_id);
        return sandbox ? api.platform().sandboxes()[*sandbox].requests : 0;
    });
}

std::size_t Simulator::in_flight() const {
    return impl_->with([](sim::Api& api) { return api.platform().in_flight(); });
}

bool Simulator::wait_for_in_flight(std::size_t count, std::chrono::nanoseconds timeout) const {
    return impl_->server.dispatcher().wait_for_in_flight(count, timeout);
}

std::string Simulator::add_sandbox(std::string_view id,
                                   std::vector<std::pair<std::string, std::string>> metadata) {
    return impl_->server.dispatcher().with([&](sim::Api& api, sim::Instant now) {
        sim::Platform& platform = api.platform();
        auto const base = platform.base_template();
        return platform.sandboxes().id(
            platform.add_sandbox(base, std::move(metadata), std::nullopt, now, id));
    });
}

void Simulator::add_template(std::string_view alias) {
    auto const name = sim::TemplateName::parse(alias);
    require(name && !name->team && name->alias == alias, "the alias must be made of [a-z0-9_-]");
    impl_->server.dispatcher().with([&](sim::Api& api, sim::Instant now) {
        require(api.platform().add_template(std::string(alias), now), "the alias is taken");
    });
}

bool Simulator::pause_sandbox(std::string_view id) {
    return impl_->with_sandbox(id, [](sim::Platform& platform, sim::SandboxIndex sandbox, sim::Instant) {
        return platform.pause(sandbox);
    });
}

bool Simulator::resume_sandbox(std::string_view id) {
    return impl_->with_sandbox(id, [](sim::Platform& platform, sim::SandboxIndex sandbox, sim::Instant) {
        return platform.resume(sandbox);
    });
}

bool Simulator::outdate_sandbox(std::string_view id) {
    return impl_->with_sandbox(id, [](sim::Platform& platform, sim::SandboxIndex sandbox, sim::Instant) {
        return platform.sandboxes()[sandbox].outdated = true;
    });
}

bool Simulator::kill_sandbox(std::string_view id) {
    return impl_->with_sandbox(id, [](sim::Platform& platform, sim::SandboxIndex sandbox, sim::Instant now) {
        return platform.kill(sandbox, now);
    });
}

void Simulator::fail_node(std::size_t node) {
    impl_->server.dispatcher().with(
        [node](sim::Api& api, sim::Instant now) { api.platform().fail_node(node, now); });
}

void Simulator::outdate_node(std::size_t node) {
    impl_->with([node](sim::Api& api) { api.platform().outdate_node(node); });
}

void Simulator::drain_node(std::size_t node, std::chrono::nanoseconds length) {
    require(allowed(length), "the length of a drain must be 0 to 365 days");
    impl_->server.dispatcher().with(
        [node, length](sim::Api& api, sim::Instant now) { api.platform().drain_node(node, now, length); });
}

bool Simulator::set_latency(std::string_view id, std::chrono::nanoseconds latency) {
    require(allowed(latency), "the latency must be 0 to 365 days");
    return impl_->with_sandbox(id,
                               [latency](sim::Platform& platform, sim::SandboxIndex sandbox, sim::Instant) {
                                   platform.sandboxes()[sandbox].latency = latency;
                                   return true;
                               });
}

void Simulator::set_latency(std::chrono::nanoseconds latency) {
    require(allowed(latency), "the latency must be 0 to 365 days");
    impl_->with([latency](sim::Api& api) { api.platform().set_latency(latency); });
}

void Simulator::block_team(bool blocked) {
    impl_->with([blocked](sim::Api& api) { api.block_team(blocked); });
}

void Simulator::script(std::string_view sandbox_id, SimulatorFault fault, std::size_t times) {
    impl_->with([&](sim::Api& api) { api.faults().script(sandbox_id, std::move(fault), times); });
}

void Simulator::script(SimulatorEndpoint endpoint, SimulatorFault fault, std::size_t times) {
    impl_->with([&](sim::Api& api) { api.faults().script(endpoint, std::move(fault), times); });
}

void Simulator::disturb(double probability, SimulatorFault fault, SimulatorEndpoint endpoint) {
    impl_->with([&](sim::Api& api) { api.faults().disturb(probability, std::move(fault), endpoint); });
}

void Simulator::clear_faults() {
    impl_->with([](sim::Api& api) { api.faults().clear(); });
}

void Simulator::close_idle_connections() {
    impl_->server.close_idle_connections();
}

void Simulator::reset_connections() {
    impl_->server.reset_connections();
}

void Simulator::advance(std::chrono::nanoseconds duration) {
    if (!impl_->manual_time)
        throw std::logic_error("Simulator::advance needs SimulatorOptions::manual_time");
    require(allowed(duration), "the time must be moved by 0 to 365 days");
    impl_->server.advance(duration);
}

} // namespace e2b
