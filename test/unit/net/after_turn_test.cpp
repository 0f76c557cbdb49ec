#include "net/after_turn.hpp"
#include "net/strand.hpp"
#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <stdexcept>
#include <thread>

namespace asio = boost::asio;
using e2b::net::AfterTurn;
using e2b::net::Strand;

namespace {

struct Work final : AfterTurn::Work {
    void run_after_turn() override {
        ++run;
        if (react)
            react();
    }
    void post_instead() noexcept override { ++posted; }

    std::function<void()> react;
    int run = 0;
    int posted = 0;
};

} // namespace

TEST_CASE("after turn: what was left is run once, when the turn is over") {
    Work work;
    AfterTurn after;
    CHECK(AfterTurn::leave(work));
    CHECK(work.run == 0);
    after.run();
    CHECK(work.run == 1);
    after.run();
    CHECK(work.run == 1);
    CHECK(work.posted == 0);
}

TEST_CASE("after turn: one piece of work is taken, and none outside of a turn or after it") {
    Work work;
    Work other;
    CHECK_FALSE(AfterTurn::leave(work));
    {
        AfterTurn after;
        CHECK(AfterTurn::leave(work));
        CHECK_FALSE(AfterTurn::leave(other));
        work.react = [&] { CHECK_FALSE(AfterTurn::leave(other)); };
        after.run();
        CHECK_FALSE(AfterTurn::leave(other));
    }
    CHECK_FALSE(AfterTurn::leave(other));
    CHECK(other.run + other.posted == 0);
}

TEST_CASE("after turn: what is left by a turn that does not come to its end is posted") {
    Work work;
    try {
        AfterTurn const after;
        CHECK(AfterTurn::leave(work));
        throw std::runtime_error("in the turn");
    } catch (std::runtime_error const&) {
    }
    CHECK(work.run == 0);
    CHECK(work.posted == 1);
}

TEST_CASE("after turn: what throws is not run again") {
    Work work;
    work.react = [] { throw std::runtime_error("after the turn"); };
    {
        AfterTurn after;
        CHECK(AfterTurn::leave(work));
        CHECK_THROWS_AS(after.run(), std::runtime_error);
    }
    CHECK(work.run == 1);
    CHECK(work.posted == 0);
}

TEST_CASE("after turn: a turn within what another left has its own work") {
    Work outer_work;
    Work inner_work;
    outer_work.react = [&] {
        AfterTurn inner;
        CHECK(AfterTurn::leave(inner_work));
        inner.run();
    };
    AfterTurn outer;
    CHECK(AfterTurn::leave(outer_work));
    outer.run();
    CHECK(outer_work.run == 1);
    CHECK(inner_work.run == 1);
}

TEST_CASE("after turn: another thread's turn is not this one's") {
    Work work;
    AfterTurn const after;
    std::thread([&] { CHECK_FALSE(AfterTurn::leave(work)); }).join();
    CHECK(AfterTurn::leave(work));
}

TEST_CASE("strand: try_run runs where nobody is in, on a thread of the context, and nowhere else") {
    asio::io_context context;
    Strand const strand(context.get_executor());
    bool ran = false;
    CHECK_FALSE(strand.try_run([&] { ran = true; }));
    asio::post(context, [&] {
        CHECK(strand.try_run([&] {
            ran = strand.running_in_this_thread();
            CHECK_FALSE(strand.try_run([] { FAIL("somebody is in"); }));
        }));
        CHECK_FALSE(strand.running_in_this_thread());
    });
    context.run();
    CHECK(ran);
}

TEST_CASE("strand: what came while try_run was in runs afterwards, even if that threw") {
    asio::io_context context;
    Strand const strand(context.get_executor());
    int ran = 0;
    asio::post(context, [&] {
        CHECK_THROWS_AS(static_cast<void>(strand.try_run([&] {
                            asio::post(strand, [&] { ++ran; });
                            throw std::runtime_error("in the turn");
                        })),
                        std::runtime_error);
        CHECK(ran == 0);
    });
    context.run();
    CHECK(ran == 1);
}
