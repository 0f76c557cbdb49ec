#include "net/after_turn.hpp"
#include "net/descriptor.hpp"
#include "net/socket_poller.hpp"
#include "support/catch.hpp"
#include "support/manual_time.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using e2b::net::AfterTurn;
using e2b::net::Descriptor;
using e2b::net::SocketPoller;
using e2b::net::Strand;
using e2b::net::Timers;
using e2b::test::ManualClock;

namespace {

// Two ends of a connection: ours is watched, the other one belongs to the peer.
class Watched final : public SocketPoller::Listener {
public:
    explicit Watched(SocketPoller& poller) : poller_(poller) {
        int ends[2] = {-1, -1};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
        own_ = Descriptor(ends[0]);
        peer_ = Descriptor(ends[1]);
        REQUIRE(!poller_.add(own_.get(), *this));
    }
    ~Watched() { forget(); }

    void say(std::string const& bytes) {
        REQUIRE(::write(peer_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    }
    void hang_up() { peer_.close(); }
    void forget() {
        if (own_.is_open())
            poller_.remove(own_.get(), *this);
        own_.close();
    }
    // Fills what the system keeps for the peer, so that a write has to wait.
    void fill() {
        std::string const block(4096, 'x');
        while (::write(own_.get(), block.data(), block.size()) > 0) {
        }
        poller_.watch_writable(own_.get(), *this, true);
    }
    void drain() {
        std::string block(4096, ' ');
        while (::read(peer_.get(), block.data(), block.size()) > 0) {
        }
    }

    bool on_readable() override {
        char byte = 0;
        auto const size = ::read(own_.get(), &byte, 1);
        if (size < 0)
            return false;
        ++times_readable;
        ended = size == 0;
        if (!ended)
            seen += byte;
        if (react)
            react();
        return true;
    }
    void on_writable() override {
        ++times_writable;
        poller_.watch_writable(own_.get(), *this, false);
    }

    std::string seen; // a byte for each time it was told
    int times_readable = 0;
    int times_writable = 0;
    bool ended = false;
    std::function<void()> react;

private:
    SocketPoller& poller_;
    Descriptor own_;
    Descriptor peer_;
};

struct Rig {
    asio::io_context context;
    Strand strand{context.get_executor()};
    ManualClock clock;
    Timers timers{clock.make_source()};
    std::shared_ptr<SocketPoller> poller = std::make_shared<SocketPoller>(strand, timers);
};

// Sockets with something to read, which are told once. Each leaves work, where it may.
struct Batch {
    struct Work final : AfterTurn::Work {
        explicit Work(Batch& owner) : batch(owner) {}
        void run_after_turn() override {
            batch.was_in_strand |= batch.rig.strand.running_in_this_thread();
            batch.log += 'w';
            if (std::exchange(batch.first, false) && batch.react)
                batch.react();
        }
        void post_instead() noexcept override { batch.log += 'p'; }
        Batch& batch;
    };

    explicit Batch(std::size_t size) {
        for (std::size_t i = 0; i != size; ++i) {
            auto& work = *works.emplace_back(std::make_unique<Work>(*this));
            auto& socket = *sockets.emplace_back(std::make_unique<Watched>(*rig.poller));
            socket.say("a");
            socket.react = [&] {
                socket.forget();
                log += AfterTurn::leave(work) ? 't' : 'T';
                ++told;
            };
        }
    }

    Rig rig;
    std::vector<std::unique_ptr<Work>> works;
    std::vector<std::unique_ptr<Watched>> sockets;
    // What happens: a socket is told and leaves work (t), is told and cannot (T); work is done (w), or would
    // have to be posted (p).
    std::string log;
    bool was_in_strand = false; // while work was done
    std::atomic<std::size_t> told = 0;
    bool first = true;
    std::function<void()> react; // of the first work that is done
};

} // namespace

TEST_CASE("socket poller: a socket is reported until all of it was read") {
    Rig rig;
    Watched socket(*rig.poller);
    socket.say("abc");
    socket.react = [&] {
        CHECK(rig.strand.running_in_this_thread());
        if (socket.seen == "abc")
            socket.forget();
    };
    rig.context.run();
    CHECK(socket.seen == "abc");
}

TEST_CASE("socket poller: the peer's end is reported") {
    Rig rig;
    Watched socket(*rig.poller);
    socket.hang_up();
    socket.react = [&] { socket.forget(); };
    rig.context.run();
    CHECK(socket.ended);
    CHECK(socket.times_readable == 1);
}

TEST_CASE("socket poller: nothing keeps the context running when nothing is watched") {
    Rig rig;
    {
        Watched const socket(*rig.poller);
        CHECK(rig.context.poll() == 0);
        CHECK(!rig.context.stopped());
    }
    rig.context.run();
    CHECK(rig.context.stopped());
}

TEST_CASE("socket poller: what is watched while the last wait is being cancelled is reported") {
    Rig rig;
    {
        Watched const gone(*rig.poller);
    }
    Watched socket(*rig.poller);
    socket.say("a");
    socket.react = [&] { socket.forget(); };
    rig.context.run();
    CHECK(socket.seen == "a");
}

TEST_CASE("socket poller: all of more sockets than are told at once are told, and others get their turn") {
    Rig rig;
    std::vector<std::unique_ptr<Watched>> sockets;
    std::size_t told = 0;
    std::size_t told_before_others = 0;
    for (int i = 0; i != 200; ++i) {
        auto& socket = *sockets.emplace_back(std::make_unique<Watched>(*rig.poller));
        socket.say("a");
        socket.react = [&] {
            if (++told == 1)
                asio::post(rig.context, [&] { told_before_others = told; });
            socket.forget();
        };
    }
    rig.context.run();
    CHECK(told == 200);
    CHECK(told_before_others < 200);
}

TEST_CASE("socket poller: whoever throws does not make it deaf") {
    Rig rig;
    Watched socket(*rig.poller);
    socket.say("ab");
    socket.react = [&] {
        if (socket.seen == "a")
            throw std::runtime_error("a listener's own");
        socket.forget();
    };
    CHECK_THROWS_AS(rig.context.run(), std::runtime_error);
    rig.context.restart();
    rig.context.run();
    CHECK(socket.seen == "ab");
}

TEST_CASE("socket poller: whoever is removed by another's reaction is not told") {
    Rig rig;
    Watched one(*rig.poller);
    Watched other(*rig.poller);
    one.say("a");
    other.say("b");
    one.react = [&] { one.forget(), other.forget(); };
    other.react = one.react;
    rig.context.run();
    CHECK(one.times_readable + other.times_readable == 1);
}

TEST_CASE("socket poller: whoever removes itself when it can write is not told that it can read") {
    Rig rig;
    struct Writer final : SocketPoller::Listener {
        bool on_readable() override {
            ++reads;
            return true;
        }
        void on_writable() override {
            poller->remove(socket.get(), *this);
            socket.close();
        }
        SocketPoller* poller = nullptr;
        Descriptor socket;
        int reads = 0;
    } writer;
    int ends[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    writer.poller = rig.poller.get();
    writer.socket = Descriptor(ends[0]);
    Descriptor const peer(ends[1]);
    REQUIRE(::write(peer.get(), "a", 1) == 1);
    REQUIRE(!rig.poller->add(writer.socket.get(), writer));
    rig.poller->watch_writable(writer.socket.get(), writer, true);
    rig.context.run();
    CHECK(!writer.socket.is_open());
    CHECK(writer.reads == 0);
}

TEST_CASE("socket poller: that a socket takes bytes again is reported where it was asked for") {
    Rig rig;
    Watched socket(*rig.poller);
    rig.context.poll();
    CHECK(socket.times_writable == 0);
    socket.fill();
    rig.context.poll();
    CHECK(socket.times_writable == 0);
    socket.drain();
    rig.context.run_one();
    CHECK(socket.times_writable == 1);
    rig.context.poll();
    CHECK(socket.times_writable == 1);
    socket.forget();
    rig.context.run();
}

TEST_CASE("socket poller: a single socket that was told before is told when it takes bytes again, too") {
    Rig rig;
    Watched socket(*rig.poller);
    socket.say("a");
    rig.context.poll();
    CHECK(socket.seen == "a");
    socket.fill();
    socket.drain();
    rig.context.poll();
    CHECK(socket.times_writable == 1);
    socket.say("b");
    rig.context.poll();
    CHECK(socket.seen == "ab");
    CHECK(socket.times_writable == 1);
}

TEST_CASE("socket poller: a single socket is told, whoever was told before it") {
    Rig rig;
    auto gone = std::make_unique<Watched>(*rig.poller);
    gone->say("a");
    rig.context.poll();
    CHECK(gone->seen == "a");
    std::unique_ptr<Watched> socket;
    SECTION("and is gone before it comes") {
        gone.reset();
        socket = std::make_unique<Watched>(*rig.poller);
    }
    SECTION("and goes after it has come") {
        socket = std::make_unique<Watched>(*rig.poller);
        gone.reset();
    }
    socket->say("bc");
    rig.context.poll();
    CHECK(socket->seen == "bc");
    socket->hang_up();
    rig.context.run_one();
    CHECK(socket->ended);
}

TEST_CASE("socket poller: what a socket's turn left is done before the next socket is told") {
    Batch batch(3);
    batch.rig.context.run();
    CHECK(batch.log == "twtwtw");
    CHECK_FALSE(batch.was_in_strand);
}

TEST_CASE("socket poller: it is done in the same step of the context, until that is stopped") {
    Batch batch(3);
    while (batch.log.empty())
        batch.rig.context.run_one();
    CHECK(batch.log == "twtwtw");

    Batch stopped(3);
    stopped.react = [&] { stopped.rig.context.stop(); };
    stopped.rig.context.run();
    CHECK(stopped.log == "tw");
    stopped.rig.context.restart();
    stopped.rig.context.run();
    CHECK(stopped.log == "twtwtw");
}

// Its first step is made all the same, and what it finds is told.
TEST_CASE("socket poller: a wait that ends while another thread is in the strand") {
    Batch batch(3);
    std::binary_semaphore inside(0);
    std::binary_semaphore leave(0);
    std::thread holder([&] {
        asio::post(batch.rig.context, [&] {
            static_cast<void>(batch.rig.strand.try_run([&] {
                inside.release();
                leave.acquire();
            }));
        });
        batch.rig.context.run_one();
    });
    inside.acquire();
    CHECK(batch.rig.context.run_one() == 1); // the end of the wait
    CHECK(batch.log.empty());
    leave.release();
    holder.join();
    batch.rig.context.run();
    CHECK(batch.told == 3);
}

TEST_CASE("socket poller: when that takes long, all others are told before more of it is done") {
    Batch batch(4);
    auto const passes = GENERATE(std::chrono::microseconds(999), std::chrono::microseconds(1000));
    batch.react = [&] { batch.rig.clock.turn_to(batch.rig.clock.now() + passes); };
    batch.rig.context.run();
    CHECK(batch.log == (passes < std::chrono::milliseconds(1) ? "twtwtwtw" : "twtTTw"));
}

TEST_CASE("socket poller: while that takes long, another thread tells the others") {
    Batch batch(3);
    std::binary_semaphore all_told(0);
    bool told_meanwhile = false;
    batch.react = [&] {
        std::thread other([&] {
            while (batch.told != 3 && !batch.rig.context.stopped())
                batch.rig.context.run_one();
            all_told.release();
        });
        told_meanwhile = all_told.try_acquire_for(std::chrono::seconds(60));
        batch.rig.context.stop();
        other.join();
    };
    batch.rig.context.run();
    CHECK(told_meanwhile);
}

TEST_CASE("socket poller: the others are told, whatever the first one's work does") {
    Batch batch(3);
    SECTION("it throws") {
        batch.react = [] { throw std::runtime_error("a caller's own"); };
        CHECK_THROWS_AS(batch.rig.context.run(), std::runtime_error);
        CHECK(batch.told == 1);
        batch.rig.context.restart();
    }
    SECTION("it runs the context from within") {
        batch.react = [&] {
            batch.rig.context.poll();
            CHECK(batch.told == 3);
        };
    }
    batch.rig.context.run();
    CHECK(batch.log == "twtwtw");
}

TEST_CASE("socket poller: the others are not told once the first one's work has ended them") {
    Batch batch(3);
    SECTION("all are forgotten") {
        batch.react = [&] {
            for (auto const& socket : batch.sockets)
                socket->forget();
        };
    }
    SECTION("the poller is stopped") {
        batch.react = [&] { batch.rig.poller->stop(); };
    }
    batch.rig.context.run();
    CHECK(batch.log == "tw");
}

TEST_CASE("socket poller: after a stop nobody is told, and the context is free") {
    Rig rig;
    Watched one(*rig.poller);
    Watched other(*rig.poller);
    one.say("a");
    other.say("b");
    one.react = [&] { rig.poller->stop(); };
    other.react = one.react;
    rig.context.run();
    CHECK(one.times_readable + other.times_readable == 1);
    other.say("c");
    rig.context.restart();
    rig.context.run();
    CHECK(one.times_readable + other.times_readable == 1);
}

TEST_CASE("socket poller: it may go, and the context may go, in either order, while it waits") {
    SECTION("the poller first") {
        Rig rig;
        Watched socket(*rig.poller);
        socket.say("a");
        rig.poller->stop();
        socket.forget();
        rig.poller.reset(); // what waits still holds it
        rig.context.run();
        CHECK(socket.times_readable == 0);
    }
    SECTION("and then takes no socket") {
        Rig rig;
        Watched socket(*rig.poller);
        rig.poller->stop();
        socket.fill();
        CHECK(rig.poller->add(STDIN_FILENO, socket) == asio::error::operation_aborted);
    }
    SECTION("the context first") {
        std::weak_ptr<SocketPoller> poller;
        {
            Rig rig;
            poller = rig.poller;
            Watched const socket(*rig.poller);
            rig.context.poll();
        }
        CHECK(poller.expired());
    }
}
