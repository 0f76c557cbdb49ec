#include "base/descriptor.hpp"
#include "cli/basics/interrupt.hpp"
#include "cli/basics/same_file.hpp"
#include "cli/basics/usage_error.hpp"
#include "cli/basics/writer.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/ledger.hpp"
#include "cli/commands/simulated_fault.hpp"
#include "cli/commands/start_simulator.hpp"
#include "cli/session/client_settings.hpp"

#include <e2b/simulator.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <optional>
#include <signal.h>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace e2b::cli {
namespace {

constexpr std::size_t connections_wanted = 20'000;

// A file in the directory for temporary files, as long as this lives.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string const& content) {
        std::error_code failed;
        std::string path = std::filesystem::temp_directory_path(failed) / "e2b-simulator-ca-XXXXXX.pem";
        if (failed)
            throw UsageError("TMPDIR: there is no directory for temporary files there: " + failed.message());
        base::Descriptor const file(::mkostemps(path.data(), 4, O_CLOEXEC));
        if (file.get() < 0)
            throw UsageError("cannot write " + path + ": " + std::strerror(errno));
        path_ = path;
        if (auto const error = Writer::write_fully(file.get(), content)) {
            ::unlink(path_.c_str());
            throw UsageError("cannot write " + path + ": " + error.message());
        }
    }
    TemporaryFile(TemporaryFile const&) = delete;
    TemporaryFile& operator=(TemporaryFile const&) = delete;
    ~TemporaryFile() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    [[nodiscard]] std::string const& path() const noexcept { return path_; }

private:
    std::string path_;
};

void write_ids(Simulator const& simulator, std::string const& path) {
    std::string text;
    for (auto const& id : simulator.sandbox_ids())
        text += id + '\n';
    base::Descriptor const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    auto const error = file.get() < 0 ? std::error_code(errno, std::system_category())
                                      : Writer::write_fully(file.get(), text);
    if (error)
        throw UsageError("--ids " + path + ": cannot be written: " + error.message());
}

SimulatorOptions simulator_options(SimulateOptions const& options, Ledger* ledger) {
    SimulatorOptions result;
    result.profile = options.profile;
    result.port = options.port;
    result.sandboxes = options.sandboxes;
    result.nodes = options.node_weights.empty() ? options.nodes : options.node_weights.size();
    result.node_weights = options.node_weights;
    result.drains = options.drains;
    result.slow_share = options.slow_share;
    result.slow_latency = options.slow_latency;
    result.slots_per_node = options.slots.value_or(0);
    result.latency = options.latency;
    result.latency_spread = options.latency_spread;
    result.queue_timeout = options.queue_timeout;
    result.rate_limit = options.rate_limit;
    result.seed = options.seed;
    result.in_place_checkpoint = options.in_place_checkpoint;
    if (char const* const key = std::getenv("E2B_API_KEY"))
        result.api_key = key;
    if (ledger != nullptr)
        result.on_snapshot = [ledger](SimulatedSnapshot const& record) { ledger->add(record); };
    return result;
}

// Blocked in every thread, so that the main one can wait for them.
sigset_t block_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (int const signal : interrupt_signals())
        ::sigaddset(&signals, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

// Who cannot read where it is could never use it.
void print_address(Simulator const& simulator, std::string const& ca_file, bool with_key) {
    auto text = "URL: " + simulator.url() + "\nCA file: " + ca_file + '\n';
    if (with_key)
        text += "API key: " + simulator.api_key() + '\n';
    if (auto const error = Writer::write_fully(STDOUT_FILENO, text))
        throw std::runtime_error("cannot write to stdout: " + error.message());
}

} // namespace

ExitCode run_command(SimulateOptions const& options) {
    auto const signals = block_signals();
    make_room_for_connections(connections_wanted); // with fewer it serves as well

    std::vector<UsedFile> files{used_stdout(), used_stderr()};
    if (options.ledger_file)
        files.push_back({"--ledger " + *options.ledger_file, *options.ledger_file, -1});
    if (options.ids_file)
        files.push_back({"--ids " + *options.ids_file, *options.ids_file, -1});
    require_different(files);
    std::optional<Ledger> ledger;
    if (options.ledger_file)
        ledger.emplace(*options.ledger_file);
    auto const settings = simulator_options(options, ledger ? &*ledger : nullptr);
    auto const simulator = start_simulator(settings);
    for (auto const& [name, probability] : options.faults)
        simulator->disturb(probability, *simulated_fault(name));
    TemporaryFile const ca(simulator->ca_pem());
    if (options.ids_file)
        write_ids(*simulator, *options.ids_file);

    print_address(*simulator, ca.path(), settings.api_key.empty());

    int signal = 0;
    ::sigwait(&signals, &signal);
    simulator->stop();
    std::cerr << simulator->snapshots().size() << " snapshots were made\n";
    if (auto const lost = simulator->stats().sandboxes_lost; lost > 0)
        std::cerr << lost << " sandboxes were lost, since their snapshots were hung up on or took too long\n";
    if (!options.faults.empty())
        std::cerr << simulator->stats().faults << " requests met a fault\n";
    return exit_all_created;
}

} // namespace e2b::cli
