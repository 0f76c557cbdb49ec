#include "simulator/id_codec.hpp"
#include "support/catch.hpp"

#include <limits>
#include <random>
#include <set>

using e2b::sim::IdCodec;

namespace {

std::string encode(IdCodec const& codec, std::uint64_t number) {
    std::string text;
    codec.append(text, number);
    return text;
}

} // namespace

TEST_CASE("every number becomes an id of its own and comes back") {
    IdCodec const codec(1, 1);
    std::mt19937_64 random(3);
    std::set<std::string> ids;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        for (std::uint64_t const number : {i, random(), std::numeric_limits<std::uint64_t>::max() - i}) {
            std::string const id = encode(codec, number);
            REQUIRE(id.size() == IdCodec::length);
            REQUIRE(codec.decode(id) == number);
            ids.insert(id);
        }
    }
    CHECK(ids.size() == 3000);
}

TEST_CASE("what was not made by the same codec is refused") {
    IdCodec const codec(1, 1);
    std::string const id = encode(codec, 42);
    CHECK_FALSE(IdCodec(2, 1).decode(id));
    CHECK_FALSE(IdCodec(1, 2).decode(id));
    CHECK_FALSE(codec.decode(""));
    CHECK_FALSE(codec.decode(id.substr(1)));
    CHECK_FALSE(codec.decode(id + "0"));
    CHECK_FALSE(codec.decode("zzzzzzzzzzzzzzzzzzzz"));
    for (std::size_t i = 0; i < id.size(); ++i) {
        std::string changed = id;
        changed[i] = changed[i] == 'a' ? 'b' : 'a';
        CHECK_FALSE(codec.decode(changed));
        changed[i] = 'A';
        CHECK_FALSE(codec.decode(changed));
        changed[i] = '-';
        CHECK_FALSE(codec.decode(changed));
    }
}
