// The programs that these tests run, each with the configuration that they need.
#pragma once

#include "fault/peers/program.hpp"
#include "support/test_ca.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace e2b::test {

/// Signs the programs' certificates, and those of clients that they let in.
[[nodiscard]] Identity const& authority();

/// What speaks TLS for a server that speaks plain http.
struct FrontOptions {
    explicit FrontOptions(std::uint16_t upstream_port) : upstream(upstream_port) {}

    std::uint16_t upstream;
    /// The only version of TLS, 2 or 3 for 1.2 or 1.3; 0 = both.
    unsigned only_tls_1 = 0;
    bool wants_client_certificate = false;
    /// Then it closes the connection (nginx only).
    unsigned requests_per_connection = 1'000;
};

/// The log has a line for each request: method, protocol, status.
[[nodiscard]] Program start_nginx(std::string const& path, FrontOptions const& options);
[[nodiscard]] Program start_haproxy(std::string const& path, FrontOptions const& options);
[[nodiscard]] Program start_stunnel(std::string const& path, FrontOptions const& options);

/// A proxy that opens tunnels for those who know the password.
[[nodiscard]] Program start_tinyproxy(std::string const& path, std::string const& user,
                                      std::string const& password);

[[nodiscard]] Program start_s_server(std::string const& path, std::vector<std::string> const& options);
[[nodiscard]] Program start_gnutls_serv(std::string const& path, std::vector<std::string> const& options);

} // namespace e2b::test
