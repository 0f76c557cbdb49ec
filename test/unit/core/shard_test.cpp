#include "support/catch.hpp"

#include <e2b/shard.hpp>

#include <string>
#include <vector>

using e2b::FleetShard;

TEST_CASE("each sandbox is in exactly one shard, and the shards are of one size", "[shard]") {
    constexpr std::size_t ids = 20'000;
    for (std::size_t const count : {1U, 2U, 3U, 4U, 7U, 64U}) {
        std::vector<std::size_t> sizes(count);
        for (std::size_t id = 0; id < ids; ++id) {
            auto const name = "i" + std::to_string(id);
            std::size_t found = 0;
            for (std::size_t index = 0; index < count; ++index) {
                bool const inside = FleetShard{index, count}.contains(name);
                found += inside;
                sizes[index] += inside;
            }
            REQUIRE(found == 1);
        }
        for (auto const size : sizes) {
            CHECK(static_cast<double>(size) > 0.75 * ids / static_cast<double>(count));
            CHECK(static_cast<double>(size) < 1.25 * ids / static_cast<double>(count));
        }
    }
}

TEST_CASE("a sandbox's shard never changes", "[shard]") {
    // Written down when the hash was made: journals of older runs depend on it.
    CHECK(FleetShard{55, 1000}.contains("i0123456789abcdefghij"));
    CHECK(FleetShard{256, 1000}.contains("i9876543210abcdefghij"));
    CHECK(FleetShard{458, 1000}.contains(""));
}
