#include "net/strand.hpp"
#include "support/catch.hpp"
#include "support/failing_memory.hpp"

#include <boost/asio/io_context.hpp>

#include <new>

namespace asio = boost::asio;
using e2b::net::Strand;
using e2b::test::FailingMemory;

// An io_context allocates whenever something is posted to it, and so does whatever wraps an executor.
TEST_CASE("strand: a failed allocation leaves it as it was") {
    asio::io_context context;
    Strand const strand(context.get_executor());
    int ran = 0;
    unsigned failed = 0;
    for (unsigned nth = 1;; ++nth) {
        bool threw = false;
        bool failed_once = false;
        {
            FailingMemory memory(nth);
            try {
                strand.run([&] { ++ran; });
            } catch (std::bad_alloc const&) {
                threw = true;
            }
            failed_once = memory.failed();
        }
        failed += threw ? 1 : 0;
        context.restart();
        context.run();
        CHECK(ran == (threw ? 0 : 1));
        // It goes on.
        ran = 0;
        strand.run([&] { ++ran; });
        context.restart();
        context.run();
        REQUIRE(ran == 1);
        ran = 0;
        if (!failed_once)
            break;
    }
    CHECK(failed >= 2);
}
