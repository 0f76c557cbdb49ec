#include "net/strand.hpp"
#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using e2b::net::Strand;
using e2b::net::StrandOwner;

TEST_CASE("strand: outside the context nothing runs at once") {
    asio::io_context context;
    Strand const strand(context.get_executor());
    bool ran = false;
    strand.run([&] { ran = true; });
    CHECK(!ran);
    context.run();
    CHECK(ran);
}

TEST_CASE("strand: on a thread of the context a function runs at once, but never within another") {
    asio::io_context context;
    Strand const strand(context.get_executor());
    std::vector<int> order;
    asio::post(context, [&] {
        strand.run([&] {
            CHECK(strand.running_in_this_thread());
            strand.run([&] { order.push_back(2); });
            order.push_back(1);
        });
        CHECK(!strand.running_in_this_thread());
        order.push_back(3);
    });
    context.run();
    CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("strand: who comes after others that wait does not go first") {
    asio::io_context context;
    Strand const strand(context.get_executor());
    std::vector<int> order;
    strand.run([&] { order.push_back(1); }); // waits for the context
    asio::post(context, [&] { strand.run([&] { order.push_back(3); }); });
    strand.run([&] { order.push_back(2); });
    context.run();
    CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("strand: what waits is run although a function before it has thrown") {
    asio::io_context context;
    Strand const strand(context.get_executor());
    std::vector<int> order;
    bool const at_once = GENERATE(false, true);
    auto const fail = [&] {
        strand.run([&] { order.push_back(2); });
        order.push_back(1);
        throw std::runtime_error("thrown");
    };
    if (at_once)
        asio::post(context, [&] { strand.run(fail); });
    else
        strand.run(fail);
    CHECK_THROWS_AS(context.run(), std::runtime_error);
    context.run();
    CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("strand: others get the thread in between, however many functions follow each other") {
    asio::io_context context;
    Strand const strand(context.get_executor());
    int left = 1000;
    int left_when_others_ran = -1;
    std::function<void()> step = [&] {
        if (--left != 0)
            strand.run(step);
    };
    asio::post(context, [&] { strand.run(step); });
    asio::post(context, [&] { left_when_others_ran = left; });
    context.run();
    CHECK(left == 0);
    CHECK(left_when_others_ran > 0);
}

TEST_CASE("strand: the end of the context destroys what waits, and what that holds may come back") {
    auto const held = std::make_shared<int>(0);
    struct ComesBack {
        ~ComesBack() {
            strand.run([kept = held] {});
        }
        Strand strand;
        std::shared_ptr<int> held;
    };
    {
        asio::io_context context;
        Strand const strand(context.get_executor());
        strand.run([back = std::make_shared<ComesBack>(ComesBack{strand, held})] {});
        strand.run([kept = held, strand] {});
        CHECK(held.use_count() > 1);
    }
    CHECK(held.use_count() == 1);
}

namespace {

struct Owner final : StrandOwner {
    explicit Owner(std::vector<std::string>& events) : log(events) {}
    ~Owner() { log.emplace_back("end"); }
    void before_leaving() noexcept override { log.emplace_back("leaving"); }
    std::vector<std::string>& log;
};

} // namespace

TEST_CASE("strand: the owner lives until the strand is left, and what comes later is not run") {
    std::vector<std::string> log;
    asio::io_context context;
    Strand strand(context.get_executor());
    auto owner = std::make_shared<Owner>(log);
    strand.set_owner(owner);
    strand.run([&] {
        owner.reset();
        log.emplace_back("one");
        strand.run([&] { log.emplace_back("two"); });
    });
    context.run();
    CHECK(log == std::vector<std::string>{"one", "two", "leaving", "end"});
    context.restart();
    strand.run([&] { log.emplace_back("three"); });
    context.run();
    CHECK(log.size() == 4);
}

TEMPLATE_TEST_CASE("strand: one function at a time, whatever runs them", "", asio::io_context,
                   asio::thread_pool) {
    constexpr int senders = 4;
    constexpr int each = 5000;
    int count = 0; // unguarded: the strand is what guards it
    std::vector<int> last(senders, -1);
    bool in_order = true;
    {
        std::vector<std::thread> threads;
        TestType context(2);
        std::optional<Strand> strand(std::in_place, context.get_executor());
        for (int sender = 0; sender < senders; ++sender)
            threads.emplace_back([&, sender, own = *strand] {
                for (int i = 0; i < each; ++i) {
                    auto const step = [&, sender, i] {
                        in_order = in_order && last[static_cast<std::size_t>(sender)] == i - 1;
                        last[static_cast<std::size_t>(sender)] = i;
                        ++count;
                    };
                    own.run(step);
                }
            });
        if constexpr (std::is_same_v<TestType, asio::io_context>) {
            auto const work =
                asio::require(context.get_executor(), asio::execution::outstanding_work.tracked);
            std::thread runner([&] { context.run_for(std::chrono::seconds(60)); });
            for (auto& thread : threads)
                thread.join();
            strand->run([&] { context.stop(); });
            context.run_for(std::chrono::seconds(60));
            runner.join();
        } else {
            for (auto& thread : threads)
                thread.join();
            context.join();
        }
    }
    CHECK(count == senders * each);
    CHECK(in_order);
}
