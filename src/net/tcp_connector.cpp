#include "net/tcp_connector.hpp"

#include "core/no_proxy.hpp"
#include "core/proxy_url.hpp"
#include "core/secret.hpp"
#include "core/tunnel.hpp"
#include "core/url.hpp"
#include "net/tcp_connection.hpp"

#include <string>
#include <utility>
#include <vector>

namespace e2b::net {

TcpConnector::TcpConnector(Strand strand, Timers& timers, ClientConfig const& config, Resolver::Lookup lookup)
    : origin_{.timers = timers,
              .poller = std::make_shared<SocketPoller>(strand),
              .resolver = nullptr,
              .addresses = {},
              .tls = nullptr,
              .tunnel_request = {},
              .proxy = {},
              .loopback_only = false,
              .connect_timeout = config.connect_timeout,
              .is_timed = config.observer != nullptr || config.log != nullptr} {
    auto const url = core::parse_base_url(config.base_url);
    auto host = url.host;
    auto port = url.port;
    origin_.loopback_only = !url.tls && !config.allow_plain_http;
    bool const proxied =
        url.tls && !config.proxy.url.empty() && !core::bypasses_proxy(config.proxy.no_proxy, url);
    if (proxied) {
        auto const proxy = core::parse_proxy_url(config.proxy.url);
        origin_.tunnel_request = core::tunnel_request(url, proxy);
        host = proxy.host;
        port = proxy.port;
        bool const is_v6 = host.find(':') != std::string::npos;
        origin_.proxy = (is_v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
    }
    origin_.resolver = std::make_unique<Resolver>(strand, timers, std::move(host), port, std::move(lookup));
    if (url.tls)
        origin_.tls = std::make_unique<TlsContext>(config.tls, url.host, url.is_ip_literal);
}

TcpConnector::~TcpConnector() {
    core::wipe(origin_.tunnel_request);
}

ConnectionPtr TcpConnector::make(ConnectionOwner& owner) {
    return ConnectionPtr(new TcpConnection(origin_, owner));
}

std::vector<std::string> TcpConnector::warnings() const {
    return origin_.tls ? origin_.tls->warnings() : std::vector<std::string>();
}

void TcpConnector::stop() noexcept {
    origin_.resolver->stop();
    origin_.poller->stop();
}

} // namespace e2b::net
