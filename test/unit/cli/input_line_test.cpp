#include "cli/input_line.hpp"
#include "support/catch.hpp"

using namespace e2b;
using namespace e2b::cli;

namespace {

SnapshotRequest request_in(std::string_view line) {
    InputLine const parsed = parse_input_line(line);
    REQUIRE(std::holds_alternative<SnapshotRequest>(parsed));
    return std::get<SnapshotRequest>(parsed);
}

MalformedLine problem_in(std::string_view line) {
    InputLine const parsed = parse_input_line(line);
    REQUIRE(std::holds_alternative<MalformedLine>(parsed));
    return std::get<MalformedLine>(parsed);
}

} // namespace

TEST_CASE("a line is an id", "[cli][input]") {
    for (auto const* line : {"iabc", "  iabc", "iabc \t", "iabc\r"}) {
        auto const request = request_in(line);
        CHECK(request.sandbox_id == "iabc");
        CHECK_FALSE(request.name);
    }
}

TEST_CASE("a line is an id, white space and a name", "[cli][input]") {
    for (auto const* line : {"iabc nightly:v1", "iabc\tnightly:v1", " iabc   nightly:v1 \r"}) {
        auto const request = request_in(line);
        CHECK(request.sandbox_id == "iabc");
        CHECK(request.name == "nightly:v1");
    }
}

TEST_CASE("further words belong to the name, which the library then refuses", "[cli][input]") {
    CHECK(request_in("iabc two words").name == "two words");
}

TEST_CASE("a line is a JSON object", "[cli][input]") {
    CHECK(request_in(R"({"sandboxID": "iabc"})").sandbox_id == "iabc");
    CHECK_FALSE(request_in(R"({"sandboxID": "iabc", "name": null})").name);
    auto const request = request_in(" {\"name\": \"nightly\", \"sandboxID\": \"iabc\"}\r");
    CHECK(request.sandbox_id == "iabc");
    CHECK(request.name == "nightly");
}

TEST_CASE("a line says of what kind its snapshot is, or is of the kind that was asked for", "[cli][input]") {
    auto const kind_of = [](std::string_view line, SnapshotKind otherwise) {
        return std::get<SnapshotRequest>(parse_input_line(line, otherwise)).memory;
    };
    for (auto const otherwise : {SnapshotKind::full, SnapshotKind::filesystem}) {
        CHECK(kind_of("iabc", otherwise) == otherwise);
        CHECK(kind_of("iabc name", otherwise) == otherwise);
        CHECK(kind_of(R"({"sandboxID": "iabc"})", otherwise) == otherwise);
        CHECK(kind_of(R"({"sandboxID": "iabc", "memory": null})", otherwise) == otherwise);
        CHECK(kind_of(R"({"memory": false, "sandboxID": "iabc"})", otherwise) == SnapshotKind::filesystem);
        CHECK(kind_of(R"({"sandboxID": "iabc", "memory": true})", otherwise) == SnapshotKind::full);
    }
    CHECK(problem_in(R"({"sandboxID": "iabc", "memory": "false"})").problem ==
          "memory: must be true or false");
}

TEST_CASE("what is wrong with a JSON object is said with the field's name", "[cli][input]") {
    CHECK(problem_in(R"({"name": "nightly"})").problem == "sandboxID: missing");
    CHECK(problem_in(R"({"sandboxID": 7})").problem == "sandboxID: must be a string");

    auto const name = problem_in(R"({"sandboxID": "iabc", "name": []})");
    CHECK(name.problem == "name: must be a string");
    CHECK(name.sandbox_id == "iabc");

    auto const misspelt = problem_in(R"({"sandboxID": "iabc", "nmae": "nightly"})");
    CHECK(misspelt.problem == "nmae: not a known field; known are sandboxID, name and memory");

    CHECK(problem_in(R"({"sandboxID": "iabc")").problem.starts_with("not a JSON object: "));
    CHECK(problem_in(R"({"sandboxID": "iabc"} x)").problem.starts_with("not a JSON object: "));
}

TEST_CASE("blank lines are recognised", "[cli][input]") {
    CHECK(is_blank(""));
    CHECK(is_blank(" \t\r"));
    CHECK_FALSE(is_blank(" i "));
}
