#include "core/address_memory.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using e2b::core::AddressMemory;

namespace {

using Addresses = std::vector<std::string>;

// Those of one family contain a colon, as IPv6 has them.
bool family(std::string const& address) {
    return address.find(':') != std::string::npos;
}

} // namespace

TEST_CASE("addresses of both families take turns, those that the system prefers first") {
    AddressMemory<std::string> const memory;
    CHECK(memory.order({}, family).empty());
    CHECK(memory.order({"a"}, family) == Addresses{"a"});
    CHECK(memory.order({"6:1", "6:2", "6:3", "a", "b"}, family) == Addresses{"6:1", "a", "6:2", "b", "6:3"});
    CHECK(memory.order({"a", "b", "6:1"}, family) == Addresses{"a", "6:1", "b"});
}

TEST_CASE("a dial begins after the address that failed last") {
    AddressMemory<std::string> memory;
    Addresses const all{"a", "b", "c"};
    memory.failed("a");
    CHECK(memory.order(all, family) == Addresses{"b", "c", "a"});
    memory.failed("b");
    CHECK(memory.order(all, family) == Addresses{"c", "a", "b"});
    memory.failed("c");
    CHECK(memory.order(all, family) == Addresses{"a", "b", "c"});
    memory.failed("a");
    CHECK(memory.order(all, family) == Addresses{"b", "c", "a"});
    // One that the resolver does not name any more says nothing.
    memory.failed("gone");
    CHECK(memory.order(all, family) == Addresses{"b", "c", "a"});
}

TEST_CASE("an address that works again is like any other") {
    AddressMemory<std::string> memory;
    memory.failed("a");
    memory.succeeded("b");
    CHECK(memory.order({"a", "b"}, family) == Addresses{"b", "a"});
    memory.succeeded("a");
    CHECK(memory.order({"a", "b"}, family) == Addresses{"a", "b"});
}

TEST_CASE("all have failed once each of them has, since it last worked") {
    AddressMemory<std::string> memory;
    Addresses const all{"a", "b"};
    memory.failed("a");
    memory.failed("a");
    CHECK_FALSE(memory.all_failed(all));
    CHECK(memory.all_failed({"a"}));
    memory.failed("b");
    CHECK(memory.all_failed(all));
    memory.succeeded("a");
    CHECK_FALSE(memory.all_failed(all));
}

TEST_CASE("what is remembered is bounded") {
    AddressMemory<std::string> memory;
    for (int i = 0; i != 1000; ++i)
        memory.failed(std::to_string(i));
    CHECK(memory.all_failed({"999", "950"}));
    CHECK_FALSE(memory.all_failed({"0"}));
}
