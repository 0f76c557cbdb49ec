// The simulator as a server for load generators: prints where it is, and serves until its input ends.
//
//   simulator CA_FILE CONCURRENCY LATENCY_MS
#include "support/options.hpp"

#include <e2b/simulator.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: simulator CA_FILE CONCURRENCY LATENCY_MS\n";
        return 2;
    }
    e2b::SimulatorOptions options;
    options.sandboxes = 0;
    options.slots_per_node = 0; // no queueing
    options.latency = std::chrono::milliseconds(std::atoll(argv[3]));
    e2b::Simulator simulator(options);
    auto const sandboxes = std::strtoull(argv[2], nullptr, 10);
    for (unsigned long long i = 0; i < sandboxes; ++i)
        simulator.add_sandbox(bench::sandbox_id(i));
    std::ofstream(argv[1]) << simulator.ca_pem();
    std::cout << "{\"url\": \"" << simulator.url() << "\", \"key\": \"" << simulator.api_key() << "\"}"
              << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
    }
}
