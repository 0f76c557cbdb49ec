#include "fault/caller.hpp"

#include "engine/create_snapshot.hpp"
#include "engine/initiate.hpp"
#include "net/system_time.hpp"
#include "net/tcp_connector.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/post.hpp>
#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace e2b::test {

namespace asio = boost::asio;

Identity const& authority() {
    static Identity const made = make_authority();
    return made;
}

ServerTls trusted() {
    static Identity const made = issue_for(authority(), std::string("DNS:") + host);
    return ServerTls(made);
}

std::string response(unsigned status, std::string const& body, std::string const& fields) {
    return "HTTP/1.1 " + std::to_string(status) + " Text\r\n" + fields +
           "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

std::string created() {
    return response(201, created_body);
}

void serve_once(Peer& peer) {
    peer.read_request();
    peer.send(created());
}

void serve_well(Peer& peer) {
    for (;;)
        serve_once(peer);
}

void serve_well_over_tls(Peer& peer) {
    peer.handshake();
    serve_well(peer);
}

ClientConfig config_for(ByteServer const& server, std::string const& name) {
    ClientConfig config;
    config.base_url = "https://" + name + ":" + std::to_string(server.port());
    config.api_key = api_key;
    config.tls.ca_pem = authority().certificate;
    config.retry.base_backoff = std::chrono::milliseconds(1);
    return config;
}

ClientConfig plain_config_for(ByteServer const& server) {
    ClientConfig config;
    config.base_url = "http://127.0.0.1:" + std::to_string(server.port());
    config.api_key = api_key;
    return config;
}

void serve_once_and_close(Peer& peer) {
    peer.handshake();
    peer.read_request();
    peer.send(response(201, created_body, "Connection: close\r\n"));
    peer.end(Ending::close_notify);
}

void Cue::await(Peer const& peer) const {
    peer.wait_until([this] { return given_.load(); });
}

void Cue::give() {
    given_ = true;
    if (!done_.try_acquire_for(std::chrono::seconds(60)))
        throw std::runtime_error("the script does not do what the test waits for");
}

net::Resolver::Lookup to_loopback(std::vector<std::uint16_t> ports) {
    return [ports](std::string const&, std::uint16_t port) {
        net::Resolved resolved;
        for (auto const each : ports.empty() ? std::vector{port} : ports)
            resolved.endpoints.emplace_back(asio::ip::address_v4::loopback(), each);
        return resolved;
    };
}

namespace {

// With this variable set all tests run with errors of others in OpenSSL's queue, which belongs to the thread:
// the client must neither take them for its own nor be disturbed by them.
void leave_errors_of_others() {
    static bool const wanted = std::getenv("E2B_TEST_ERRORS_OF_OTHERS") != nullptr;
    if (wanted)
        leave_error_of_another();
}

void run_ready(asio::io_context& context) {
    context.restart();
    do
        leave_errors_of_others();
    while (context.poll_one() != 0);
}

std::size_t open_descriptors() {
    std::filesystem::directory_iterator const entries("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

} // namespace

NoDescriptorLeak::NoDescriptorLeak() : before_(open_descriptors()) {}

NoDescriptorLeak::~NoDescriptorLeak() {
    CHECK(open_descriptors() == before_);
}

Caller::Caller(ClientConfig config, Clock clock, net::Resolver::Lookup lookup)
    : is_manual_(clock == Clock::manual),
      context_(std::make_unique<asio::io_context>(1)) {
    config.observer = observer_;
    config.log = [this](LogRecord const& record) {
        for (auto const& [key, value] : record.fields)
            if (record.component == "connection" && key.ends_with("_ms"))
                dial_times_ += std::string(key) + '=' + std::string(value) + ' ';
    };
    engine_ = std::make_shared<engine::Engine>(context_->get_executor(), std::move(config));
    engine::EngineParts parts;
    if (is_manual_)
        parts.time = manual_.make_source();
    else
        parts.time = std::make_unique<net::SystemTime>(engine_->strand());
    parts.make_connector = [&](net::Timers& timers) {
        return std::make_unique<net::TcpConnector>(engine_->strand(), timers, engine_->config(), lookup);
    };
    engine_->assemble(std::move(parts));
}

Caller::~Caller() {
    bool const context_dropped = context_ == nullptr;
    if (!context_dropped) {
        abort();
        auto const now = stats();
        CHECK(now.open == 0);
        CHECK(now.waiting == 0);
        CHECK(now.in_flight == 0);
    }
    for (auto const& call : calls_)
        CHECK(call.completions == (context_dropped && !call.result ? 0U : 1U));
    std::weak_ptr<engine::Engine> const engine = engine_;
    engine_.reset();
    CHECK(engine.expired());
}

Caller::Call& Caller::start(SnapshotRequest request, CallOptions options) {
    auto& call = calls_.emplace_back();
    auto run = [](engine::Engine& on, SnapshotRequest what, CallOptions with,
                  Call& started) -> asio::awaitable<void> {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        engine::CreateSnapshot snapshot(std::move(what), std::move(with));
        started.result.emplace(co_await engine::initiate(on.shared_from_this(), std::move(snapshot)));
    };
    asio::co_spawn(*context_, run(*engine_, std::move(request), std::move(options), call),
                   asio::bind_cancellation_slot(call.signal.slot(), [&call](std::exception_ptr problem) {
                       ++call.completions;
                       if (problem)
                           std::rethrow_exception(problem);
                   }));
    poll();
    return call;
}

Result<SnapshotInfo> const& Caller::finish(Call& call) {
    run_until([&] {
        poll();
        auto const now = stats();
        if (is_manual_ && !call.result && now.dialing == 0 && now.leased == 0)
            if (auto const due = manual_.armed())
                engine_->strand().run([this, at = *due] { manual_.turn_to(at); });
        return call.completions != 0;
    });
    return *call.result;
}

void Caller::poll() {
    on_strand([] {});
}

// A look-up's thread may have taken the strand without having posted to the context yet. That the context has
// nothing to do says something only once the function has run.
void Caller::on_strand(std::function<void()> const& function) {
    run_ready(*context_);
    bool done = false;
    engine_->strand().run([&] {
        function();
        done = true;
    });
    run_until([&] { return done; });
    run_ready(*context_);
}

void Caller::run_until(std::function<bool()> const& done) {
    test::run_until(*context_, done);
}

void Caller::advance(core::Duration by) {
    on_strand([&] { manual_.turn_to(manual_.now() + by); });
}

std::optional<core::Duration> Caller::next_due() const {
    auto const at = manual_.armed();
    return at ? std::optional(*at - manual_.now()) : std::nullopt;
}

void Caller::cancel(Call& call, asio::cancellation_type type) {
    call.signal.emit(type);
    poll();
}

bool Caller::connects_failed_with(Errc error) const {
    auto const& all = connect_failures();
    return !all.empty() &&
           std::ranges::all_of(all, [error](auto const& each) { return each.error == error; });
}

void Caller::abort() {
    on_strand([this] { engine_->abort(); });
}

void Caller::drop_context() {
    context_.reset();
}

void leave_error_of_another() {
    ERR_raise(ERR_LIB_SSL, SSL_R_TLSV1_ALERT_UNKNOWN_CA);
}

void run_until(asio::io_context& context, std::function<bool()> const& done) {
    auto const give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done()) {
        if (std::chrono::steady_clock::now() > give_up)
            throw std::runtime_error("what the test waits for does not happen");
        context.restart();
        leave_errors_of_others();
        context.run_one_for(std::chrono::milliseconds(5));
    }
}

std::string describe(Result<SnapshotInfo> const& result) {
    std::string text(to_string(result.outcome()));
    if (result)
        return text;
    auto const& failure = result.error();
    text.append(" ").append(to_string(failure.error));
    text.append(" ").append(to_string(failure.phase));
    if (failure.http_status != 0)
        text.append(" ").append(std::to_string(failure.http_status));
    return text;
}

} // namespace e2b::test
