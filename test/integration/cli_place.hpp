#pragma once

#include "integration/cli_platform.hpp"
#include "support/temporary_directory.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace e2b::test {

inline SimulatorOptions never_busy(std::size_t sandboxes) {
    SimulatorOptions options;
    options.sandboxes = sandboxes;
    options.slots_per_node = 0;
    return options;
}

// A platform, and a directory with the list of its sandboxes in which scripts run.
struct Place {
    explicit Place(std::size_t sandboxes = 5) : Place(never_busy(sandboxes)) {}
    explicit Place(SimulatorOptions options) : platform(std::move(options)) {
        directory.write("ids.txt", platform.list());
    }

    [[nodiscard]] Process::Environment environment() const {
        auto variables = platform.environment();
        variables["DIR"] = directory.path();
        return variables;
    }
    [[nodiscard]] Finished run(std::string const& script, std::string_view input = {}) const {
        return run_shell("cd \"$DIR\"; " + script, environment(), input);
    }
    [[nodiscard]] std::size_t requests() const {
        return platform.simulator.requests(SimulatorEndpoint::create_snapshot);
    }

    Platform platform;
    TemporaryDirectory directory;
};

// The command under faults, such as "FAIL_FSYNC=EIO", with the given arguments.
inline std::string with_faults(std::string const& faults, std::string const& arguments) {
    return "ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=\"$FAULTS\" " + faults + " \"$E2B\" " +
           arguments;
}

} // namespace e2b::test
