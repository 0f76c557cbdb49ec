#pragma once

#include <e2b/client.hpp>

#include <memory>
#include <utility>

namespace e2b::inline v0::detail {

using EnginePtr = std::shared_ptr<engine::Engine>;

struct ClientAccess {
    // Errors: throws `std::logic_error` for a client that was moved from.
    static EnginePtr const& engine_of(Client const& client) { return client.engine(); }
    static Client client_of(EnginePtr engine) noexcept { return Client(std::move(engine)); }
    static void let_go(Client& client) noexcept { client.engine_.reset(); }
};

// Another client on the same engine, which may outlive the first and does not close it.
class SharedClient {
public:
    explicit SharedClient(EnginePtr engine) noexcept : client_(ClientAccess::client_of(std::move(engine))) {}
    SharedClient(SharedClient&&) noexcept = default;
    SharedClient& operator=(SharedClient&&) = delete;
    ~SharedClient() { ClientAccess::let_go(client_); }

    [[nodiscard]] Client& operator*() noexcept { return client_; }

private:
    Client client_;
};

} // namespace e2b::inline v0::detail
