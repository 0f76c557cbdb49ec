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

TEST_CASE("brief ids come back as well, and hexadecimal ones are all different") {
    IdCodec const codec(1, 1);
    std::set<std::string> uuids;
    for (std::uint64_t number = 0; number < 1000; ++number) {
        std::string id;
        codec.append_brief(id, number);
        REQUIRE(id.size() == IdCodec::brief_length);
        REQUIRE(codec.decode_brief(id) == number);
        std::string uuid;
        codec.append_uuid(uuid, number);
        REQUIRE(uuid.size() == 36);
        CHECK(uuid[8] == '-');
        CHECK(uuid[23] == '-');
        CHECK(uuid.find_first_not_of("0123456789abcdef-") == std::string::npos);
        uuids.insert(uuid);
    }
    CHECK(uuids.size() == 1000);
    CHECK_FALSE(codec.decode_brief("0123456789ab"));
    CHECK_FALSE(codec.decode_brief("012345678-abc"));
}
