#include "core/fleet/window.hpp"

#include "core/fleet/arithmetic.hpp"

#include <algorithm>
#include <cmath>

namespace e2b::core {

namespace {

// A round is over a little early rather than a little late, as successes come in bursts.
constexpr double whole_round = 0.9;
// Fewer successes say little.
constexpr std::size_t min_samples = 16;
// A round ends early where half of it brought far less than the rate before.
constexpr double early = 0.5;
constexpr double far_less = 0.6;

constexpr double gain = 4;
constexpr double of_queue_wait = 0.65;
// In a round it shrinks to no less than this part, and only if it was about full.
constexpr double most_shrink = 0.5;
constexpr double about_full = 0.75;

// While it grows much, the rate lags behind: in a part of the round less was in flight.
constexpr double much = 1.5;
constexpr double lag = 1.2;
// The first round has nothing to be compared with. Where its successes did not come together, either they
// differ in length, or they waited for each other: it grows little.
constexpr double together = 1.5;
constexpr double first_growth = 1.5;

// The rate followed the window where that changed so much and the rate did by nine tenths of it.
constexpr double moved = 1.6;
constexpr double follows = 0.9;
constexpr unsigned rounds_of_mark = 4;
// What was learned by mistake must not do much harm.
constexpr double most_raise = 1.25;

// A refusal comes at once where it comes sooner than two snapshots could be made one after another.
constexpr double at_once = 2;

// How many of those refused before may be in flight: a few in any case, and in proportion to their rate.
// While that grows, so does their number; as long as it does not, about what a busy node's queue holds.
constexpr double least_again = 4;
constexpr double part_again = 1.0 / 32;
constexpr double growing_gain = 3;
constexpr double steady_gain = 1.2;
constexpr double grew = 1.25;
constexpr double forgets = 0.95; // in a round

} // namespace

Window::Window(WindowLimits limits, TimePoint now) noexcept
    : limits_(limits),
      counted_until_(now),
      size_(real(limits.initial)),
      cut_at_(now),
      bound_(real(limits.ceiling)) {
    begin_round(now);
}

std::size_t Window::size() const noexcept {
    auto const allowed = std::min({size_, bound_.get(), real(limits_.ceiling)});
    return static_cast<std::size_t>(std::ceil(std::max(allowed, 1.0)));
}

std::size_t Window::again_size() const noexcept {
    auto const allowed = std::max({least_again, part_again * size_, again_gain_ * again_rate_ * target()});
    return static_cast<std::size_t>(std::ceil(std::min(allowed, real(limits_.ceiling))));
}

double Window::target() const noexcept {
    auto const wanted = gain * service_;
    auto const wait = queue_wait_.seconds();
    return wait > 0 ? std::min(wanted, of_queue_wait * wait) : wanted;
}

// ---- Calls

Window::Start Window::started(bool again, TimePoint now) noexcept {
    count_time(now);
    ++in_flight_;
    if (again)
        ++again_in_flight_;
    else
        bound_.started(in_flight_, now);
    return {now, successes_, again};
}

void Window::ended(Start start, TimePoint now) noexcept {
    count_time(now);
    --in_flight_;
    again_in_flight_ -= start.again ? 1 : 0;
}

void Window::succeeded(Start start, TimePoint now) noexcept {
    ended(start, now);
    auto const latency = in_seconds(now - start.at);
    quickest_ = quickest_ > 0 ? std::min(quickest_, latency) : latency;
    ++successes_;
    ++round_.successes;
    round_.again += start.again ? 1 : 0;
    round_.late += latency > target() ? 1 : 0;
    round_.latencies += latency;
    if (round_is_over(now))
        end_round(now);
}

void Window::refused(Start start, TimePoint now) noexcept {
    ended(start, now);
    auto const life = in_seconds(now - start.at);
    bool const came_at_once = quickest_ == 0 || life < at_once * quickest_;
    if (came_at_once) {
        // Of items that were refused before, how many are refused depends on how long they waited.
        if (!start.again)
            bound_.refused(start.at, in_flight_ + 1, now);
        return;
    }
    // What began before the last cut says what is known already.
    if (!queue_wait_.refused_after(life, now) || start.at < cut_at_)
        return;
    auto const meanwhile = static_cast<double>(successes_ - start.successes);
    auto const fits = std::max(1.0, of_queue_wait * meanwhile);
    if (fits < real(size()))
        cut(fits, meanwhile / life, now);
}

void Window::cut(double size, double rate, TimePoint now) noexcept {
    size_ = size;
    rate_ = rate;
    cut_at_ = now;
    mark_ = {};
    bound_.forget_trial();
    begin_round(now);
}

void Window::restart(TimePoint now) noexcept {
    bound_ = RefusalBound(real(limits_.ceiling));
    cut(std::min(size_, real(limits_.initial)), 0, now);
}

// ---- Rounds

void Window::count_time(TimePoint now) noexcept {
    round_.area += real(in_flight_) * in_seconds(now - counted_until_);
    counted_until_ = now;
}

void Window::begin_round(TimePoint now) noexcept {
    round_ = {};
    round_.began = now;
}

bool Window::round_is_over(TimePoint now) const noexcept {
    auto const elapsed = in_seconds(now - round_.began);
    auto const count = real(round_.successes);
    if (elapsed <= 0 || round_.successes < std::min(min_samples, size()))
        return false;
    // As many successes as were in flight on average.
    if (count * elapsed >= whole_round * round_.area)
        return true;
    bool const brought_less = rate_ * elapsed >= early * size_ && count < far_less * rate_ * elapsed;
    return brought_less && round_.is_late() && round_.successes >= min_samples;
}

void Window::end_round(TimePoint now) noexcept {
    auto const elapsed = in_seconds(now - round_.began);
    auto const load = round_.area / elapsed;
    rate_ = real(round_.successes) / elapsed;
    learn_service(load);
    follow_again_rate(real(round_.again) / elapsed);
    // A round that was short of work says what was asked for, not what could be had.
    if (load >= about_full * std::min(size_, bound_.get()))
        follow_rate(load);
    begin_round(now);
}

void Window::learn_service(double load) noexcept {
    // By Little's law, so that calls that have not ended yet count as well. Where successes came together the
    // mean is the better measure: in a part of such a round there were none.
    auto const by_load = load / rate_;
    auto const mean = round_.latency();
    auto const latency = by_load > together * mean ? by_load : mean;
    if (service_ == 0) {
        service_ = latency;
    } else if (mark_.load > 0) {
        auto const grown = load / mark_.load;
        auto const faster = rate_ / mark_.rate;
        bool const did_move = grown >= moved || grown <= 1 / moved;
        if (did_move && faster >= follows * grown && faster <= grown / follows)
            service_ = std::min(latency, most_raise * service_);
        if (!did_move && ++mark_.age < rounds_of_mark)
            return;
    }
    mark_ = {load, rate_, 0};
}

void Window::follow_rate(double load) noexcept {
    auto const size = wanted(load);
    was_followed_ = true;
    if (size > size_)
        size_ = std::min(size, real(limits_.ceiling));
    else if (round_.is_late())
        size_ = std::max(size, most_shrink * size_);
}

double Window::wanted(double load) const noexcept {
    auto size = rate_ * target();
    if (size > much * size_)
        size = std::max(size, target() * std::min(load / round_.latency(), lag * rate_));
    if (!was_followed_ && round_.latency() > together * quickest_)
        size = std::min(size, first_growth * size_);
    return size;
}

void Window::follow_again_rate(double rate) noexcept {
    again_gain_ = rate > grew * again_best_ ? growing_gain : steady_gain;
    again_best_ = std::max(rate, forgets * again_best_);
    again_rate_ = rate;
}

} // namespace e2b::core
