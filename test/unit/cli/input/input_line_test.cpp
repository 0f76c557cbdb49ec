#include "cli/input/input_line.hpp"
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

TEST_CASE("a line is an id, blanks or tabs, and a name", "[cli][input]") {
    for (auto const* line : {"iabc nightly:v1", "iabc\tnightly:v1", " iabc   nightly:v1 \r"}) {
        auto const request = request_in(line);
        CHECK(request.sandbox_id == "iabc");
        CHECK(request.name == "nightly:v1");
    }
}

TEST_CASE("more than an id and a name is refused", "[cli][input]") {
    auto const problem = problem_in("iabc two words");
    CHECK(problem.sandbox_id == "iabc");
    CHECK(problem.problem == "has more than a sandbox id and a name");
}

TEST_CASE("a line says of what kind its snapshot is, or is of the kind that was asked for", "[cli][input]") {
    auto const kind_of = [](std::string_view line, SnapshotKind otherwise) {
        return std::get<SnapshotRequest>(parse_input_line(line, {false, otherwise})).memory;
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

TEST_CASE("a name that looks like a sandbox id is refused, unless that is allowed", "[cli][input]") {
    for (std::string const id : {"i0123456789abcdefghij", "i0123456789abcdefghij-6532622b",
                                 "0a1b2c3d-0000-4000-8000-0123456789ab"}) {
        auto const problem = problem_in("iabc " + id);
        CHECK(problem.sandbox_id == "iabc");
        CHECK(problem.problem.find(id) != std::string::npos);
        CHECK(problem.problem.find("--allow-id-as-name") != std::string::npos);
        auto const allowed = parse_input_line("iabc\t" + id, {true});
        REQUIRE(std::holds_alternative<SnapshotRequest>(allowed));
        CHECK(std::get<SnapshotRequest>(allowed).name == id);
        // Who writes an object says which is which.
        CHECK(request_in(R"({"sandboxID": "iabc", "name": ")" + id + "\"}").name == id);
    }
    for (std::string const name :
         {"nightly", "i0123456789", "i0123456789abcdefghij:v1", "I0123456789abcdefghij"})
        CHECK(request_in("iabc " + name).name == name);
}

TEST_CASE("bytes that others take for the end of a line spoil it", "[cli][input]") {
    for (std::string const line : {"ione\ritwo", "ione\r\r", "\rione"})
        CHECK(problem_in(line).problem.find("carriage return") != std::string::npos);
    CHECK(problem_in("ione\vitwo").problem.find("vertical tab") != std::string::npos);
    CHECK(problem_in("ione\fitwo").problem.find("form feed") != std::string::npos);
    CHECK(problem_in(std::string("i\0o\0n\0e\0", 8)).problem.find("UTF-16") != std::string::npos);
}

TEST_CASE("fields that this command prints itself are passed over", "[cli][input]") {
    auto const record = request_in(
        R"({"sandboxID":"iabc","name":"nightly","outcome":"not_sent","attempts":0,"elapsedMs":0.000,"line":3,"schema":1,)"
        R"("error":{"code":"cancelled","message":"the run was stopped"}})");
    CHECK(record.sandbox_id == "iabc");
    CHECK(record.name == "nightly");
    auto const row = request_in(
        R"({"sandboxID":"iabc","templateID":"t","alias":"base","state":"running","startedAt":"x","endAt":"y",)"
        R"("cpuCount":2,"memoryMB":512,"diskSizeMB":1024,"metadata":{"tier":"gold"}})");
    CHECK(row.sandbox_id == "iabc");
    CHECK_FALSE(row.name);
    CHECK(problem_in(R"({"event":"end","sandboxID":"iabc","outcome":"created"})").problem.find("journal") !=
          std::string::npos);
}

TEST_CASE("a line is a JSON object", "[cli][input]") {
    CHECK(request_in(R"({"sandboxID": "iabc"})").sandbox_id == "iabc");
    CHECK_FALSE(request_in(R"({"sandboxID": "iabc", "name": null})").name);
    auto const request = request_in(" {\"name\": \"nightly\", \"sandboxID\": \"iabc\"}\r");
    CHECK(request.sandbox_id == "iabc");
    CHECK(request.name == "nightly");
}

TEST_CASE("what is wrong with a JSON object is said with the field's name", "[cli][input]") {
    CHECK(problem_in(R"({"name": "nightly"})").problem == "sandboxID: missing");
    CHECK(problem_in(R"({"sandboxID": 7})").problem == "sandboxID: must be a string");

    auto const name = problem_in(R"({"sandboxID": "iabc", "name": []})");
    CHECK(name.problem == "name: must be a string");
    CHECK(name.sandbox_id == "iabc");

    auto const misspelt = problem_in(R"({"sandboxID": "iabc", "nmae": "nightly"})");
    CHECK(misspelt.problem == "nmae: not a known field; known are sandboxID, name and memory");

    auto const twice = problem_in(R"({"sandboxID": "ione", "sandboxID": "itwo"})");
    CHECK(twice.problem == "sandboxID: stands twice in the object");
    CHECK(twice.sandbox_id.empty()); // nobody can tell which is meant
    CHECK(problem_in(R"({"sandboxID": "i", "name": "a", "name": "a"})").problem ==
          "name: stands twice in the object");
    CHECK(problem_in(R"({"sandboxID": "i", "state": "a", "state": "b"})").problem ==
          "state: stands twice in the object");

    for (auto const& line : {std::string("{\"sandboxID\":\"i\0\"}", 18), std::string("{\0\"\0s\0", 6)})
        CHECK(problem_in(line).problem.find("zero byte, as in UTF-16") != std::string::npos);
    CHECK(problem_in("{\v}").problem.find("vertical tab") != std::string::npos);
    CHECK(problem_in("{\r\n\"sandboxID\" oops\r\n}").problem.starts_with("not a JSON object: "));

    CHECK(problem_in(R"({"sandboxID": "iabc")").problem.starts_with("not a JSON object: "));
    CHECK(problem_in(R"({"sandboxID": "iabc"} x)").problem.starts_with("not a JSON object: "));
}

TEST_CASE("blank lines are recognised", "[cli][input]") {
    CHECK(is_blank(""));
    CHECK(is_blank(" \t\r"));
    CHECK_FALSE(is_blank(" i "));
}
