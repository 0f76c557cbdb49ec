#include "net/descriptor.hpp"
#include "net/receive.hpp"
#include "support/catch.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/socket.h>

using e2b::net::Descriptor;
using e2b::net::learn_what_is_left;
using e2b::net::receive;

namespace {

// A connection over the loopback address. What the peer does has arrived when its function returns.
class Connected {
public:
    Connected() {
        Descriptor const listener(::socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        socklen_t size = sizeof address;
        REQUIRE(::bind(listener.get(), generic, size) == 0);
        REQUIRE(::listen(listener.get(), 1) == 0);
        REQUIRE(::getsockname(listener.get(), generic, &size) == 0);
        own_ = Descriptor(::socket(AF_INET, SOCK_STREAM, 0));
        REQUIRE(::connect(own_.get(), generic, size) == 0);
        peer_ = Descriptor(::accept(listener.get(), nullptr, nullptr));
        REQUIRE(peer_.is_open());
    }

    [[nodiscard]] int own() const { return own_.get(); }

    void say(std::string_view bytes) {
        REQUIRE(::send(peer_.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
        for (int arrived = 0; arrived != static_cast<int>(bytes.size());)
            REQUIRE(::ioctl(own(), FIONREAD, &arrived) == 0);
    }
    void shut_down() {
        REQUIRE(::shutdown(peer_.get(), SHUT_WR) == 0);
        wait_for(POLLRDHUP);
    }
    void reset() {
        linger const at_once{1, 0};
        REQUIRE(::setsockopt(peer_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
        peer_.close();
        wait_for(POLLERR);
    }

private:
    void wait_for(short event) const {
        pollfd entry{own(), event, 0};
        while ((entry.revents & event) == 0)
            REQUIRE(::poll(&entry, 1, 20'000) == 1);
    }

    Descriptor own_;
    Descriptor peer_;
};

} // namespace

TEST_CASE("receive: what has arrived, and whether that was all") {
    Connected connected;
    learn_what_is_left(connected.own());
    std::array<char, 4> buffer{};
    connected.say("abcdef");
    auto const first = receive(connected.own(), buffer);
    CHECK(first.bytes == "abcd");
    CHECK_FALSE(first.error);
    CHECK_FALSE(first.left_nothing);
    auto const rest = receive(connected.own(), buffer);
    CHECK(rest.bytes == "ef");
    CHECK_FALSE(rest.error);
    CHECK(rest.left_nothing);
}

TEST_CASE("receive: bytes that fill the buffer can be all there was") {
    Connected connected;
    learn_what_is_left(connected.own());
    std::array<char, 4> buffer{};
    connected.say("abcd");
    auto const received = receive(connected.own(), buffer);
    CHECK(received.bytes == "abcd");
    CHECK(received.left_nothing);
}

TEST_CASE("receive: the peer's end behind the bytes is left") {
    Connected connected;
    learn_what_is_left(connected.own());
    std::array<char, 4> buffer{};
    connected.say("ab");
    connected.shut_down();
    auto const received = receive(connected.own(), buffer);
    CHECK(received.bytes == "ab");
    CHECK_FALSE(received.left_nothing);
    auto const end = receive(connected.own(), buffer);
    CHECK(end.bytes.empty());
    CHECK(end.error == boost::asio::error::eof);
    CHECK_FALSE(end.left_nothing);
}

TEST_CASE("receive: where nothing has arrived, it does not wait") {
    Connected connected;
    std::array<char, 4> buffer{};
    auto const received = receive(connected.own(), buffer);
    CHECK(received.bytes.empty());
    CHECK(received.error == boost::asio::error::would_block);
    CHECK_FALSE(received.left_nothing);
}

TEST_CASE("receive: a reset is an error") {
    Connected connected;
    learn_what_is_left(connected.own());
    std::array<char, 4> buffer{};
    connected.reset();
    auto const received = receive(connected.own(), buffer);
    CHECK(received.bytes.empty());
    CHECK(received.error == boost::asio::error::connection_reset);
    CHECK_FALSE(received.left_nothing);
}

TEST_CASE("receive: a reset behind the bytes is not seen with them") {
    Connected connected;
    learn_what_is_left(connected.own());
    std::array<char, 4> buffer{};
    connected.say("ab");
    connected.reset();
    CHECK(receive(connected.own(), buffer).left_nothing);
    CHECK(receive(connected.own(), buffer).error == boost::asio::error::connection_reset);
}

TEST_CASE("receive: whoever did not ask what is left does not know") {
    Connected connected;
    std::array<char, 4> buffer{};
    connected.say("ab");
    auto const received = receive(connected.own(), buffer);
    CHECK(received.bytes == "ab");
    CHECK_FALSE(received.left_nothing);
}

TEST_CASE("receive: a socket that is none of TCP's does not know what is left") {
    int ends[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    Descriptor const own(ends[0]);
    Descriptor const peer(ends[1]);
    learn_what_is_left(own.get());
    REQUIRE(::send(peer.get(), "ab", 2, 0) == 2);
    std::array<char, 4> buffer{};
    auto const received = receive(own.get(), buffer);
    CHECK(received.bytes == "ab");
    CHECK_FALSE(received.left_nothing);
}
