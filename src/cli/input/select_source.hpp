#pragma once

#include "cli/basics/stoppable.hpp"
#include "cli/input/source.hpp"

#include <e2b/client.hpp>

#include <string>
#include <vector>

namespace e2b::cli {

// The sandboxes that the platform lists for a query. All pages are read before the first item is handed out,
// as a sandbox that is being snapshotted is not listed.
class SelectSource final : public Source {
public:
    SelectSource(Client& client, SandboxQuery query, SnapshotKind kind)
        : client_(client),
          query_(std::move(query)),
          kind_(kind) {}

    // Throws SnapshotError where the list cannot be had.
    boost::asio::awaitable<std::optional<Item>> next() override;
    void stop() override { listing_.stop(); }
    [[nodiscard]] bool finite() const noexcept override { return listed_; }
    [[nodiscard]] std::optional<double> progress() const override;

private:
    boost::asio::awaitable<void> list();

    Client& client_;
    SandboxQuery query_;
    SnapshotKind kind_;
    std::vector<std::string> ids_;
    std::size_t next_ = 0;
    bool listed_ = false;
    Stoppable listing_;
};

} // namespace e2b::cli
