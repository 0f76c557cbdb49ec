// This library on several threads: each with a client and a context of its own, or all on the context of one
// client.
//
//   threads THREADS own|shared OPTIONS...     with the options of support/options.hpp, apart from --rate and
//   --requests
#include "load/client_config.hpp"
#include "support/histogram.hpp"
#include "support/meter.hpp"
#include "support/options.hpp"

#include <e2b/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

namespace asio = boost::asio;

namespace {

enum class Phase { warm_up, measure, over };

// One after the other's response: what a coroutine has counted. Only the number is read while it runs.
struct Tally {
    std::atomic<std::uint64_t> requests = 0;
    std::uint64_t errors = 0;
    bench::Histogram latencies;
};

// A context, its client, and the threads that run it.
class Part {
public:
    Part(bench::Options const& options, std::uint64_t first, std::uint64_t count, std::size_t threads)
        : context_(static_cast<int>(threads)),
          client_(context_.get_executor(), bench::client_config(options, count)),
          tallies_(count) {
        for (std::uint64_t i = 0; i < count; ++i)
            asio::co_spawn(context_, work(bench::sandbox_id(first + i), tallies_[i]), asio::detached);
        for (std::size_t i = 0; i < threads; ++i)
            threads_.emplace_back([this] { context_.run(); });
    }
    ~Part() { join(); }
    Part(Part const&) = delete;
    Part& operator=(Part const&) = delete;

    // Waits until nothing is in flight. Afterwards the tallies are at rest.
    void join() {
        for (auto& thread : threads_)
            thread.join();
        threads_.clear();
    }
    [[nodiscard]] std::deque<Tally> const& tallies() const noexcept { return tallies_; }

    static inline std::atomic<Phase> phase = Phase::warm_up;

private:
    asio::awaitable<void> work(std::string sandbox, Tally& tally) {
        ++running_;
        while (phase != Phase::over) {
            auto const began = bench::Clock::now();
            bool const measured = phase == Phase::measure;
            auto const result = co_await client_.try_create_snapshot(e2b::SnapshotRequest(sandbox));
            if (measured) {
                tally.latencies.add(bench::Clock::now() - began);
                tally.errors += result ? 0U : 1U;
            }
            tally.requests.fetch_add(1, std::memory_order_relaxed);
        }
        if (--running_ == 0)
            co_await client_.close();
    }

    asio::io_context context_;
    e2b::Client client_;
    std::deque<Tally> tallies_;
    std::atomic<std::uint64_t> running_ = 0;
    std::vector<std::thread> threads_;
};

using Parts = std::vector<std::unique_ptr<Part>>;

std::uint64_t requests(Parts const& parts) {
    std::uint64_t sum = 0;
    for (auto const& part : parts)
        for (auto const& tally : part->tallies())
            sum += tally.requests.load(std::memory_order_relaxed);
    return sum;
}

Parts start(bench::Options const& options, std::size_t threads, bool shared) {
    Parts parts;
    auto const count = shared ? 1 : threads;
    for (std::size_t i = 0; i < count; ++i) {
        auto const first = options.concurrency * i / count;
        auto const end = options.concurrency * (i + 1) / count;
        parts.push_back(std::make_unique<Part>(options, first, end - first, shared ? threads : 1));
    }
    return parts;
}

int measure(bench::Options const& options, std::size_t threads, bool shared) {
    auto parts = start(options, threads, shared);
    while (requests(parts) < options.warmup)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    auto const before = requests(parts);
    bench::Measurement measurement;
    Part::phase = Phase::measure;
    std::this_thread::sleep_for(options.duration);
    measurement.end();
    auto const after = requests(parts);
    Part::phase = Phase::over;
    for (auto& part : parts)
        part->join();
    bench::Histogram latencies;
    std::uint64_t errors = 0;
    for (auto const& part : parts)
        for (auto const& tally : part->tallies())
            latencies.add(tally.latencies), errors += tally.errors;
    return measurement.report(after - before, errors, latencies);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3 || std::atoi(argv[1]) < 1) {
        std::cerr << "usage: threads THREADS own|shared OPTIONS...\n";
        return 2;
    }
    auto const options = bench::Options::parse(argc - 2, argv + 2);
    return measure(options, static_cast<std::size_t>(std::atoi(argv[1])),
                   std::string_view(argv[2]) == "shared");
}
