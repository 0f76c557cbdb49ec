#pragma once

#include "integration/cli_process.hpp"
#include "support/temporary_file.hpp"

#include <e2b/simulator.hpp>

#include <boost/json.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace e2b::test {

// A simulator in this process, and the environment that leads the command to it.
class Platform {
public:
    explicit Platform(SimulatorOptions options = SimulatorOptions()) : simulator(std::move(options)) {}

    [[nodiscard]] Process::Environment environment() const {
        return {{"E2B_API_URL", simulator.url()},
                {"E2B_API_KEY", simulator.api_key()},
                {"SSL_CERT_FILE", ca_file_.path()}};
    }
    // The ids of all sandboxes, one a line.
    [[nodiscard]] std::string list() const {
        std::string text;
        for (auto const& id : simulator.sandbox_ids())
            text += id + '\n';
        return text;
    }

    Simulator simulator;

private:
    TemporaryFile ca_file_{simulator.ca_pem()};
};

// Counts the snapshots that are made, for those who wait for a number.
class Counter {
public:
    void add() {
        std::lock_guard const lock(mutex_);
        ++count_;
        changed_.notify_all();
    }
    void wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return count_ >= count; });
    }
    void wait_for_more(std::size_t count) {
        std::unique_lock lock(mutex_);
        auto const wanted = count_ + count;
        changed_.wait(lock, [&] { return count_ >= wanted; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t count_ = 0;
};

inline boost::json::object parse_line(std::string const& line) {
    return boost::json::parse(line).as_object();
}

inline std::string text_at(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

inline boost::json::object error_in(boost::json::object const& record) {
    return record.at("error").as_object();
}

// A platform on which a snapshot takes a second of a time that only the test moves.
inline SimulatorOptions frozen(std::size_t sandboxes) {
    SimulatorOptions options;
    options.sandboxes = sandboxes;
    options.slots_per_node = 0;
    options.latency = std::chrono::seconds(1);
    options.manual_time = true;
    return options;
}

} // namespace e2b::test
