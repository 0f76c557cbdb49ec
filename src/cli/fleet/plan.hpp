#pragma once

#include "cli/fleet/late_news.hpp"
#include "cli/fleet/question.hpp"
#include "cli/input/name_template.hpp"
#include "cli/input/source.hpp"
#include "cli/journal/journal_state.hpp"
#include "cli/output/record.hpp"

#include <e2b/bulk.hpp>
#include <e2b/shard.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace e2b::cli {

// A moment by both clocks: the one that can be compared with other processes' and that somebody may set, and
// the one that only goes forward.
struct Moment {
    std::chrono::system_clock::time_point wall;
    std::chrono::steady_clock::time_point steady;

    static Moment now() { return {std::chrono::system_clock::now(), std::chrono::steady_clock::now()}; }
};

// Decides what becomes of each item of a fleet's run: read -> plan -> journal -> send -> record. Has no
// clock, no file and no connection.
//
// An item that the platform did nothing for, as was found out, is sent again, up to four times in all. The
// lines that name one sandbox are sent one after another, as the platform refuses the second of two at a
// time, and as otherwise nobody could tell whose snapshot is found. Where all items share one new alias, the
// first is sent alone: of several that make it, the platform fails all but one.
class FleetPlan {
public:
    struct Rules {
        std::optional<FleetShard> shard;
        std::optional<NameTemplate> names; // for those without a name of their own
        bool unique_tags = false;          // each name gets one
        bool each_once = false;            // only the first of the lines that name a sandbox
        RunIdentity run;
        JournalState const* before = nullptr;     // of the runs that are resumed
        std::chrono::nanoseconds call_timeout{0}; // theirs
        bool retry_unknown = false;
        bool reconciles = false; // what got no answer is asked for
    };
    struct Counts {
        // Left out.
        std::uint64_t created_before = 0;
        std::uint64_t failed_before = 0;
        std::uint64_t of_other_shards = 0;
        std::uint64_t repeated = 0; // by `each_once`
        // Lines that name a sandbox which an earlier line named, and how many such sandboxes there are.
        std::uint64_t further_lines = 0;
        std::uint64_t listed_again = 0;
        // Of requests for snapshots.
        std::uint64_t attempts = 0;
        std::uint64_t retries = 0; // of these
    };

    explicit FleetPlan(Rules rules);

    // ---- Read

    // What is to be done next with an item: to send it, to ask for it, or to write its record. Nothing, where
    // it is left out or waits for others.
    struct Step {
        std::optional<BulkItem> send;
        std::optional<Question> ask;
        std::optional<Record> record;
        std::optional<std::string> warning; // for the user
    };
    // An item of the list.
    Step take(Source::Item item, Moment now);
    // An item that had to wait and need not any more; nothing where there is none.
    std::optional<Step> take_waiting();
    // Nothing is to be taken before an item has ended.
    [[nodiscard]] bool must_wait() const noexcept { return leader_ == Leader::sent && !stopped_; }
    // Items may have to be sent although the list has ended: they wait for others, or may do nothing.
    [[nodiscard]] bool may_send_more() const noexcept {
        return held() > 0 || (rules_.reconciles && !items_.empty());
    }

    // ---- Journal

    // The sandbox's snapshots are to be looked up before the item is sent.
    [[nodiscard]] bool wants_baseline(BulkItem const& item) const;
    void set_baseline(BulkItem const& item, std::optional<std::vector<std::string>> ids);
    // The item is about to be sent. To be noted.
    TryLine begin_try(BulkItem const& item, Moment now);
    // The try did nothing, and another follows. To be noted.
    [[nodiscard]] RefusedLine refused(BulkItem const& item, Failure const& failure, Moment now) const;

    // ---- Record

    // What is to be done once more is known of an item.
    struct Ended {
        std::optional<Record> record; // its end
        std::optional<Question> ask;
        // To be noted in place of its end, as a run that is resumed sends the item. Without a record the item
        // is sent again in this run.
        std::optional<RefusedLine> refused;
        std::optional<EndLine> note;            // to be noted already, as the record comes later
        std::optional<std::uint64_t> withdrawn; // the tag of a question that need not be asked any more
    };
    // A try ended, and no other follows. Where it was cut, its response may come late and is awaited.
    Ended ended(BulkResult result, Moment now);
    // What was found out.
    Ended answered(Question const& question, Reconciliation answer, Moment now);
    // A response came after its call had ended. Nothing where no item waits for it.
    Ended late(LateNews news, Moment now);
    // No late response will come any more: the records of those that were awaited.
    std::vector<Record> release();

    // Nothing further is sent; `cause`: by what the run was stopped, if not by the user.
    void stop(std::optional<Record::Error> cause = std::nullopt);
    // The records of what waits and is not sent any more. Precondition: nothing is sent or asked for.
    std::vector<Record> give_up();

    [[nodiscard]] Counts const& counts() const noexcept { return counts_; }
    [[nodiscard]] RunIdentity const& run() const noexcept { return rules_.run; }
    [[nodiscard]] std::size_t asked() const noexcept { return asked_; }
    // Items whose response may come late.
    [[nodiscard]] std::size_t awaiting() const noexcept { return awaiting_; }
    // Items that were taken from the list and wait for others.
    [[nodiscard]] std::size_t held() const noexcept { return waiting_ + ready_.size(); }

private:
    struct Item {
        SnapshotRequest request;
        std::size_t line = 0;
        unsigned copy = 1;
        NameUniqueness uniqueness = NameUniqueness::none;
        unsigned sends = 0;           // how often it was sent
        unsigned attempts = 0;        // in these
        unsigned attempts_before = 0; // in earlier runs
        bool looked_up = false;
        std::optional<std::vector<std::string>> baseline = {};
        std::optional<std::chrono::system_clock::time_point> started_at = {};
        std::optional<Question> question = {}; // what is asked before it can be sent
        // What is said of it if nothing further is found out or sent.
        std::optional<Record> record = {};
        enum class State : unsigned char { sent, awaits_response, is_asked } state = State::sent;
        std::optional<LateNews> news = {}; // that came before the end of its call
    };
    // How often a sandbox was named.
    struct Listed {
        unsigned lines = 0;
        std::array<unsigned, 2> unnamed{}; // without a name for the snapshot, by its kind
    };
    using Tag = std::uint64_t;

    // Where all items share one alias.
    enum class Leader : unsigned char { not_needed, needed, sent };

    Step take(SnapshotRequest request, std::size_t line, Moment now);
    // Which of the lines that ask for the same this is.
    unsigned note_line(SnapshotRequest const& request);
    void name(Item& item) const; // throws std::invalid_argument where the name takes no unique tag
    std::optional<std::string> warn_of_shared_alias(std::string const& name);
    // Whether earlier runs leave the item to this one; a record, or a question, may be left to it of it.
    bool is_left_by_earlier_runs(Item& item, Moment now);
    Step begin(Tag tag);
    void count(Item& item, unsigned attempts);
    [[nodiscard]] static Question question_of(Item const& item, Tag tag, Moment now);
    void finish(Tag tag);
    // Leaves the state in which it waits for an answer.
    void leave_state(Item& item);
    // The item that waits for this response, or is being sent again; nothing where there is none.
    [[nodiscard]] std::optional<Tag> find(LateNews const& news) const;
    // It provably did nothing.
    Ended did_nothing(Tag tag, Record record, Record::Error const& error, Moment now);
    [[nodiscard]] Record record_of(Item const& item) const;
    // Of what was not begun, as the run was stopped.
    void set_left(Record& record) const;
    [[nodiscard]] Item const& item_of(BulkItem const& item) const { return items_.at(item.tag); }

    Rules rules_;
    Counts counts_;
    Leader leader_;
    bool stopped_ = false;
    std::optional<Record::Error> stop_cause_;
    Tag next_tag_ = 0;
    std::unordered_map<Tag, Item> items_; // that have no record yet
    // The items of a sandbox: all but the first wait.
    std::unordered_map<std::string, std::deque<Tag>> queues_;
    std::size_t waiting_ = 0;
    std::deque<Tag> ready_; // first ones that are to begin
    std::size_t asked_ = 0;
    std::size_t awaiting_ = 0;
    std::unordered_map<std::string, Listed> listed_;      // by the sandbox
    std::unordered_map<std::string, unsigned> copies_of_; // by what is asked for, if it has a name
    std::string last_alias_;
    bool warned_ = false;
};

} // namespace e2b::cli
