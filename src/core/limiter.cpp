#include "core/limiter.hpp"

#include <algorithm>
#include <chrono>

namespace e2b::core {

namespace {

// A round is over a little early rather than a little late, as successes come in bursts.
constexpr double whole_round = 0.9;
// Fewer successes say little.
constexpr std::size_t min_samples = 16;

// Startup: what a round's rate is multiplied by where it grew, and where it kept pace with the window.
constexpr double growth = 1.2;
constexpr double pace = 1.4;
constexpr unsigned rounds_without_growth = 3;
// The settled window, as a multiple of what the pipe holds.
constexpr double gain = 2;

constexpr unsigned rounds_between_probes = 16;
constexpr unsigned rounds_of_probe = 3;
constexpr double probe_gain = 1.5;
constexpr double probe_pays = 1.1;

// Refusals up to this part of a window are no reason to shrink it: single nodes may be overloaded.
constexpr double tolerated_refusals = 0.02;
constexpr double cut_gain = 0.7;
// How a bound grows back in a round, up to this part of the window that was refused, and above.
constexpr double fast_until = 0.8;
constexpr double fast_growth = 1.25;
constexpr double slow_growth = 1 + 1.0 / 32;

double seconds(Duration duration) noexcept {
    return std::chrono::duration<double>(duration).count();
}

} // namespace

Limiter::Limiter(LimiterLimits limits, TimePoint now) noexcept
    : limits_(limits),
      counted_until_(now),
      wanted_(static_cast<double>(limits.initial)),
      bound_(static_cast<double>(limits.ceiling)),
      cut_from_(bound_),
      cut_at_(now) {
    round_.began = now;
}

std::size_t Limiter::window() const noexcept {
    auto const allowed = std::min({wanted_, bound_, static_cast<double>(limits_.ceiling)});
    return std::max<std::size_t>(static_cast<std::size_t>(allowed), 1);
}

Limiter::Start Limiter::started(TimePoint now) noexcept {
    count_time(now);
    ++in_flight_;
    round_.was_full = round_.was_full || in_flight_ >= window();
    return {now, successes_};
}

void Limiter::succeeded(Start start, TimePoint now) noexcept {
    ended(now);
    ++successes_;
    ++round_.successes;
    round_.latencies += seconds(now - start.at);
    round_.meanwhile += successes_ - start.successes;
    if (round_is_over(now))
        end_round(now);
}

void Limiter::refused(Start start, TimePoint now) noexcept {
    auto const before = static_cast<double>(window());
    ended(now);
    ++round_.refusals;
    // What began before the last cut says what is known already.
    bool const is_news = start.at >= cut_at_;
    if (is_news && static_cast<double>(round_.refusals) > tolerated_refusals * before)
        cut(before, now);
}

void Limiter::ended(TimePoint now) noexcept {
    count_time(now);
    --in_flight_;
}

void Limiter::count_time(TimePoint now) noexcept {
    round_.area += static_cast<double>(in_flight_) * seconds(now - counted_until_);
    counted_until_ = now;
}

bool Limiter::round_is_over(TimePoint now) const noexcept {
    auto const elapsed = seconds(now - round_.began);
    if (elapsed <= 0 || round_.successes < std::min(min_samples, window()))
        return false;
    // As many successes as were in flight on average.
    return static_cast<double>(round_.successes) * elapsed >= whole_round * round_.area;
}

void Limiter::end_round(TimePoint now) noexcept {
    // Counted over the lives of calls, and not over the round: bursts at its borders would not average out.
    if (round_.latencies > 0)
        rate_ = static_cast<double>(round_.meanwhile) / round_.latencies;
    if (cut_at_ < round_.began)
        grow_back();
    // A round that was short of work says what was asked for, not what could be had.
    if (round_.was_full) {
        switch (mode_) {
        case Mode::startup:
            start_up();
            break;
        case Mode::steady:
            hold();
            break;
        case Mode::probing:
            probe();
            break;
        }
    }
    round_ = {};
    round_.began = now;
}

void Limiter::start_up() noexcept {
    if (rate_ >= pace * best_rate_) {
        free_area_ += round_.area;
        free_successes_ += static_cast<double>(round_.successes);
    }
    if (rate_ >= growth * best_rate_) {
        wanted_ *= 2;
        rounds_ = 0;
    } else if (++rounds_ == rounds_without_growth) {
        settle();
    }
    best_rate_ = std::max(best_rate_, rate_);
}

void Limiter::settle() noexcept {
    if (free_successes_ > 0) {
        // By Little's law, so that calls that had not ended yet count as well.
        auto const latency = free_area_ / free_successes_;
        wanted_ = std::clamp(gain * best_rate_ * latency, 0.5 * wanted_, 1.5 * wanted_);
    }
    mode_ = Mode::steady;
    rounds_ = 0;
}

void Limiter::hold() noexcept {
    constexpr double newest = 0.25;
    best_rate_ = rounds_ == 0 ? rate_ : (1 - newest) * best_rate_ + newest * rate_;
    bool const is_free = bound_ >= wanted_ && wanted_ < static_cast<double>(limits_.ceiling);
    if (++rounds_ < rounds_between_probes || !is_free)
        return;
    settled_ = wanted_;
    wanted_ *= probe_gain;
    mode_ = Mode::probing;
    rounds_ = 0;
}

void Limiter::probe() noexcept {
    if (++rounds_ < rounds_of_probe)
        return;
    bool const paid = rate_ >= probe_pays * best_rate_;
    if (!paid)
        wanted_ = settled_;
    best_rate_ = rate_;
    mode_ = Mode::steady;
    rounds_ = paid ? rounds_between_probes - 1 : 0;
}

void Limiter::cut(double window, TimePoint now) noexcept {
    // Of several cuts in a row the first knows where it was refused.
    if (grew_since_cut_)
        cut_from_ = window;
    grew_since_cut_ = false;
    bound_ = std::max(1.0, window * cut_gain);
    cut_at_ = now;
    if (mode_ == Mode::startup)
        settle();
    if (mode_ == Mode::probing)
        wanted_ = settled_;
    mode_ = Mode::steady;
    rounds_ = 0;
}

void Limiter::grow_back() noexcept {
    auto const factor = bound_ < fast_until * cut_from_ ? fast_growth : slow_growth;
    bound_ = std::min(bound_ * factor, static_cast<double>(limits_.ceiling));
    grew_since_cut_ = true;
}

} // namespace e2b::core
