#include "cli/input/line_splitter.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace e2b::cli;

namespace {

std::vector<std::string> lines_of(std::string_view input, std::size_t chunk_size) {
    LineSplitter splitter;
    std::vector<std::string> lines;
    auto const take = [&] {
        while (auto line = splitter.next()) {
            lines.push_back(line->text);
            CHECK(line->number == lines.size());
            CHECK_FALSE(line->too_long);
        }
    };
    for (; !input.empty(); input.remove_prefix(std::min(chunk_size, input.size()))) {
        splitter.feed(std::string(input.substr(0, chunk_size)));
        take();
    }
    splitter.finish();
    take();
    return lines;
}

} // namespace

TEST_CASE("lines do not depend on where the chunks end", "[cli][input]") {
    std::string const input = "one\n\ntwo two\r\nthree";
    std::vector<std::string> const expected{"one", "", "two two\r", "three"};
    for (std::size_t chunk = 1; chunk <= input.size(); ++chunk) {
        CAPTURE(chunk);
        CHECK(lines_of(input, chunk) == expected);
    }
}

TEST_CASE("a line feed at the end begins no further line", "[cli][input]") {
    CHECK(lines_of("one\n", 2) == std::vector<std::string>{"one"});
    CHECK(lines_of("", 1).empty());
}

TEST_CASE("a line is handed out before the input goes on", "[cli][input]") {
    LineSplitter splitter;
    splitter.feed("one\ntw");
    REQUIRE(splitter.next()->text == "one");
    CHECK(splitter.consumed() == 4);
    CHECK_FALSE(splitter.next());
}

TEST_CASE("of a line that is too long the beginning is kept, and the next line is whole", "[cli][input]") {
    LineSplitter splitter;
    std::string const long_line(LineSplitter::max_line_bytes + 1, 'x');
    splitter.feed(long_line);
    CHECK_FALSE(splitter.next());
    splitter.feed(long_line + "\nnext\n");

    auto const cut = splitter.next();
    REQUIRE(cut);
    CHECK(cut->too_long);
    CHECK(cut->text.size() == LineSplitter::max_line_bytes);

    auto const next = splitter.next();
    REQUIRE(next);
    CHECK(next->text == "next");
    CHECK(next->number == 2);
    CHECK_FALSE(next->too_long);
}

TEST_CASE("a line that just fits is not too long", "[cli][input]") {
    LineSplitter splitter;
    splitter.feed(std::string(LineSplitter::max_line_bytes, 'x') + '\n');
    auto const line = splitter.next();
    REQUIRE(line);
    CHECK_FALSE(line->too_long);
    CHECK(line->text.size() == LineSplitter::max_line_bytes);
}
