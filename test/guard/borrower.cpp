// A unit that makes no client, and takes one from another unit.
#include <e2b/client.hpp>

bool is_idle(e2b::Client const& client);

bool is_idle(e2b::Client const& client) {
    return client.stats().in_flight == 0;
}

int main() {}
