#include "cli/output/recorder.hpp"
#include "support/catch.hpp"

using namespace e2b::cli;

TEST_CASE("what stdout did not take is said, with the sandboxes that may have a snapshot", "[cli][output]") {
    LostRecords lost;
    CHECK(format_lost(lost, false).empty());
    lost.count = 1;
    CHECK(format_lost(lost, false) == "1 record was not written; they are of no snapshot\n");
    lost.count = 5;
    lost.existing = 3;
    lost.sandboxes = {"ione", "itwo", "ione"};
    CHECK(format_lost(lost, false) ==
          "5 records were not written, 3 of them of snapshots that exist or may exist: ione, itwo, ione\n");
    lost.existing = 10;
    CHECK(format_lost(lost, false) ==
          "5 records were not written, 10 of them of snapshots that exist or may exist: ione, itwo, ione "
          "and 7 more\n");
    CHECK(format_lost(lost, true) == "5 records were not written; the journal tells what was sent\n");
}
