// The examples for clusters, run as their schedulers would run them.
#include "integration/cli_platform.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdlib.h>
#include <string>

using namespace e2b;
using namespace e2b::test;

namespace {

constexpr char const* examples = E2B_SOURCE_DIR "/test/integration/examples";
constexpr int shards = 4; // as both say

std::string content(std::string const& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

// A folder that is gone at the end of the test.
class Folder {
public:
    Folder() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string const& path() const { return path_; }

private:
    std::string path_ = "/tmp/e2b-test-XXXXXX";
};

class Cluster {
public:
    Cluster() : platform_(options()) { std::ofstream(folder_.path() + "/ids.txt") << platform_.list(); }

    // Runs a shell's command as one task, in the cluster's folder.
    [[nodiscard]] int run(std::string const& command, Process::Environment task) {
        task.merge(platform_.environment());
        std::string text = "cd " + folder_.path() + " && PATH='" +
                           std::filesystem::path(E2B_SNAPSHOT_COMMAND).parent_path().string() + "':$PATH";
        for (auto const& [name, value] : task)
            text += ' ' + name + "='" + value + '\'';
        return std::system((text + ' ' + command + " > /dev/null 2>&1").c_str());
    }
    [[nodiscard]] std::string const& folder() const { return folder_.path(); }
    [[nodiscard]] bool all_made_once() const {
        std::map<std::string, int> counts;
        for (auto const& record : platform_.simulator.snapshots())
            ++counts[record.sandbox_id];
        bool once = counts.size() == platform_.simulator.sandbox_ids().size();
        for (auto const& [id, count] : counts)
            once = once && count == 1;
        return once;
    }

private:
    static SimulatorOptions options() {
        SimulatorOptions options;
        options.sandboxes = 60;
        options.slots_per_node = 0;
        return options;
    }

    Folder folder_;
    Platform platform_;
};

std::string replaced(std::string text, std::string const& what, std::string const& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

} // namespace

TEST_CASE("the indexed job of Kubernetes covers a fleet, and once only when it is run again",
          "[cli][examples]") {
    auto const manifest = content(std::string(examples) + "/kubernetes-job.yaml");
    CHECK(manifest.find("completions: " + std::to_string(shards)) != std::string::npos);
    CHECK(manifest.find("value: \"" + std::to_string(shards) + '"') != std::string::npos);
    auto const begin = manifest.find("exec e2b-snapshot");
    REQUIRE(begin != std::string::npos);
    Cluster cluster;
    auto script = manifest.substr(begin, manifest.find('\n', begin) - begin);
    script =
        replaced(replaced(script, "/fleet/", cluster.folder() + '/'), "/journal/", cluster.folder() + '/');
    for (int again = 0; again != 2; ++again) {
        for (int index = 0; index != shards; ++index)
            CHECK(cluster.run("sh -c '" + script + '\'', {{"JOB_COMPLETION_INDEX", std::to_string(index)},
                                                          {"JOB_COMPLETIONS", std::to_string(shards)}}) == 0);
        CHECK(cluster.all_made_once());
    }
}

TEST_CASE("the array job of Slurm covers a fleet, and once only when it is run again", "[cli][examples]") {
    auto const script = std::string(examples) + "/slurm-array.sh";
    CHECK(content(script).find("--array=0-" + std::to_string(shards - 1)) != std::string::npos);
    Cluster cluster;
    for (int again = 0; again != 2; ++again) {
        for (int index = 0; index != shards; ++index)
            CHECK(cluster.run("sh '" + script + "' ids.txt",
                              {{"SLURM_ARRAY_TASK_ID", std::to_string(index)},
                               {"SLURM_ARRAY_TASK_COUNT", std::to_string(shards)}}) == 0);
        CHECK(cluster.all_made_once());
    }
}
