#include "base/descriptor.hpp"
#include "cli/basics/usage_error.hpp"
#include "cli/input/line_source.hpp"
#include "support/catch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <array>
#include <string>
#include <string_view>
#include <unistd.h>

namespace asio = boost::asio;
using namespace e2b::cli;

namespace {

class Pipe {
public:
    Pipe() {
        std::array<int, 2> ends{};
        REQUIRE(::pipe(ends.data()) == 0);
        reader_ = e2b::base::Descriptor(ends[0]);
        writer_ = e2b::base::Descriptor(ends[1]);
    }
    [[nodiscard]] std::string path() const { return "/dev/fd/" + std::to_string(reader_.get()); }
    void write(std::string_view text) {
        REQUIRE(::write(writer_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    void close() { writer_ = e2b::base::Descriptor(); }

private:
    e2b::base::Descriptor reader_;
    e2b::base::Descriptor writer_;
};

std::optional<Source::Item> next_of(LineSource& source) {
    asio::io_context context;
    auto result = asio::co_spawn(context, source.next(), asio::use_future);
    context.run();
    return result.get();
}

std::string id_of(std::optional<Source::Item> const& item) {
    REQUIRE(item);
    REQUIRE(std::holds_alternative<e2b::SnapshotRequest>(item->content));
    return std::get<e2b::SnapshotRequest>(item->content).sandbox_id;
}

} // namespace

TEST_CASE("a line of a pipe is yielded before the next was written", "[cli][input]") {
    Pipe pipe;
    LineSource source(pipe.path());
    CHECK_FALSE(source.progress());
    pipe.write("ione\n");
    CHECK(id_of(next_of(source)) == "ione");
    pipe.write("itwo\n\nitail");
    CHECK(id_of(next_of(source)) == "itwo");
    pipe.close();
    auto const tail = next_of(source);
    CHECK(id_of(tail) == "itail");
    CHECK(tail->line == 4);
    CHECK_FALSE(next_of(source));
    CHECK_FALSE(next_of(source));
}

TEST_CASE("a line that cannot be understood keeps its number, and the rest goes on", "[cli][input]") {
    Pipe pipe;
    pipe.write("ione\n{]\n" + std::string(LineSplitter::max_line_bytes / 2, 'x'));
    LineSource source(pipe.path());
    CHECK(id_of(next_of(source)) == "ione");
    auto const malformed = next_of(source);
    REQUIRE(malformed);
    CHECK(malformed->line == 2);
    CHECK(std::holds_alternative<MalformedLine>(malformed->content));
}

TEST_CASE("stop ends a read that waits", "[cli][input]") {
    Pipe pipe;
    LineSource source(pipe.path());
    asio::io_context context;
    auto result = asio::co_spawn(context, source.next(), asio::use_future);
    context.poll();
    source.stop();
    context.run();
    CHECK_FALSE(result.get());
}

TEST_CASE("what cannot be read is refused, naming it", "[cli][input]") {
    CHECK_THROWS_WITH(LineSource("/nonexistent/ids"), Catch::Matchers::ContainsSubstring("/nonexistent/ids"));
    CHECK_THROWS_AS(LineSource("/tmp"), UsageError);
}

TEST_CASE("a byte order mark at the beginning is passed over", "[cli][input]") {
    Pipe pipe;
    LineSource source(pipe.path());
    pipe.write("\xEF\xBB\xBFione\nitwo\n");
    CHECK(id_of(next_of(source)) == "ione");
    CHECK(id_of(next_of(source)) == "itwo");
}

TEST_CASE("a list in UTF-16 is refused as a whole", "[cli][input]") {
    for (std::string const beginning : {"\xFF\xFE", "\xFE\xFF"}) {
        Pipe pipe;
        LineSource source(pipe.path());
        pipe.write(beginning + "i\n");
        CHECK_THROWS_WITH(next_of(source), Catch::Matchers::ContainsSubstring("UTF-16"));
    }
}
