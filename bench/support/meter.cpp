#include "support/meter.hpp"

#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>

namespace bench {

namespace {

std::chrono::nanoseconds cpu_time() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::uint64_t resident_kb() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        std::uint64_t value = 0;
        if (word == "VmRSS:" && status >> value)
            return value;
    }
    return 0;
}

double seconds(std::chrono::nanoseconds duration) noexcept {
    return std::chrono::duration<double>(duration).count();
}

double microseconds(std::chrono::nanoseconds duration) noexcept {
    return std::chrono::duration<double, std::micro>(duration).count();
}

} // namespace

Measurement::Measurement() noexcept : began_(Clock::now()), cpu_(cpu_time()) {}

void Measurement::end() noexcept {
    cpu_ = cpu_time() - cpu_;
    took_ = Clock::now() - began_;
    resident_kb_ = resident_kb();
}

int Measurement::report(std::uint64_t requests, std::uint64_t errors, Histogram const& latencies) const {
    std::printf("{\"requests\": %llu, \"errors\": %llu, \"seconds\": %.6f, \"cpu_seconds\": %.6f, "
                "\"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, \"rss_mb\": %.1f}\n",
                static_cast<unsigned long long>(requests), static_cast<unsigned long long>(errors),
                seconds(took_), seconds(cpu_), microseconds(latencies.quantile(0.5)),
                microseconds(latencies.quantile(0.9)), microseconds(latencies.quantile(0.99)),
                static_cast<double>(resident_kb_) / 1024);
    std::fflush(stdout); // whoever reads it need not wait for what a client does before it exits
    return requests > 0 ? 0 : 1;
}

Meter::Meter(Options const& options)
    : warmup_(options.warmup),
      requests_(options.requests),
      duration_(options.duration),
      interval_(options.rate > 0 ? std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / options.rate))
                                 : std::chrono::nanoseconds(0)),
      next_start_(Clock::now()) {
    if (warmup_ == 0)
        begin();
}

Clock::time_point Meter::next_start() noexcept {
    // While it warms up there is no schedule to keep.
    if (interval_ == Clock::duration::zero() || !measuring_)
        return Clock::now();
    next_start_ += interval_;
    return next_start_;
}

void Meter::ended(Clock::time_point start, bool success) noexcept {
    auto const now = Clock::now();
    if (!measuring_) {
        if (!over_ && ++seen_ >= warmup_)
            begin();
        return;
    }
    // What began while it still warmed up is no measured request.
    if (interval_ != Clock::duration::zero() && start < measurement_.began())
        return;
    ++measured_;
    errors_ += success ? 0U : 1U;
    latencies_.add(now - start);
    if (requests_ != 0 ? measured_ < requests_ : now - measurement_.began() < duration_)
        return;
    measurement_.end();
    measuring_ = false;
    over_ = true;
}

void Meter::begin() noexcept {
    measuring_ = true;
    measurement_ = {};
    next_start_ = measurement_.began();
}

int Meter::report() const {
    return measurement_.report(over_ ? measured_ : 0, errors_, latencies_);
}

} // namespace bench
