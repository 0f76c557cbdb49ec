// The README's examples, compiled and run: what stands between `// [name` and `// name]` is shown there as it
// is.
// [includes
#include <e2b/e2b.hpp>
#include <e2b/simulator.hpp> // in tests

#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;
// includes]

#include "readme/snippets.hpp"

// [coroutine
asio::awaitable<void> nightly(e2b::Client& client, std::string sandbox) {
    auto const result = co_await client.try_create_snapshot(sandbox);
    if (result)
        std::cout << "created " << result->snapshot_id << '\n';
    else if (result.outcome() == e2b::Outcome::unknown)
        std::cout << "there may be a snapshot: " << result.error() << '\n';
    else
        std::cout << "there is no snapshot: " << result.error() << '\n';
}
// coroutine]

// [main
asio::awaitable<void> snapshot_all(e2b::Client& client, std::vector<std::string> sandboxes) {
    for (auto const& sandbox : sandboxes)
        co_await nightly(client, sandbox);
    co_await client.close(); // idle connections would keep the io_context running
}

void snapshot_fleet(e2b::ClientConfig config, std::vector<std::string> sandboxes) {
    asio::io_context context;
    e2b::Client client(context.get_executor(), std::move(config));
    asio::co_spawn(context, snapshot_all(client, std::move(sandboxes)), asio::detached);
    context.run();
}
// main]

// [throwing
asio::awaitable<std::string> named_snapshot(e2b::Client& client, std::string sandbox) {
    e2b::SnapshotRequest const request(sandbox, "nightly:v1");
    try {
        e2b::SnapshotInfo const info = co_await client.create_snapshot(request);
        co_return info.snapshot_id;
    } catch (e2b::SnapshotError const& error) {
        if (error.code() == e2b::Errc::not_found)
            co_return "the sandbox is gone";
        throw;
    }
}
// throwing]

// [many
asio::awaitable<void> snapshot_together(e2b::Client& client, std::vector<std::string> sandboxes) {
    auto const executor = co_await asio::this_coro::executor;
    // The client queues what is over ClientConfig::max_connections.
    for (auto const& sandbox : sandboxes)
        asio::co_spawn(executor, nightly(client, sandbox), asio::detached);
}
// many]

// [fleet
asio::awaitable<std::size_t> whole_fleet(e2b::Client& client, std::vector<std::string> sandboxes) {
    e2b::BulkOptions options;
    options.max_in_flight = 500; // fewer where the platform takes fewer
    options.on_result = [](e2b::BulkResult const& ended) {
        if (!ended.result)
            std::cerr << ended.item.request.sandbox_id << ": " << ended.result.error() << '\n';
    };
    e2b::BulkRun run(client, options);
    e2b::BulkProgress const done = co_await run.execute(std::move(sandboxes));
    co_return done.created;
}
// fleet]

// [lists
asio::awaitable<std::vector<std::string>> sandboxes_of(e2b::Client& client, std::string project) {
    e2b::SandboxQuery query;
    query.metadata = {{"project", project}};
    query.states = {"running"};
    std::vector<std::string> ids;
    e2b::SandboxPages pages(client, query);
    while (pages.has_next())
        for (auto const& sandbox : co_await pages.next())
            ids.push_back(sandbox.sandbox_id);
    co_return ids;
}
// lists]

// [lost
asio::awaitable<bool> is_made(e2b::Client& client, std::string sandbox) {
    auto const request = e2b::with_unique_tag({sandbox, "nightly"}); // such as nightly:u0123456789abcdef
    auto const result = co_await client.try_create_snapshot(request);
    if (result.outcome() != e2b::Outcome::unknown)
        co_return result.has_value();
    e2b::ReconcileRequest question(request, std::chrono::system_clock::now());
    question.uniqueness = e2b::NameUniqueness::tag;
    auto const answer = co_await e2b::reconcile(client, question);
    if (answer.finding == e2b::Reconciliation::Finding::unknown)
        std::cerr << "nobody can tell: " << answer.reason << '\n';
    co_return answer.finding == e2b::Reconciliation::Finding::created;
}
// lost]

// [filesystem
asio::awaitable<e2b::SnapshotInfo> template_of(e2b::Client& client, std::string sandbox) {
    e2b::SnapshotRequest request(sandbox, "base:v2");
    request.memory = e2b::SnapshotKind::filesystem;
    co_return co_await client.create_snapshot(request);
}
// filesystem]

// [options
asio::awaitable<e2b::Result<e2b::SnapshotInfo>> impatient(e2b::Client& client, std::string sandbox) {
    e2b::CallOptions options;
    options.timeout = std::chrono::minutes(2);
    options.retry = e2b::RetryPolicy();
    options.retry->max_attempts = 2;
    options.headers = {{"X-Pool", "spare"}}; // of servers with options of their own
    co_return co_await client.try_create_snapshot(sandbox, options);
}
// options]

// [cancel
void snapshot_until_told(asio::io_context& context, e2b::Client& client, std::string sandbox,
                         asio::cancellation_signal& stop) {
    asio::co_spawn(context, nightly(client, sandbox),
                   asio::bind_cancellation_slot(stop.slot(), asio::detached));
    // and at any time: stop.emit(asio::cancellation_type::terminal);
}
// cancel]

// [stop
asio::awaitable<void> serve_until_stopped(e2b::Client& client) {
    asio::signal_set stop(co_await asio::this_coro::executor, SIGINT, SIGTERM);
    co_await stop.async_wait(asio::use_awaitable);
    stop.clear(); // a second signal ends the process, and hangs up on what is committed
    co_await client.close();
}
// stop]

// [configuration
e2b::ClientConfig production() {
    auto config = e2b::ClientConfig::from_environment(); // E2B_API_KEY and others
    config.proxy_from_environment();
    config.timeout = std::chrono::minutes(10);
    config.max_connections = 500;
    return config;
}
// configuration]

// [observer
class SlowCalls : public e2b::ClientObserver {
public:
    void on_attempt(e2b::AttemptReport const& report) override {
        using Seconds = std::chrono::duration<double>;
        auto const& took = report.timings;
        if (took.pool_wait + took.total > std::chrono::seconds(30))
            std::cerr << "call " << report.call_id << ", " << report.request.operation << " of "
                      << report.sandbox_id << ", attempt " << report.attempt << ": waited "
                      << Seconds(took.pool_wait).count() << " s for a connection and "
                      << Seconds(took.first_byte).count() << " s for the platform, trace "
                      << e2b::printable(report.trace_id) << '\n';
    }
    // What each attempt has besides, as tracing needs it.
    void on_attempt_start(e2b::AttemptStart const&, e2b::AttemptHeaders& headers) override {
        headers.add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    }
};

e2b::ClientConfig watched(e2b::ClientConfig config) {
    config.observer = std::make_shared<SlowCalls>();
    config.log = [](e2b::LogRecord const& record) {
        std::cerr << to_string(record.level) << " " << record.component << ": " << record.message;
        for (auto const& [key, value] : record.fields)
            std::cerr << " " << key << "=" << value;
        std::cerr << '\n';
    };
    return config;
}
// observer]

// [simulator
e2b::ClientConfig for_tests(e2b::Simulator const& simulator) {
    e2b::ClientConfig config;
    config.base_url = simulator.url();
    config.api_key = simulator.api_key();
    config.tls.ca_pem = simulator.ca_pem();
    return config;
}
// simulator]
