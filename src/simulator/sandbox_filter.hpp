#pragma once

#include "simulator/instant.hpp"
#include "simulator/sandbox_store.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace e2b::sim {

class Query;

/// Which sandboxes a list shows, and in which order. Those that are being snapshotted are never shown.
struct SandboxFilter {
    bool running = true;
    bool paused = true;
    /// Each of these a sandbox must have.
    Metadata metadata;
    bool ascending = false;               ///< By start; newest first otherwise.
    std::optional<Instant> started_after; ///< Or at that very moment.
    std::optional<TemplateIndex> template_index;

    /// Takes `state`, `metadata` and `order` over; what is wrong with them otherwise.
    [[nodiscard]] std::optional<std::string_view> read(Query const& query);

    [[nodiscard]] bool matches(Sandbox const& sandbox) const;
};

struct SandboxPage {
    std::vector<SandboxIndex> rows;
    bool more = false;
    std::size_t total_running = 0; ///< Of all that match, on this page or not.
};

/// The page after `last`.
[[nodiscard]] SandboxPage list_sandboxes_page(SandboxStore const& sandboxes, SandboxFilter const& filter,
                                              std::optional<SandboxIndex> last, std::size_t limit);

} // namespace e2b::sim
