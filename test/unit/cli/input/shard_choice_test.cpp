#include "cli/basics/usage_error.hpp"
#include "cli/input/shard_choice.hpp"
#include "support/catch.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>

using namespace e2b::cli;

namespace {

using Environment = std::map<std::string, std::string>;

std::optional<ScheduledShard> scheduled(Environment const& environment) {
    return scheduled_shard([&](char const* name) -> std::optional<std::string> {
        auto const found = environment.find(name);
        return found != environment.end() ? std::optional(found->second) : std::nullopt;
    });
}

} // namespace

TEST_CASE("a shard is written I/N, with I below N", "[cli][shard]") {
    auto const shard = parse_shard("3/4");
    CHECK(shard.index == 3);
    CHECK(shard.count == 4);
    for (auto const* text : {"", "/", "3", "3/", "/4", "4/4", "-1/4", "1/0", "0/0", "1/4/5", " 1/4", "1/4 ",
                             "a/b", "99999999999999999999/4"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_shard(text), std::invalid_argument);
    }
}

TEST_CASE("without a scheduler there is no shard", "[cli][shard]") {
    CHECK_FALSE(scheduled({}));
    CHECK_FALSE(scheduled({{"JOB_COMPLETIONS", "4"}, {"SLURM_ARRAY_TASK_COUNT", "4"}}));
}

TEST_CASE("an indexed job of Kubernetes is a shard", "[cli][shard]") {
    auto const found = scheduled({{"JOB_COMPLETION_INDEX", "2"}, {"JOB_COMPLETIONS", "5"}});
    REQUIRE(found);
    CHECK(found->shard.index == 2);
    CHECK(found->shard.count == 5);
    CHECK(std::string(found->source) == "JOB_COMPLETION_INDEX");
}

TEST_CASE("an array job of Slurm is a shard, wherever it begins and however wide its steps are",
          "[cli][shard]") {
    auto const plain = scheduled({{"SLURM_ARRAY_TASK_ID", "1"}, {"SLURM_ARRAY_TASK_COUNT", "3"}});
    REQUIRE(plain);
    CHECK(plain->shard.index == 1);
    CHECK(plain->shard.count == 3);
    auto const stepped = scheduled({{"SLURM_ARRAY_TASK_ID", "14"},
                                    {"SLURM_ARRAY_TASK_MIN", "10"},
                                    {"SLURM_ARRAY_TASK_STEP", "2"},
                                    {"SLURM_ARRAY_TASK_COUNT", "3"}});
    REQUIRE(stepped);
    CHECK(stepped->shard.index == 2);
}

TEST_CASE("what a scheduler says must make sense, and the error names the variable", "[cli][shard]") {
    std::vector<std::pair<Environment, std::string>> const cases{
        {{{"JOB_COMPLETION_INDEX", "2"}}, "JOB_COMPLETIONS"},
        {{{"JOB_COMPLETION_INDEX", "x"}, {"JOB_COMPLETIONS", "5"}}, "JOB_COMPLETION_INDEX"},
        {{{"JOB_COMPLETION_INDEX", "5"}, {"JOB_COMPLETIONS", "5"}}, "JOB_COMPLETION_INDEX"},
        {{{"SLURM_ARRAY_TASK_ID", "1"}}, "SLURM_ARRAY_TASK_COUNT"},
        {{{"SLURM_ARRAY_TASK_ID", "1"}, {"SLURM_ARRAY_TASK_MIN", "2"}, {"SLURM_ARRAY_TASK_COUNT", "3"}},
         "SLURM_ARRAY_TASK_ID"},
        {{{"SLURM_ARRAY_TASK_ID", "1"}, {"SLURM_ARRAY_TASK_STEP", "0"}, {"SLURM_ARRAY_TASK_COUNT", "3"}},
         "SLURM_ARRAY_TASK_ID"},
        {{{"SLURM_ARRAY_TASK_ID", "1"}, {"SLURM_ARRAY_TASK_STEP", "2"}, {"SLURM_ARRAY_TASK_COUNT", "3"}},
         "SLURM_ARRAY_TASK_ID"},
    };
    for (auto const& [environment, named] : cases) {
        CAPTURE(named);
        CHECK_THROWS_WITH(scheduled(environment), Catch::Matchers::ContainsSubstring(named));
        CHECK_THROWS_AS(scheduled(environment), UsageError);
    }
}
