// Runs a fuzz target without a fuzzer: over every file of a corpus, over each of them cut short, and over a
// fixed number of mutations that are the same in every run.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

constexpr int mutations_per_file = 2000;

void run(std::string const& input) {
    LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(input.data()), input.size());
}

std::vector<std::string> read_corpus(std::filesystem::path const& folder) {
    std::vector<std::filesystem::path> paths;
    for (auto const& entry : std::filesystem::directory_iterator(folder))
        paths.push_back(entry.path());
    std::ranges::sort(paths);
    std::vector<std::string> corpus;
    for (auto const& path : paths) {
        std::ifstream file(path, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return corpus;
}

// Only engines are the same everywhere, distributions are not.
class Mutator {
public:
    std::string operator()(std::string text, std::string const& other) {
        for (std::size_t edits = 1 + below(4); edits != 0; --edits)
            edit(text, other);
        return text;
    }

private:
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : engine_() % bound; }

    void edit(std::string& text, std::string const& other) {
        auto const at = below(text.size() + 1);
        auto const count = below(16);
        switch (below(5)) {
        case 0:
            text.erase(at, count);
            break;
        case 1:
            text.insert(at, 1, static_cast<char>(below(256)));
            break;
        case 2:
            text.insert(at, text.substr(below(text.size() + 1), count));
            break;
        case 3:
            text.insert(at, other.substr(below(other.size() + 1), count));
            break;
        default:
            if (at != text.size())
                text[at] = static_cast<char>(below(256));
        }
    }

    std::mt19937 engine_;
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    auto const corpus = read_corpus(argv[1]);
    if (corpus.empty()) {
        std::fprintf(stderr, "%s: no file in %s\n", argv[0], argv[1]);
        return 1;
    }
    Mutator mutate;
    for (std::size_t i = 0; i != corpus.size(); ++i) {
        for (std::size_t size = 0; size <= corpus[i].size(); ++size)
            run(corpus[i].substr(0, size));
        for (int n = 0; n != mutations_per_file; ++n)
            run(mutate(corpus[i], corpus[(i + 1) % corpus.size()]));
    }
    return 0;
}
