#include "fleet/bulk_state.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

namespace e2b {

using Clock = std::chrono::steady_clock;

namespace {

// "850 ms", "40 s", "5 min", "2 h".
std::string in_words(std::chrono::nanoseconds time) {
    struct Unit {
        std::chrono::nanoseconds length;
        char const* name;
    };
    constexpr std::array units = {Unit{std::chrono::hours(1), " h"}, Unit{std::chrono::minutes(1), " min"},
                                  Unit{std::chrono::seconds(1), " s"}};
    for (auto const& unit : units) {
        if (time >= 2 * unit.length || (time >= unit.length && time % unit.length == time.zero()))
            return std::to_string(time / unit.length) + unit.name;
    }
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

bool is_unreachable(Errc error) {
    return make_error_code(error) == Condition::connect_error;
}

std::string cause_of(Errc error, std::string const& words) {
    auto text = std::string(to_string(error));
    return words.empty() ? text : text + " (" + printable(words) + ')';
}

// What did not work, for so long.
std::string describe(std::chrono::nanoseconds lasted, Errc error, std::string const& words) {
    return (is_unreachable(error) ? "API unreachable for " : "nothing got through for ") + in_words(lasted) +
           ": " + cause_of(error, words);
}

} // namespace

std::string BulkOutage::to_string() const {
    auto text = describe(lasted, error, detail);
    if (next_attempt_in)
        text += "; retrying in " + in_words(*next_attempt_in);
    return text;
}

std::string BulkRun::State::describe_stop() const {
    if (plan_->stopped_by() == Errc())
        return {};
    if (plan_->stopping_outage())
        return describe(limits_.outage_timeout, plan_->stopped_by(), last_words_);
    return "another item failed: " + std::string(to_string(plan_->stopped_by()));
}

std::optional<BulkOutage> BulkRun::State::outage(core::TimePoint now) const {
    auto const seen = plan_->outage(now);
    if (!seen)
        return std::nullopt;
    BulkOutage outage;
    outage.lasted = now - seen->since;
    outage.error = seen->error;
    outage.detail = last_words_;
    if (seen->next_try)
        outage.next_attempt_in =
            std::max<std::chrono::nanoseconds>(*seen->next_try - now, Clock::duration(0));
    return outage;
}

std::optional<std::chrono::nanoseconds> BulkRun::State::time_left(core::TimePoint now) const {
    if (!counts_.total)
        return std::nullopt;
    auto const again = plan_->waiting() + plan_->again_in_flight();
    auto const left = static_cast<double>(*counts_.total) - static_cast<double>(counts_.done() + again);
    auto const seconds = plan_->seconds_left(std::max(left, 0.0), now);
    if (!seconds)
        return std::nullopt;
    using Seconds = std::chrono::duration<double>;
    Seconds const most = std::chrono::hours(24 * 365);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::min(Seconds(*seconds), most));
}

void BulkRun::State::publish_progress() {
    auto const at = Clock::now();
    auto now = counts_;
    now.in_flight = plan_->in_flight();
    now.preparing = preparing_;
    now.ready = plan_->ready();
    now.waiting = plan_->waiting();
    now.waiting_for_node = waiting_for_node_;
    now.window = plan_->window();
    now.starts_per_second = plan_->starts_per_second();
    now.snapshots_per_second = plan_->rate(at);
    now.elapsed = at - began_;
    now.eta = time_left(at);
    now.outage = outage(at);
    if (plan_->stopped_by() != Errc()) {
        now.stopped_by = plan_->stopped_by();
        now.stop_reason = stop_reason_;
    }
    std::lock_guard const lock(mutex_);
    progress_ = std::move(now);
}

BulkProgress BulkRun::State::progress() const {
    std::lock_guard const lock(mutex_);
    return progress_;
}

void BulkRun::State::report_progress() {
    running_->report.expires_after(options_.progress_interval);
    running_->report.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (error || self->finishing_)
            return;
        self->publish_progress();
        try {
            self->options_.on_progress(self->progress());
        } catch (...) {
            self->fail(std::current_exception());
            self->pump();
        }
        self->report_progress();
    });
}

} // namespace e2b
