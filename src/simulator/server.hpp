#pragma once

#include "simulator/clock.hpp"
#include "simulator/counters.hpp"
#include "simulator/dispatcher.hpp"
#include "simulator/listener.hpp"
#include "simulator/tls_context.hpp"
#include "simulator/worker.hpp"

#include <e2b/simulator.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace e2b::sim {

/// The API behind a listening socket: the threads, and what they share.
class Server {
public:
    /// Listens and begins to serve. Precondition: the options are valid, with a key.
    explicit Server(SimulatorOptions const& options);
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;
    ~Server();

    /// Cuts all connections and ends the threads. Once is enough.
    void stop();

    [[nodiscard]] Dispatcher& dispatcher() noexcept { return dispatcher_; }
    [[nodiscard]] Counters const& counters() const noexcept { return counters_; }
    [[nodiscard]] std::string const& url() const noexcept { return url_; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// Empty without TLS.
    [[nodiscard]] std::string const& ca_pem() const noexcept { return ca_pem_; }

    void close_idle_connections();
    void reset_connections();
    /// Precondition: the time is manual.
    void advance(std::chrono::nanoseconds duration);

private:
    void make_workers(SimulatorOptions const& options);

    Clock clock_;
    Counters counters_;
    Dispatcher dispatcher_;
    std::unique_ptr<TlsContext const> tls_;
    Listener listener_;
    std::string url_;
    std::uint16_t port_;
    std::string ca_pem_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<std::thread> threads_;
    std::size_t next_worker_ = 0;
};

} // namespace e2b::sim
