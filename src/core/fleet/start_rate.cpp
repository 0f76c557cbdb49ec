#include "core/fleet/start_rate.hpp"

#include "core/fleet/arithmetic.hpp"

#include <algorithm>
#include <cmath>

namespace e2b::core {

namespace {

using Seconds = std::chrono::duration<double>;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double growth = 1.05; // in a second
// So many seconds' worth of starts may be saved up.
constexpr double saved_up = 0.25;

// What share of 429s says that there is a limit, and then that the rate is above it.
constexpr double first_share = 0.2;
constexpr double known_share = 0.07;
// So many starts after a change say what it led to.
constexpr std::uint64_t enough = 32;
constexpr milliseconds shortest(150);

constexpr double hardly_less = 0.8; // of a share
constexpr unsigned most_in_vain = 4;
constexpr seconds ignored_for(60);

constexpr double of_rate = 0.25; // where nothing was let through
constexpr std::chrono::hours longest_wait(24 * 365);
constexpr double least = 0.05; // starts a second, where the platform limits them
constexpr seconds longest_hold(60);

} // namespace

StartRate::StartRate(double most, TimePoint now) noexcept
    : most_(most),
      rate_(most),
      tokens_(burst()),
      filled_at_(now),
      held_until_(now),
      changed_at_(now),
      ignores_until_(now) {}

double StartRate::burst() const noexcept {
    return std::max(1.0, saved_up * rate_);
}

TimePoint StartRate::next_at() const noexcept {
    if (tokens_ >= 1)
        return held_until_;
    // Rounded up, so that the token is whole when it is looked for.
    auto const wait =
        std::chrono::ceil<Duration>(std::min<Seconds>(Seconds((1 - tokens_) / rate_), longest_wait));
    return std::max(held_until_, filled_at_ + wait);
}

std::uint64_t StartRate::started(TimePoint now) noexcept {
    refill(now);
    tokens_ -= 1;
    ++count_;
    limited_ <<= 1;
    started_at_[count_ % lately] = now;
    return count_;
}

void StartRate::refill(TimePoint now) noexcept {
    if (now <= filled_at_)
        return;
    auto const elapsed = Seconds(now - filled_at_).count();
    if (rate_ < most_)
        rate_ = std::min(most_, rate_ * std::pow(growth, elapsed));
    tokens_ = std::min(burst(), tokens_ + elapsed * rate_);
    filled_at_ = now;
}

void StartRate::limited(std::uint64_t number, std::optional<Duration> retry_after, TimePoint now) noexcept {
    if (number < first_ || now < ignores_until_)
        return;
    if (retry_after)
        asked_ = std::max(asked_, std::clamp<Duration>(*retry_after, Duration(0), longest_hold));
    ++limited_since_;
    auto const age = count_ - number;
    if (age < lately)
        limited_.set(age);
    // Judged is what began up to this one: of what began later, the answers are still to come.
    auto const seen =
        std::min<std::uint64_t>(number - first_ + 1, lately - std::min<std::uint64_t>(age, lately));
    auto const limited = (limited_ >> age).count();
    if (seen < enough)
        return;
    auto const share = real(limited) / real(seen);
    if (share >= (is_limited_ ? known_share : first_share))
        give_way(share, now);
}

double StartRate::let_through(double share, TimePoint now) const noexcept {
    auto const since = [now](TimePoint then) {
        return Seconds(std::max<Duration>(now - then, shortest)).count();
    };
    auto const number = std::min<std::uint64_t>(count_ - first_ + 1, lately);
    auto const recent = real(number) * (1 - share) / since(started_at_[(count_ - number + 1) % lately]);
    // Where it counts in fixed windows, it let all through and then nothing: the wait belongs to the window.
    auto const in_all = real(count_ - first_ + 1 - limited_since_) /
                        since(changed_at_ - std::max(Duration(0), held_until_ - now));
    return std::max(recent, in_all);
}

void StartRate::give_way(double share, TimePoint now) noexcept {
    refill(now);
    in_vain_ = share >= first_share && share >= hardly_less * share_ ? in_vain_ + 1 : 0;
    share_ = share;
    is_limited_ = in_vain_ < most_in_vain;
    if (is_limited_) {
        held_until_ = std::max(held_until_, now + asked_);
        auto const through = let_through(share, now);
        rate_ = std::clamp(through > 0 ? through : of_rate * rate_, std::min(least, rate_), rate_);
        tokens_ = std::min(tokens_, 0.0);
    } else {
        rate_ = most_;
        ignores_until_ = now + ignored_for;
        in_vain_ = 0;
    }
    changed_at_ = std::max(now, held_until_);
    filled_at_ = changed_at_; // nothing is saved up meanwhile
    first_ = count_ + 1;
    limited_since_ = 0;
    limited_.reset();
    asked_ = seconds(0);
}

void StartRate::restart() noexcept {
    rate_ = most_;
    is_limited_ = false;
    share_ = 0;
    in_vain_ = 0;
    limited_.reset();
}

} // namespace e2b::core
