#include "support/fleet/run.hpp"

#include <algorithm>
#include <cmath>

namespace e2b::test::fleet {

Run::Run(Platform const& platform, core::BulkLimits limits)
    : platform_(platform),
      plan_(limits, core::TimePoint(), platform.seed),
      random_(platform.seed * 7919 + 1),
      entries_(platform.items.size()),
      nodes_(platform.nodes.size()) {
    for (std::uint32_t i = 0; i < entries_.size(); ++i)
        entries_[i].index = i;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i].slots = platform.nodes[i].slots;
        for (std::uint32_t c = 0; c < platform.nodes[i].changes.size(); ++c)
            push(platform.nodes[i].changes[c].at, What::change, i, c);
    }
    auto const& limit = platform.limit;
    tokens_ = limit.burst > 0 ? limit.burst : limit.per_second * std::max(limit.window, 1.0);
}

RunResult Run::run(double until) {
    while (pump() && now_seconds() < until) {
        auto const event = events_.top();
        events_.pop();
        now_ = event.at;
        happen(event);
    }
    result_.seconds = now_seconds();
    return result_;
}

std::vector<Sample> Run::trace(double step, double until) {
    std::vector<Sample> samples;
    RunResult before;
    while (pump() && now_seconds() < until) {
        auto const event = events_.top();
        for (auto next = static_cast<double>(samples.size() + 1) * step; at(next) <= event.at;
             next = static_cast<double>(samples.size() + 1) * step) {
            auto const per_second = [&](std::size_t now, std::size_t then) {
                return static_cast<double>(now - then) / step;
            };
            samples.push_back({next, plan_.window(), plan_.in_flight(), plan_.waiting(),
                               per_second(result_.created, before.created),
                               per_second(result_.refused + result_.refused_by_special,
                                          before.refused + before.refused_by_special),
                               plan_.starts_per_second()});
            before = result_;
        }
        events_.pop();
        now_ = event.at;
        happen(event);
    }
    return samples;
}

void Run::push(double delay, What what, std::uint32_t index, std::uint32_t visit, Errc error) {
    auto const when = now_ + std::chrono::ceil<core::Duration>(Seconds(delay));
    events_.push({when, numbers_++, what, error, index, visit});
}

bool Run::pump() {
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
            result_.most_in_flight = std::max(result_.most_in_flight, plan_.in_flight());
            result_.most_held =
                std::max(result_.most_held, plan_.in_flight() + plan_.waiting() + plan_.ready());
            break;
        case Kind::drop:
            ++result_.given_up;
            break;
        case Kind::wait:
            if (action.until && (*action.until < wake_at_ || wake_at_ <= now_)) {
                wake_at_ = *action.until;
                events_.push({wake_at_, numbers_++, What::wake, Errc(), 0, 0});
            }
            return !events_.empty();
        case Kind::finish:
            return false;
        }
    }
}

void Run::happen(Event const& event) {
    switch (event.what) {
    case What::wake:
        if (wake_at_ <= now_)
            wake_at_ = core::TimePoint::max();
        return;
    case What::change:
        return change(event.index, platform_.nodes[event.index].changes[event.visit]);
    case What::queue_timeout:
        if (is_queued({event.index, event.visit}))
            answer(entries_[event.index], Errc::busy);
        return;
    case What::served: {
        auto& entry = entries_[event.index];
        auto& node = nodes_[platform_.items[event.index].node];
        --node.busy;
        result_.made_twice += entry.created ? 1 : 0;
        entry.created = true;
        answer(entry, Errc());
        return start_queued(node);
    }
    case What::answer:
        return deliver(entries_[event.index], event.error);
    }
}

void Run::change(std::uint32_t index, NodeChange const& to) {
    auto& node = nodes_[index];
    node.state = to.state;
    node.slots = to.slots;
    if (to.state == NodeState::serves)
        return start_queued(node);
    for (auto const& place : node.queue) {
        if (is_queued(place))
            answer(entries_[place.first], to.state == NodeState::gone ? Errc::not_found : Errc::busy);
    }
    node.queue.clear();
}

void Run::arrive(Entry& entry) {
    ++result_.posts;
    ++entry.visit;
    entry.where = Entry::Where::queued;
    if (!limiter_allows() || uniform(random_) < platform_.limited)
        return answer(entry, Errc::rate_limited);
    if (uniform(random_) < platform_.refused)
        return answer(entry, Errc::busy);
    auto& node = nodes_[platform_.items[entry.index].node];
    if (node.state != NodeState::serves)
        return answer(entry, node.state == NodeState::gone ? Errc::not_found : Errc::busy);
    if (node.busy < node.slots)
        return serve(entry);
    if (platform_.queue_timeout <= 0)
        return answer(entry, Errc::busy);
    node.queue.emplace_back(entry.index, entry.visit);
    push(platform_.queue_timeout, What::queue_timeout, entry.index, entry.visit);
}

bool Run::limiter_allows() {
    auto const& limit = platform_.limit;
    if (limit.per_second <= 0)
        return true;
    auto const now = now_seconds();
    if (limit.window > 0) {
        if (std::floor(now / limit.window) != std::floor(tokens_at_ / limit.window))
            tokens_ = limit.per_second * limit.window;
    } else {
        auto const most = limit.burst > 0 ? limit.burst : limit.per_second;
        tokens_ = std::min(most, tokens_ + (now - tokens_at_) * limit.per_second);
    }
    tokens_at_ = now;
    if (tokens_ < 1)
        return false;
    tokens_ -= 1;
    return true;
}

bool Run::is_queued(std::pair<std::uint32_t, std::uint32_t> const& place) const {
    auto const& entry = entries_[place.first];
    return entry.visit == place.second && entry.where == Entry::Where::queued;
}

void Run::serve(Entry& entry) {
    ++nodes_[platform_.items[entry.index].node].busy;
    entry.where = Entry::Where::served;
    push(platform_.items[entry.index].work * platform_.factor_at(now_seconds()), What::served, entry.index,
         entry.visit);
}

void Run::start_queued(NodeNow& node) {
    while (node.busy < node.slots && !node.queue.empty()) {
        auto const place = node.queue.front();
        node.queue.pop_front();
        if (is_queued(place))
            serve(entries_[place.first]);
    }
}

void Run::answer(Entry& entry, Errc error) {
    entry.where = Entry::Where::answered;
    push(platform_.round_trip, What::answer, entry.index, entry.visit, error);
}

void Run::deliver(Entry& entry, Errc error) {
    entry.where = Entry::Where::ours;
    auto const& node = platform_.nodes[platform_.items[entry.index].node];
    if (error == Errc::busy || error == Errc::rate_limited)
        ++(node.is_special && error == Errc::busy ? result_.refused_by_special : result_.refused);
    core::TryEnd end;
    end.outcome = error == Errc() ? Outcome::created : Outcome::rejected;
    end.error = error;
    bool const is_limit = platform_.limit.per_second > 0;
    if (error == Errc::rate_limited && (is_limit ? platform_.limit.says_when : platform_.limited_says_when))
        end.retry_after = std::chrono::seconds(static_cast<long>(std::ceil(limiter_wait())));
    if (plan_.ended(entry, end, now_))
        return;
    ++(error == Errc() ? result_.created : error == Errc::not_found ? result_.gone : result_.given_up);
}

double Run::limiter_wait() const {
    auto const window = platform_.limit.window;
    return window > 0 ? window - std::fmod(now_seconds(), window) : 1;
}

} // namespace e2b::test::fleet
