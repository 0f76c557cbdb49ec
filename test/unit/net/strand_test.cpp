#include "net/strand.hpp"
#include "support/catch.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using e2b::net::Strand;

TEST_CASE("strand: outside the context nothing runs at once") {
    asio::io_context context;
    Strand const strand(context.get_executor());
    bool ran = false;
    asio::dispatch(strand, [&] { ran = true; });
    CHECK(!ran);
    context.run();
    CHECK(ran);
}

TEST_CASE("strand: on a thread of the context a dispatched function runs at once, a posted one later") {
    asio::io_context context;
    Strand const strand(context.get_executor());
    std::vector<int> order;
    asio::post(context, [&] {
        asio::post(strand, [&] { order.push_back(3); });
        order.push_back(1);
    });
    context.run();
    context.restart();
    asio::post(context, [&] {
        asio::dispatch(strand, [&] {
            CHECK(strand.running_in_this_thread());
            order.push_back(4);
            asio::post(strand, [&] { order.push_back(7); });
            asio::dispatch(strand, [&] { order.push_back(5); });
        });
        CHECK(!strand.running_in_this_thread());
        order.push_back(6);
    });
    context.run();
    CHECK(order == std::vector<int>{1, 3, 4, 5, 6, 7});
}

TEST_CASE("strand: who comes after others that wait does not go first") {
    asio::io_context context;
    Strand const strand(context.get_executor());
    std::vector<int> order;
    asio::post(context, [&] {
        asio::post(strand, [&] { order.push_back(1); });
        asio::dispatch(strand, [&] { order.push_back(2); });
        CHECK(order.empty());
    });
    context.run();
    CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("strand: what waits is run although a function before it has thrown") {
    asio::io_context context;
    Strand const strand(context.get_executor());
    std::vector<int> order;
    bool const at_once = GENERATE(false, true);
    auto const fail = [&] {
        asio::post(strand, [&] { order.push_back(2); });
        order.push_back(1);
        throw std::runtime_error("thrown");
    };
    if (at_once)
        asio::post(context, [&] { asio::dispatch(strand, fail); });
    else
        asio::post(strand, fail);
    CHECK_THROWS_AS(context.run(), std::runtime_error);
    context.run();
    CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("strand: the end of the context destroys what waits, and what that holds may come back") {
    auto const held = std::make_shared<int>(0);
    struct ComesBack {
        ~ComesBack() {
            asio::post(strand, [kept = held] {});
        }
        Strand strand;
        std::shared_ptr<int> held;
    };
    {
        asio::io_context context;
        Strand const strand(context.get_executor());
        asio::post(strand, [back = std::make_unique<ComesBack>(ComesBack{strand, held})] {});
        asio::post(strand, [kept = held, strand] {});
        CHECK(held.use_count() > 1);
    }
    CHECK(held.use_count() == 1);
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
                    asio::post(own, step);
                }
            });
        if constexpr (std::is_same_v<TestType, asio::io_context>) {
            auto const work =
                asio::require(context.get_executor(), asio::execution::outstanding_work.tracked);
            std::thread runner([&] { context.run_for(std::chrono::seconds(60)); });
            for (auto& thread : threads)
                thread.join();
            asio::post(*strand, [&] { context.stop(); });
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
