#include "cli/options/suggestion.hpp"
#include "support/catch.hpp"

using namespace e2b::cli;

TEST_CASE("how far words are apart", "[cli][options]") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("abc", "abc") == 0);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("abc", "") == 3);
    CHECK(edit_distance("abc", "abd") == 1);
    CHECK(edit_distance("abc", "ab") == 1);
    CHECK(edit_distance("abc", "abxc") == 1);
    CHECK(edit_distance("abcd", "abdc") == 1); // two letters swapped
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest word is suggested, if it is near", "[cli][options]") {
    std::vector<std::string> const known{"--journal", "--resume", "--rate", "--reconcile"};
    CHECK(suggestion("--jurnal", known) == "--journal");
    CHECK(suggestion("--resmue", known) == "--resume");
    CHECK(suggestion("--recon", known) == "--reconcile"); // the beginning of one
    CHECK(suggestion("--re", known) == "--resume");       // the shortest
    CHECK_FALSE(suggestion("--frobnicate", known));
    CHECK_FALSE(suggestion("", known));
    CHECK_FALSE(suggestion("--", known));
    CHECK_FALSE(suggestion("--r", {"--resume", "--report"})); // as short as each other
    CHECK(suggestion("--name", {"--rate", "--name-template"}) == "--name-template");
}
