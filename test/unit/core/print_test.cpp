#include "support/catch.hpp"

#include <e2b/deletion.hpp>
#include <e2b/format.hpp>
#include <e2b/reconcile.hpp>

#include <sstream>
#include <string>

using namespace e2b;

namespace {

template <class T>
std::string printed(T value) {
    std::ostringstream out;
    out << value;
    CHECK(out.str() == to_string(value));
#if defined(__cpp_lib_format)
    CHECK(out.str() == std::format("{}", value));
#endif
    return out.str();
}

} // namespace

TEST_CASE("deletions and what a reconciliation found print") {
    CHECK(printed(Deletion::deleted) == "deleted");
    CHECK(printed(Deletion::absent) == "absent");
    CHECK(printed(Reconciliation::Finding::created) == "created");
    CHECK(printed(Reconciliation::Finding::not_created) == "not_created");
    CHECK(printed(Reconciliation::Finding::unknown) == "unknown");
    CHECK(printed(Reconciliation::Sandbox::running) == "running");
    CHECK(printed(Reconciliation::Sandbox::said_to_run) == "said_to_run");
    CHECK(printed(Reconciliation::Sandbox::paused) == "paused");
    CHECK(printed(Reconciliation::Sandbox::gone) == "gone");
    CHECK(printed(Reconciliation::Sandbox::unknown) == "unknown");
    CHECK(printed(static_cast<Deletion>(99)) == "invalid");
}
