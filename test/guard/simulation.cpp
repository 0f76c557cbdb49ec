// A test that uses the simulator alone.
#include <e2b/simulator.hpp>

int main() {
    e2b::SimulatorOptions options;
    options.node_weights = {1, 2};
    e2b::Simulator const simulator(options);
}
