// Runs the controller of a bulk run on models of uneven platforms, and says how it did.

#include "support/fleet/study.hpp"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace e2b;
using namespace e2b::test::fleet;

namespace {

struct Options {
    std::uint64_t seeds = 100;
    std::string only; // families whose name has this in it
    std::optional<std::string> json;
};

// What a few runs were like from moment to moment.
struct Traced {
    char const* family;
    double step; // seconds
};
constexpr Traced traced[] = {
    {"nothing happens", 0.2},
    {"one node refuses everything for 6 s", 0.25},
    {"a hot node and one that drains", 0.5},
    {"three times as slow from the middle on", 0.4},
};

int usage() {
    std::cerr << "usage: fleet [--seeds N] [--only TEXT] [--json FILE]\n";
    return 2;
}

std::optional<Options> parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; i += 2) {
        std::string_view const name = argv[i];
        if (i + 1 == argc)
            return std::nullopt;
        std::string_view const value = argv[i + 1];
        if (name == "--seeds") {
            auto const [rest, error] = std::from_chars(value.begin(), value.end(), options.seeds);
            if (error != std::errc() || rest != value.end() || options.seeds == 0)
                return std::nullopt;
        } else if (name == "--only") {
            options.only = value;
        } else if (name == "--json") {
            options.json = value;
        } else {
            return std::nullopt;
        }
    }
    return options;
}

char const* verdict(Family const& family, Study const& study) {
    bool const is_safe = study.given_up == 0 && study.made_twice == 0 && study.unfinished == 0;
    auto const time = percentile(study.times, 0.95);
    if (!is_safe || time > family.must || percentile(study.refused, 0.95) > family.refused)
        return "MISSED";
    return time > family.goal ? "must" : "goal";
}

void print_heading() {
    std::printf("%-41s %7s | %5s %5s | %5s %5s %5s | %5s %5s %5s | %5s\n", "", "ideal", "must", "goal", "p50",
                "p95", "most", "p50", "p95", "own", "lost");
    std::printf("%-41s %7s | %11s | %17s | %17s |\n", "", "s", "x ideal", "time, x ideal", "refused, %");
}

void print(Family const& family, Study const& study) {
    std::printf("%-41s %7.2f | %5.2f %5.2f | %5.3f %5.3f %5.2f | %5.1f %5.1f %5.1f | %5zu  %s\n",
                family.name.c_str(), study.ideal, family.must, family.goal, percentile(study.times, 0.5),
                percentile(study.times, 0.95), percentile(study.times, 1),
                100 * percentile(study.refused, 0.5), 100 * percentile(study.refused, 0.95),
                100 * percentile(study.special, 0.95), study.given_up + study.unfinished + study.made_twice,
                verdict(family, study));
    std::fflush(stdout);
}

// Numbers and plain names only: nothing has to be escaped.
std::string as_json(Family const& family, Study const& study) {
    char text[512];
    std::snprintf(text, sizeof text,
                  R"({"family": "%s", "ideal_s": %.3f, "must": %.2f, "goal": %.2f, "time_p50": %.4f, )"
                  R"("time_p95": %.4f, "refused_p50": %.5f, "refused_p95": %.5f, "special_p95": %.5f, )"
                  R"("given_up": %zu, "made_twice": %zu, "unfinished": %zu})",
                  family.name.c_str(), study.ideal, family.must, family.goal, percentile(study.times, 0.5),
                  percentile(study.times, 0.95), percentile(study.refused, 0.5),
                  percentile(study.refused, 0.95), percentile(study.special, 0.95), study.given_up,
                  study.made_twice, study.unfinished);
    return text;
}

std::string as_json(Sample const& sample) {
    char text[256];
    std::snprintf(text, sizeof text, "[%.2f, %zu, %zu, %zu, %.2f, %.2f, %.2f]", sample.at, sample.window,
                  sample.in_flight, sample.waiting, sample.created, sample.refused, sample.starts_per_second);
    return text;
}

template <class Range, class Text>
std::string joined(Range const& range, Text const& text) {
    std::string all;
    for (auto const& each : range)
        all += (all.empty() ? "" : ",\n    ") + text(each);
    return all;
}

std::vector<Family> chosen(std::string const& only) {
    std::vector<Family> families;
    for (auto const* const all : {&main_families(), &more_families()}) {
        for (auto const& family : *all) {
            if (family.name.find(only) != std::string::npos)
                families.push_back(family);
        }
    }
    return families;
}

std::string traces(std::vector<Family> const& families) {
    std::vector<std::string> all;
    for (auto const& [name, step] : traced) {
        for (auto const& family : families) {
            if (family.name != name)
                continue;
            auto const platform = family.make(1);
            auto const samples = Run(platform, default_limits(family.reads_ahead)).trace(step);
            all.push_back("{\"family\": \"" + family.name + "\", \"samples\": [" +
                          joined(samples, [](Sample const& each) { return as_json(each); }) + "]}");
        }
    }
    return joined(all, [](std::string const& each) { return each; });
}

} // namespace

int main(int argc, char** argv) {
    auto const options = parse(argc, argv);
    if (!options)
        return usage();
    auto const families = chosen(options->only);
    std::vector<std::string> rows;
    bool all_met = true;
    print_heading();
    for (auto const& family : families) {
        auto const result = study(family, options->seeds);
        print(family, result);
        rows.push_back(as_json(family, result));
        all_met = all_met && std::strcmp(verdict(family, result), "MISSED") != 0;
    }
    if (options->json) {
        std::ofstream file(*options->json);
        file << "{\n  \"seeds\": " << options->seeds << ",\n  \"rows\": [\n    "
             << joined(rows, [](std::string const& each) { return each; }) << "],\n  \"traces\": [\n    "
             << traces(families) << "]\n}\n";
        if (!file.flush()) {
            std::cerr << "fleet: cannot write " << *options->json << '\n';
            return 2;
        }
    }
    return all_met ? 0 : 1;
}
