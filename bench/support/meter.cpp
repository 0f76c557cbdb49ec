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

Meter::Meter(Options const& options)
    : warmup_(options.warmup),
      requests_(options.requests),
      duration_(options.duration),
      interval_(options.rate > 0 ? std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / options.rate))
                                 : std::chrono::nanoseconds(0)),
      next_start_(Clock::now()) {
    if (warmup_ == 0)
        begin(Clock::now());
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
            begin(now);
        return;
    }
    // What began while it still warmed up is no measured request.
    if (interval_ != Clock::duration::zero() && start < began_)
        return;
    ++measured_;
    errors_ += success ? 0U : 1U;
    latencies_.add(now - start);
    if (requests_ != 0 ? measured_ >= requests_ : now - began_ >= duration_)
        finish(now);
}

void Meter::begin(Clock::time_point now) noexcept {
    measuring_ = true;
    began_ = next_start_ = now;
    cpu_began_ = cpu_time();
}

void Meter::finish(Clock::time_point now) noexcept {
    cpu_ = cpu_time() - cpu_began_;
    took_ = now - began_;
    resident_kb_ = resident_kb();
    measuring_ = false;
    over_ = true;
}

int Meter::report() const {
    std::printf("{\"requests\": %llu, \"errors\": %llu, \"seconds\": %.6f, \"cpu_seconds\": %.6f, "
                "\"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, \"rss_mb\": %.1f}\n",
                static_cast<unsigned long long>(measured_), static_cast<unsigned long long>(errors_),
                seconds(took_), seconds(cpu_), microseconds(latencies_.quantile(0.5)),
                microseconds(latencies_.quantile(0.9)), microseconds(latencies_.quantile(0.99)),
                static_cast<double>(resident_kb_) / 1024);
    return over_ && measured_ > 0 ? 0 : 1;
}

} // namespace bench
