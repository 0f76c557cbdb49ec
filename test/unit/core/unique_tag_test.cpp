#include "core/unique_tag.hpp"
#include "support/catch.hpp"

TEST_CASE("the number of a unique tag is its 16 hexadecimal digits", "[reconcile]") {
    using e2b::core::with_tag_of;
    CHECK(with_tag_of({"iabc", "nightly"}, 0x0123456789abcdef).name == "nightly:u0123456789abcdef");
    CHECK(with_tag_of({"iabc", "team/nightly"}, 1).name == "team/nightly:u0000000000000001");
}
