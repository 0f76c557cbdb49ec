#include "cli/input/name_template.hpp"
#include "support/catch.hpp"

#include <stdexcept>

using namespace e2b;
using namespace e2b::cli;

namespace {

RunIdentity const some_run{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) +
                               std::chrono::seconds(5 * 3600 + 3 * 60 + 12),
                           "0badcafe"};

} // namespace

TEST_CASE("a name template fills its gaps", "[cli][name]") {
    CHECK(NameTemplate("{sandbox}-nightly:{date}").expand("iabc", some_run) == "iabc-nightly:2026-11-24");
    CHECK(NameTemplate("{run}/x:{time}").expand("iabc", some_run) == "0badcafe/x:050312");
    CHECK(NameTemplate("plain").expand("iabc", some_run) == "plain");
}

TEST_CASE("an unclosed gap is refused", "[cli][name]") {
    for (auto const* const text : {"a-{sandbox", "x{", "{sandbox}{"}) {
        INFO(text);
        CHECK_THROWS_WITH(NameTemplate(text), Catch::Matchers::ContainsSubstring("has no closing brace"));
    }
}

TEST_CASE("an unknown gap is refused, saying which there are", "[cli][name]") {
    for (auto const* const text : {"{node}", "{}"}) {
        INFO(text);
        CHECK_THROWS_WITH(NameTemplate(text),
                          Catch::Matchers::ContainsSubstring("{sandbox}, {date}, {time}"));
    }
}

TEST_CASE("a name template knows how much of a name is one request's own", "[cli][name]") {
    CHECK(NameTemplate("{sandbox}-{run}").uniqueness() == NameUniqueness::alias);
    CHECK(NameTemplate("{sandbox}:{run}").uniqueness() == NameUniqueness::tag);
    CHECK(NameTemplate("fleet:{sandbox}-{run}").uniqueness() == NameUniqueness::tag);
    CHECK(NameTemplate("{sandbox}:{date}").uniqueness() == NameUniqueness::none);
    CHECK(NameTemplate("fleet-{run}").uniqueness() == NameUniqueness::none);
}

TEST_CASE("a name template knows whether all sandboxes share its alias", "[cli][name]") {
    CHECK(NameTemplate("nightly:{sandbox}").shares_alias());
    CHECK_FALSE(NameTemplate("{sandbox}:nightly").shares_alias());
}

TEST_CASE("runs differ", "[cli][name]") {
    auto const one = RunIdentity::make();
    CHECK(one.id.size() == 8);
    CHECK(one.id != RunIdentity::make().id);
}

TEST_CASE("an alias is a name without namespace and tag", "[cli][name]") {
    CHECK(alias_of("team/nightly:v1") == "nightly");
    CHECK(alias_of("nightly") == "nightly");
}
