#include "cli/input/line_joiner.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace e2b::cli;

namespace {

// What becomes of these lines, each as `number:text`.
std::vector<std::string> joined(std::vector<std::string> const& lines) {
    LineJoiner joiner;
    std::vector<std::string> result;
    auto const take = [&] {
        while (auto const line = joiner.next())
            result.push_back(std::to_string(line->number) + ':' + line->text);
    };
    std::size_t number = 0;
    for (auto const& text : lines) {
        joiner.add({text, ++number});
        take();
    }
    joiner.finish();
    take();
    return result;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("lines that stand for themselves pass as they are", "[cli][input]") {
    CHECK(joined({"ione", "", R"({"sandboxID":"itwo"})", "ithree x"}) ==
          Lines{"1:ione", "2:", R"(3:{"sandboxID":"itwo"})", "4:ithree x"});
}

TEST_CASE("an object that stands on several lines becomes one", "[cli][input]") {
    CHECK(joined({"{", R"(  "sandboxID": "ione",)", R"(  "error": {)", "  }", "}", "itwo"}) ==
          Lines{"1:{\n  \"sandboxID\": \"ione\",\n  \"error\": {\n  }\n}", "6:itwo"});
}

TEST_CASE("an object that was cut takes no other line with it", "[cli][input]") {
    CHECK(joined({R"({"sandboxID": "ione")", "itwo"}) == Lines{R"(1:{"sandboxID": "ione")", "2:itwo"});
    CHECK(joined({R"({"sandboxID": "ione",)", R"({"sandboxID": "itwo"})"}) ==
          Lines{R"(1:{"sandboxID": "ione",)", R"(2:{"sandboxID": "itwo"})"});
    CHECK(joined({R"({"sandboxID": "io)", "itwo"}) == Lines{R"(1:{"sandboxID": "io)", "2:itwo"});
    CHECK(joined({"itwo", "{"}) == Lines{"1:itwo", "2:{"});
}

TEST_CASE("an object that is too long is none", "[cli][input]") {
    std::vector<std::string> lines{"{"};
    for (int i = 0; i < 20; ++i)
        lines.push_back("\"k" + std::to_string(i) + "\": \"" + std::string(4000, 'x') + "\",");
    auto const result = joined(lines);
    CHECK(result.size() > 1);
    CHECK(result.front().size() <= LineSplitter::max_line_bytes + 2);
}

TEST_CASE("a line that was too long is not parsed", "[cli][input]") {
    LineJoiner joiner;
    joiner.add({"{", 1, true});
    auto const line = joiner.next();
    REQUIRE(line);
    CHECK(line->too_long);
}
