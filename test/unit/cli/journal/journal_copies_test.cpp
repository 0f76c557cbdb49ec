#include "cli/journal/journal_copies.hpp"
#include "support/catch.hpp"

#include <string>

using namespace e2b::cli;

namespace {

// For each line of a file, whether it is copied.
std::string copied(JournalCopies& copies, std::string const& lines) {
    copies.begin_file();
    std::string said;
    for (char const line : lines)
        said += copies.is_copied(std::string(1, line)) ? 'c' : '-';
    return said;
}

} // namespace

TEST_CASE("a journal that is given twice is a copy", "[cli][journal]") {
    JournalCopies copies;
    CHECK(copied(copies, "abc") == "---");
    CHECK(copied(copies, "abc") == "ccc");
    CHECK(copied(copies, "abc") == "ccc");
}

TEST_CASE("what copies have in common is their beginning", "[cli][journal]") {
    JournalCopies copies;
    CHECK(copied(copies, "abcd") == "----");
    CHECK(copied(copies, "ab") == "cc");         // made earlier
    CHECK(copied(copies, "abcdef") == "cccc--"); // the journal went on
    CHECK(copied(copies, "abxd") == "cc--");     // two runs went on with it
    CHECK(copied(copies, "abcdefg") == "cccccc-");
}

TEST_CASE("journals of other runs are no copies, whatever lines are alike", "[cli][journal]") {
    JournalCopies copies;
    CHECK(copied(copies, "abc") == "---");
    CHECK(copied(copies, "xbc") == "---");
    CHECK(copied(copies, "bc") == "--");
    CHECK(copied(copies, "") == "");
}
