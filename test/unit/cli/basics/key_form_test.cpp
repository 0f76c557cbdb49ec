#include "cli/basics/key_form.hpp"
#include "support/catch.hpp"

using namespace e2b::cli;

namespace {

constexpr char const* key = "e2b_0123456789abcdef0123456789abcdef01234567";

} // namespace

TEST_CASE("a key is known by its form", "[cli][key]") {
    CHECK(is_key_form(key));
    CHECK(is_key_form("e2b_0123456789abcdef0123"));
    CHECK(is_key_form("e2b_0123456789ABCDEF0123"));
    for (auto const* const other :
         {"", "e2b_", "e2b_0123456789abcdef012", "e2b_0123456789abcdef0123g", "e2b-0123456789abcdef0123",
          "x_e2b_0123456789abcdef0123", "e2b_0123456789abcdef0123.txt", "i0123456789abcdefghij"})
        CHECK_FALSE(is_key_form(other));
}

TEST_CASE("a message repeats no key, wherever it stands", "[cli][key]") {
    std::string const hidden = "(what looks like an API key)";
    CHECK(without_keys("").empty());
    CHECK(without_keys("cannot read ids.txt") == "cannot read ids.txt");
    CHECK(without_keys(std::string("'") + key + "' is not a duration") ==
          "'" + hidden + "' is not a duration");
    CHECK(without_keys(std::string(key) + key + ' ' + key) == hidden + hidden + ' ' + hidden);
    CHECK(without_keys(std::string("--x=") + key) == "--x=" + hidden);
    CHECK(without_keys("e2b_0123456789secret") == hidden);
    CHECK(without_keys("e2b_abcdefghijklmnopqrst") == hidden);
    // Names of files and the like.
    for (auto const* const text : {"e2b_", "e2b_ids.txt", "e2b_snapshots.jsonl", "e2b_nightly_2026.txt"})
        CHECK(without_keys(text) == text);
}
