#pragma once

#include "net/origin.hpp"
#include "net/transport.hpp"

#include <e2b/config.hpp>

namespace e2b::net {

// Opens connections to the API of a configuration, through its proxy if it has one.
class TcpConnector final : public Connector {
public:
    // Throws ConfigError for files and texts of `config.tls` that cannot be used.
    TcpConnector(Strand strand, Timers& timers, ClientConfig const& config,
                 Resolver::Lookup lookup = Resolver::system_lookup);
    ~TcpConnector() override;

    ConnectionPtr make(ConnectionOwner& owner) override;
    std::vector<std::string> warnings() const override;
    void stop() noexcept override;

private:
    Origin origin_;
};

} // namespace e2b::net
