#pragma once

#include "cli/console.hpp"
#include "cli/journal_state.hpp"
#include "cli/name_template.hpp"
#include "cli/recorder.hpp"
#include "cli/source.hpp"
#include "cli/unanswered.hpp"

#include <e2b/bulk.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>

namespace e2b::cli {

// The items of a run, made of what a source yields: named, without those that belong to other shards or that
// an earlier run has dealt with. Lines that cannot be understood become records at once.
class Feed final : public BulkSource {
public:
    struct Rules {
        std::optional<FleetShard> shard;
        std::optional<NameTemplate> names; // for those without a name of their own
        RunIdentity run;
        JournalState const* before = nullptr;     // of the runs that are resumed
        std::chrono::nanoseconds call_timeout{0}; // theirs
        bool retry_unknown = false;
        // Takes the items that an earlier run left without an answer; they become records without it.
        std::function<void(Unanswered)> on_unanswered;
        bool notes_repeated = false;
    };
    struct Counts {
        std::uint64_t created_before = 0;
        std::uint64_t failed_before = 0;
        std::uint64_t of_other_shards = 0;
    };

    Feed(Source& source, Console& console, Recorder& recorder, Rules rules);

    boost::asio::awaitable<std::optional<BulkItem>> next() override;
    void stop() override;
    [[nodiscard]] bool finite() const noexcept override { return source_.finite(); }

    // An item ended, so that it is known whether the name exists that all items share.
    void ended(Outcome outcome);

    // How much of a request's name only this run has used.
    [[nodiscard]] NameUniqueness uniqueness_of(SnapshotRequest const& request) const;

    // Several items were for this sandbox, so that a snapshot which it has more than before can be any one's.
    // Precondition: `Rules::notes_repeated`.
    [[nodiscard]] bool is_repeated(std::string const& sandbox_id) const {
        return repeated_.contains(sandbox_id);
    }

    [[nodiscard]] Counts const& counts() const noexcept { return counts_; }

private:
    // Whether the item is this run's to send.
    bool accept(SnapshotRequest& request, std::size_t line);
    bool accept_again(SnapshotRequest const& request, JournalItem const& item, std::size_t line);
    void warn_of_shared_alias(std::string const& name);
    boost::asio::awaitable<void> wait_for_room();
    boost::asio::awaitable<void> wait_for_leader();

    // Where all items share one alias, the first is sent alone: of several that make it, all but one fail.
    enum class Leader : unsigned char { not_needed, needed, sent };

    Source& source_;
    Console& console_;
    Recorder& recorder_;
    Rules rules_;
    Counts counts_;
    Leader leader_;
    bool stopped_ = false;
    std::unordered_set<std::string> seen_;
    std::unordered_set<std::string> repeated_;
    std::string last_alias_;
    bool warned_ = false;
    Event changed_;
};

} // namespace e2b::cli
