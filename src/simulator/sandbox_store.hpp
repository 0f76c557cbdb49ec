#pragma once

#include "simulator/dialect.hpp"
#include "simulator/id_codec.hpp"
#include "simulator/instant.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace e2b::sim {

using SandboxIndex = std::uint32_t;
using TemplateIndex = std::uint32_t;
inline constexpr std::uint32_t no_index = 0xffffffff;

enum class SandboxState { running, snapshotting, paused, killed };

using Metadata = std::vector<std::pair<std::string, std::string>>;

struct Sandbox {
    SandboxState state = SandboxState::running;
    bool outdated = false; ///< Its envd is too old for snapshots.
    bool lost = false;     ///< Its machine is gone, and its state does not show it.
    std::uint32_t node = 0;
    TemplateIndex template_index = 0; ///< What it was started from.
    Instant started_at{0};
    Instant end_at{0};
    Metadata metadata;

    std::optional<std::chrono::nanoseconds> latency; ///< Of its snapshots, where it differs from the rest.
    std::uint64_t call = 0;                          ///< The snapshot in flight, while snapshotting.
    std::uint64_t requests = 0;                      ///< How many asked for a snapshot of it.

    [[nodiscard]] bool dead() const noexcept { return state == SandboxState::killed; }
};

/// All sandboxes that ever were, in the order in which they were started.
class SandboxStore {
public:
    explicit SandboxStore(std::uint64_t seed, Dialect::Ids ids = Dialect::Ids::plain);

    /// Throws `std::invalid_argument` for an id that is not allowed or taken; empty makes one.
    SandboxIndex add(Sandbox sandbox, std::string_view id = {});

    /// The sandbox of this id, dead or alive. A `-clientID` after the id is ignored.
    [[nodiscard]] std::optional<SandboxIndex> find(std::string_view id) const;
    /// The id without the one suffix `-clientID` that old clients add.
    [[nodiscard]] static std::string_view without_client(std::string_view id) noexcept;
    /// Whether the text could be a sandbox's id at all.
    [[nodiscard]] bool valid_id(std::string_view id) const noexcept;

    [[nodiscard]] std::string id(SandboxIndex index) const;

    [[nodiscard]] Sandbox& operator[](SandboxIndex index) { return sandboxes_[index]; }
    [[nodiscard]] Sandbox const& operator[](SandboxIndex index) const { return sandboxes_[index]; }
    [[nodiscard]] SandboxIndex size() const noexcept { return static_cast<SandboxIndex>(sandboxes_.size()); }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };

    [[nodiscard]] std::optional<std::uint64_t> decode(std::string_view id) const noexcept;

    std::deque<Sandbox> sandboxes_;
    Dialect::Ids ids_;
    IdCodec codec_;
    // Only those whose id was chosen by somebody else; the others' ids say their index.
    std::unordered_map<std::string, SandboxIndex, Hash, std::equal_to<>> by_chosen_id_;
    std::unordered_map<SandboxIndex, std::string> chosen_ids_;
};

} // namespace e2b::sim
