#include "cli/journal/durable_log.hpp"
#include "support/catch.hpp"
#include "support/temporary_file.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <fcntl.h>
#include <string>
#include <system_error>

namespace asio = boost::asio;
using namespace e2b::cli;
using e2b::test::TemporaryFile;

namespace {

e2b::base::Descriptor opened(std::string const& path) {
    return e2b::base::Descriptor(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
}

void run(asio::io_context& context, asio::awaitable<void> work) {
    std::exception_ptr failed;
    asio::co_spawn(context, std::move(work), [&failed](std::exception_ptr error) { failed = error; });
    context.restart();
    context.run();
    if (failed)
        std::rethrow_exception(failed);
}

} // namespace

TEST_CASE("a durable log has a line on the disk before its write completes", "[cli][journal]") {
    TemporaryFile const file("before\n");
    asio::io_context context;
    DurableLog log(context.get_executor(), opened(file.path()), "run.jsonl");
    log.append("one\n");
    run(context, log.write("two\n"));
    CHECK(file.content() == "before\none\ntwo\n");
    CHECK(log.syncs() >= 1);
    log.append("three\n");
    run(context, log.flush());
    CHECK(file.content() == "before\none\ntwo\nthree\n");
}

TEST_CASE("a durable log syncs many lines at once", "[cli][journal]") {
    TemporaryFile const file;
    asio::io_context context;
    DurableLog log(context.get_executor(), opened(file.path()), "run.jsonl");
    constexpr int lines = 500;
    int written = 0;
    for (int i = 0; i < lines; ++i)
        asio::co_spawn(context, log.write("line\n"), [&written](std::exception_ptr error) {
            CHECK(!error);
            ++written;
        });
    context.run();
    CHECK(written == lines);
    CHECK(file.lines().size() == lines);
    // All of them were handed over while the first was on its way.
    CHECK(log.syncs() <= 2);
}

TEST_CASE("where nothing can be written, each write and the flush say so", "[cli][journal]") {
    asio::io_context context;
    DurableLog log(context.get_executor(), opened("/dev/full"), "run.jsonl");
    CHECK_THROWS_AS(run(context, log.write("one\n")), std::system_error);
    CHECK_THROWS_AS(run(context, log.write("two\n")), std::system_error);
    log.append("three\n");
    CHECK_THROWS_WITH(run(context, log.flush()),
                      Catch::Matchers::ContainsSubstring("cannot write the journal run.jsonl"));
}
