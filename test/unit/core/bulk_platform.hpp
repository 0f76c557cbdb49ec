#pragma once

#include "core/bulk_plan.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace e2b::test {

// A platform of nodes with slots and queues, and a plan that snapshots a fleet on it, on a clock that jumps
// from event to event.
class BulkPlatform {
public:
    using Seconds = std::chrono::duration<double>;

    struct Options {
        std::size_t nodes = 40;
        std::size_t slots = 3;
        Seconds queue_timeout{15};
        // Of each item in turn.
        std::function<std::size_t(std::size_t)> node = [](std::size_t item) { return item; };
        std::function<Seconds(std::size_t)> service = [](std::size_t) { return Seconds(2); };
        // 429 where more than this many requests came in a second; 0 for no limit.
        double rate_limit = 0;
    };

    struct Outcome {
        Seconds elapsed{};
        std::size_t posts = 0;
        std::size_t busy = 0;    // 503
        std::size_t limited = 0; // 429
        std::size_t created = 0;
        std::size_t failed = 0;
        std::size_t most_in_flight = 0;
        std::size_t most_held = 0;
    };

    BulkPlatform(Options options, core::BulkLimits limits, std::size_t items)
        : options_(std::move(options)),
          plan_(limits, core::TimePoint(), 1),
          entries_(items),
          nodes_(options_.nodes),
          allowance_(options_.rate_limit) {
        for (std::size_t i = 0; i < items; ++i) {
            entries_[i].index = i;
            entries_[i].node = options_.node(i) % options_.nodes;
        }
    }

    [[nodiscard]] core::BulkPlan& plan() noexcept { return plan_; }

    Outcome run() {
        while (pump()) {
            auto const event = events_.top();
            events_.pop();
            now_ = event.at;
            event.happen();
        }
        outcome_.elapsed = now_ - core::TimePoint();
        return outcome_;
    }

private:
    struct Entry : core::BulkEntry {
        std::size_t index = 0;
        std::size_t node = 0;
        core::TimePoint arrived{};
        bool queued = false;
    };
    struct Node {
        std::size_t busy = 0;
        std::deque<Entry*> queue;
    };
    struct Event {
        core::TimePoint at;
        std::size_t number;
        std::function<void()> happen;
        bool operator>(Event const& other) const {
            return std::pair(at, number) > std::pair(other.at, other.number);
        }
    };

    void after(Seconds delay, std::function<void()> happen) {
        auto const at = now_ + std::chrono::ceil<core::Duration>(delay);
        events_.push({at, numbers_++, std::move(happen)});
    }

    // False at the end.
    bool pump() {
        using Kind = core::BulkPlan::Action::Kind;
        for (;;) {
            auto const action = plan_.next(now_);
            auto* const entry = static_cast<Entry*>(action.entry);
            switch (action.kind) {
            case Kind::take:
                if (taken_ == entries_.size())
                    plan_.source_ended();
                else
                    plan_.took(entries_[taken_++]);
                break;
            case Kind::start:
                arrive(*entry);
                outcome_.most_in_flight = std::max(outcome_.most_in_flight, plan_.in_flight());
                outcome_.most_held = std::max(outcome_.most_held, plan_.in_flight() + plan_.waiting());
                break;
            case Kind::drop:
                ++outcome_.failed;
                break;
            case Kind::wait:
                if (action.until)
                    after(*action.until - now_, [] {});
                return true;
            case Kind::finish:
                return false;
            }
        }
    }

    void arrive(Entry& entry) {
        ++outcome_.posts;
        entry.arrived = now_;
        if (options_.rate_limit > 0 && !allow())
            return after(Seconds(0.01), [this, &entry] { end(entry, Errc::rate_limited); });
        auto& node = nodes_[entry.node];
        if (node.busy < options_.slots)
            return serve(entry);
        entry.queued = true;
        node.queue.push_back(&entry);
        after(options_.queue_timeout, [this, &entry, arrived = now_] {
            if (entry.queued && entry.arrived == arrived) {
                std::erase(nodes_[entry.node].queue, &entry);
                entry.queued = false;
                end(entry, Errc::busy);
            }
        });
    }

    bool allow() {
        auto const elapsed = Seconds(now_ - allowed_at_).count();
        allowance_ = std::min(options_.rate_limit, allowance_ + elapsed * options_.rate_limit);
        allowed_at_ = now_;
        if (allowance_ < 1)
            return false;
        allowance_ -= 1;
        return true;
    }

    void serve(Entry& entry) {
        ++nodes_[entry.node].busy;
        entry.queued = false;
        after(options_.service(entry.index), [this, &entry] {
            auto& node = nodes_[entry.node];
            --node.busy;
            if (!node.queue.empty()) {
                auto& next = *node.queue.front();
                node.queue.pop_front();
                serve(next);
            }
            end(entry, Errc());
        });
    }

    void end(Entry& entry, Errc error) {
        outcome_.busy += error == Errc::busy;
        outcome_.limited += error == Errc::rate_limited;
        core::TryEnd end;
        end.outcome = error == Errc() ? e2b::Outcome::created : e2b::Outcome::rejected;
        end.error = error;
        if (error == Errc::rate_limited)
            end.retry_after = std::chrono::seconds(1);
        if (plan_.ended(entry, end, now_))
            return;
        ++(error == Errc() ? outcome_.created : outcome_.failed);
    }

    Options options_;
    core::BulkPlan plan_;
    std::vector<Entry> entries_;
    std::vector<Node> nodes_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::size_t numbers_ = 0;
    core::TimePoint now_{};
    std::size_t taken_ = 0;
    double allowance_;
    core::TimePoint allowed_at_{};
    Outcome outcome_;
};

} // namespace e2b::test
