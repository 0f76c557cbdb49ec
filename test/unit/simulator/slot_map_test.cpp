#include "simulator/slot_map.hpp"
#include "support/catch.hpp"

#include <memory>
#include <set>

using e2b::sim::SlotMap;

TEST_CASE("values are found by their id until they are taken") {
    SlotMap<std::unique_ptr<int>> map;
    auto const one = map.insert(std::make_unique<int>(1));
    auto const two = map.insert(std::make_unique<int>(2));
    REQUIRE(map.find(one) != nullptr);
    CHECK(**map.find(one) == 1);
    CHECK(map.size() == 2);
    CHECK(*map.take(one) == 1);
    CHECK(map.find(one) == nullptr);
    CHECK(**map.find(two) == 2);
    CHECK(map.size() == 1);
}

TEST_CASE("a place that is used again has a new id") {
    SlotMap<int> map;
    std::set<SlotMap<int>::Id> ids;
    for (int i = 0; i < 100; ++i) {
        auto const id = map.insert(i);
        CHECK(ids.insert(id).second);
        CHECK(map.take(id) == i);
    }
    for (auto const id : ids)
        CHECK(map.find(id) == nullptr);
    CHECK(map.find(12345) == nullptr);
    CHECK(map.size() == 0);
}

TEST_CASE("all values that are in can be visited") {
    SlotMap<int> map;
    map.insert(1);
    auto const gone = map.insert(2);
    map.insert(4);
    map.take(gone);
    int sum = 0;
    map.for_each([&sum](int value) { sum += value; });
    CHECK(sum == 5);
}
