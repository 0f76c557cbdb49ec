#include "base/descriptor.hpp"
#include "net/asio_poller.hpp"
#include "net/socket_poller.hpp"
#include "support/catch.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace asio = boost::asio;
using e2b::base::Descriptor;
using e2b::net::AsioPoller;
using e2b::net::SocketListener;
using e2b::net::SocketPoller;
using e2b::net::Strand;

namespace {

// Two ends of a connection: ours is watched, the other one belongs to the peer.
template <class Poller>
class Watched final : public SocketListener {
public:
    explicit Watched(std::shared_ptr<Poller> poller) : poller_(std::move(poller)) {
        int ends[2] = {-1, -1};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
        own_ = Descriptor(ends[0]);
        peer_ = Descriptor(ends[1]);
        watch_.socket = own_.get();
        watch_.listener = this;
        REQUIRE(!poller_->add(watch_));
    }
    ~Watched() { forget(); }

    void say(std::string const& bytes) {
        REQUIRE(::write(peer_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    }
    void hang_up() { peer_.close(); }
    void forget() {
        if (own_.is_open())
            poller_->remove(watch_);
        own_.close();
    }
    void set_listener(SocketListener& other) { watch_.listener = &other; }
    void watch_writable(bool watch) {
        watch_.writable = watch;
        poller_->change(watch_);
    }
    // Fills what the system keeps for the peer, so that a write has to wait.
    void fill() {
        std::string const block(4096, 'x');
        while (::write(own_.get(), block.data(), block.size()) > 0) {
        }
        watch_writable(true);
    }
    void drain() {
        std::string block(4096, ' ');
        while (::read(peer_.get(), block.data(), block.size()) > 0) {
        }
    }

    void on_readable() override {
        char byte = 0;
        auto const size = ::read(own_.get(), &byte, 1);
        if (size < 0)
            return;
        ++times_readable;
        ended = size == 0;
        if (!ended)
            seen += byte;
        if (react)
            react();
    }
    void on_writable() override {
        ++times_writable;
        if (react_writable)
            return react_writable();
        watch_writable(false);
    }

    std::string seen; // a byte for each time it was notified
    int times_readable = 0;
    int times_writable = 0;
    bool ended = false;
    std::function<void()> react;
    std::function<void()> react_writable;

private:
    std::shared_ptr<Poller> poller_;
    typename Poller::Watch watch_;
    Descriptor own_;
    Descriptor peer_;
};

template <class Poller>
struct Rig {
    asio::io_context context;
    Strand strand{context.get_executor()};
    std::shared_ptr<Poller> poller = std::make_shared<Poller>(strand);
};

} // namespace

#ifdef E2B_SNAPSHOT_PORTABLE
#define POLLER_TEST(name) TEMPLATE_TEST_CASE("socket poller: " name, "", AsioPoller)
#else
#define POLLER_TEST(name) TEMPLATE_TEST_CASE("socket poller: " name, "", SocketPoller, AsioPoller)
#endif

POLLER_TEST("a socket is reported until all of it was read") {
    Rig<TestType> rig;
    Watched socket(rig.poller);
    socket.say("abc");
    socket.react = [&] {
        CHECK(rig.strand.running_in_this_thread());
        if (socket.seen == "abc")
            socket.forget();
    };
    rig.context.run();
    CHECK(socket.seen == "abc");
}

POLLER_TEST("the peer's end is reported") {
    Rig<TestType> rig;
    Watched socket(rig.poller);
    socket.hang_up();
    socket.react = [&] { socket.forget(); };
    rig.context.run();
    CHECK(socket.ended);
    CHECK(socket.times_readable == 1);
}

POLLER_TEST("nothing keeps the context running when nothing is watched") {
    Rig<TestType> rig;
    {
        Watched const socket(rig.poller);
        CHECK(rig.context.poll() == 0);
        CHECK(!rig.context.stopped());
    }
    rig.context.run();
    CHECK(rig.context.stopped());
}

POLLER_TEST("what is watched while the last wait is being cancelled is reported") {
    Rig<TestType> rig;
    {
        Watched const gone(rig.poller);
    }
    Watched socket(rig.poller);
    socket.say("a");
    socket.react = [&] { socket.forget(); };
    rig.context.run();
    CHECK(socket.seen == "a");
}

POLLER_TEST("all of very many sockets are notified, and others get their turn") {
    Rig<TestType> rig;
    std::vector<std::unique_ptr<Watched<TestType>>> sockets;
    std::size_t notified = 0;
    std::size_t notified_before_others = 0;
    for (int i = 0; i != 200; ++i) {
        auto& socket = *sockets.emplace_back(std::make_unique<Watched<TestType>>(rig.poller));
        socket.say("a");
        socket.react = [&] {
            if (++notified == 1)
                asio::post(rig.context, [&] { notified_before_others = notified; });
            socket.forget();
        };
    }
    rig.context.run();
    CHECK(notified == 200);
    CHECK(notified_before_others <= 200);
}

POLLER_TEST("whoever throws does not make it deaf") {
    Rig<TestType> rig;
    Watched socket(rig.poller);
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

POLLER_TEST("whoever is removed by another's reaction is not notified") {
    Rig<TestType> rig;
    Watched one(rig.poller);
    Watched other(rig.poller);
    one.say("a");
    other.say("b");
    one.react = [&] { one.forget(), other.forget(); };
    other.react = one.react;
    rig.context.run();
    CHECK(one.times_readable + other.times_readable == 1);
}

POLLER_TEST("whoever removes itself when it can write is not notified that it can read") {
    Rig<TestType> rig;
    Watched writer(rig.poller);
    writer.react_writable = [&] { writer.forget(); };
    writer.react = writer.react_writable;
    writer.watch_writable(true);
    writer.say("a");
    rig.context.run();
    CHECK(writer.times_writable + writer.times_readable == 1);
}

POLLER_TEST("that a socket takes bytes again is reported where it was asked for") {
    Rig<TestType> rig;
    Watched socket(rig.poller);
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
    socket.say("b");
    rig.context.poll();
    CHECK(socket.seen == "b");
    CHECK(socket.times_writable == 1);
}

POLLER_TEST("another listener may take over") {
    Rig<TestType> rig;
    Watched socket(rig.poller);
    struct Other final : SocketListener {
        void on_readable() override {
            ++times;
            socket->forget();
        }
        void on_writable() override {}
        Watched<TestType>* socket = nullptr;
        int times = 0;
    } other;
    other.socket = &socket;
    rig.context.poll();
    socket.set_listener(other);
    socket.say("a");
    rig.context.run();
    CHECK(other.times == 1);
    CHECK(socket.times_readable == 0);
}

POLLER_TEST("after a stop nothing can be added, and the context is free") {
    Rig<TestType> rig;
    {
        Watched const socket(rig.poller);
        rig.context.poll();
    }
    rig.poller->stop();
    rig.context.run();
    typename TestType::Watch watch;
    watch.socket = STDIN_FILENO;
    CHECK(rig.poller->add(watch) == asio::error::operation_aborted);
}

POLLER_TEST("it may go, and the context may go, in either order, while it waits") {
    SECTION("the poller first") {
        Rig<TestType> rig;
        {
            Watched socket(rig.poller);
            socket.say("a");
        }
        rig.poller.reset(); // what waits may still hold it
        rig.context.run();
    }
    SECTION("the context first") {
        std::weak_ptr<TestType> poller;
        {
            Rig<TestType> rig;
            poller = rig.poller;
            Watched const socket(rig.poller);
            rig.context.poll();
        }
        CHECK(poller.expired());
    }
}
