#include "core/key_set.hpp"
#include "support/catch.hpp"

#include <string>

using e2b::core::KeySet;

TEST_CASE("A key that is there twice is found, however its parts were cut") {
    KeySet keys;
    CHECK((keys.append("ab") && keys.append("c") && keys.close()));
    CHECK(keys.last() == "abc");
    CHECK((keys.append("ab") && keys.close()));
    CHECK(keys.last() == "ab");
    CHECK((keys.append("") && keys.close()));
    CHECK(keys.last().empty());
    CHECK((keys.append("c") && keys.close()));
    CHECK(keys.append("a"));
    CHECK(keys.append("bc"));
    CHECK_FALSE(keys.close());
}

TEST_CASE("A set of keys is bounded in number and size") {
    KeySet many;
    for (std::size_t i = 0; i != KeySet::max_keys; ++i)
        REQUIRE((many.append(std::to_string(i)) && many.close()));
    REQUIRE(many.append("one more"));
    CHECK_FALSE(many.close());

    KeySet large;
    CHECK((large.append(std::string(KeySet::max_bytes, 'k')) && large.close()));
    CHECK_FALSE(large.append("k"));
}
