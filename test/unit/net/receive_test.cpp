#include "net/descriptor.hpp"
#include "net/receive.hpp"
#include "support/catch.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>

namespace asio = boost::asio;
using asio::ip::tcp;
using e2b::net::Descriptor;
using e2b::net::learn_what_is_left;
using e2b::net::Received;

namespace {

// A connection over the loopback address. What the peer does has arrived when its function returns.
class Connected {
public:
    Connected() {
        tcp::acceptor acceptor(context_, {asio::ip::address_v4::loopback(), 0});
        own_.connect(acceptor.local_endpoint());
        acceptor.accept(peer_);
    }

    void learn_what_is_left() { e2b::net::learn_what_is_left(own_.native_handle()); }
    // Four bytes at most.
    [[nodiscard]] Received receive() { return e2b::net::receive(own_.native_handle(), buffer_); }

    void say(std::string_view bytes) {
        asio::write(peer_, asio::buffer(bytes));
        while (own_.available() != bytes.size()) {
        }
    }
    void shut_down() {
        peer_.shutdown(tcp::socket::shutdown_send);
        wait_for(POLLRDHUP);
    }
    void reset() {
        peer_.set_option(tcp::socket::linger(true, 0));
        peer_.close();
        wait_for(POLLERR);
    }

private:
    void wait_for(short event) {
        pollfd entry{own_.native_handle(), event, 0};
        while ((entry.revents & event) == 0)
            REQUIRE(::poll(&entry, 1, 20'000) == 1);
    }

    asio::io_context context_;
    tcp::socket own_{context_};
    tcp::socket peer_{context_};
    std::array<char, 4> buffer_{};
};

// Whose reads know what they leave.
struct Learned : Connected {
    Learned() { learn_what_is_left(); }
};

} // namespace

TEST_CASE("receive: what has arrived, and whether that was all") {
    Learned connected;
    connected.say("abcdef");
    auto const first = connected.receive();
    CHECK(first.bytes == "abcd");
    CHECK_FALSE(first.error);
    CHECK_FALSE(first.left_nothing);
    auto const rest = connected.receive();
    CHECK(rest.bytes == "ef");
    CHECK_FALSE(rest.error);
    CHECK(rest.left_nothing);
}

TEST_CASE("receive: bytes that fill the buffer can be all there was") {
    Learned connected;
    connected.say("abcd");
    auto const received = connected.receive();
    CHECK(received.bytes == "abcd");
    CHECK(received.left_nothing);
}

TEST_CASE("receive: the peer's end behind the bytes is left") {
    Learned connected;
    connected.say("ab");
    connected.shut_down();
    auto const received = connected.receive();
    CHECK(received.bytes == "ab");
    CHECK_FALSE(received.left_nothing);
    auto const end = connected.receive();
    CHECK(end.bytes.empty());
    CHECK(end.error == boost::asio::error::eof);
    CHECK_FALSE(end.left_nothing);
}

TEST_CASE("receive: where nothing has arrived, it does not wait") {
    Connected connected;
    auto const received = connected.receive();
    CHECK(received.bytes.empty());
    CHECK(received.error == boost::asio::error::would_block);
    CHECK_FALSE(received.left_nothing);
}

TEST_CASE("receive: a reset is an error") {
    Learned connected;
    connected.reset();
    auto const received = connected.receive();
    CHECK(received.bytes.empty());
    CHECK(received.error == boost::asio::error::connection_reset);
    CHECK_FALSE(received.left_nothing);
}

TEST_CASE("receive: a reset behind the bytes is not seen with them") {
    Learned connected;
    connected.say("ab");
    connected.reset();
    CHECK(connected.receive().left_nothing);
    CHECK(connected.receive().error == boost::asio::error::connection_reset);
}

TEST_CASE("receive: whoever did not ask what is left does not know") {
    Connected connected;
    connected.say("ab");
    auto const received = connected.receive();
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
    auto const received = e2b::net::receive(own.get(), buffer);
    CHECK(received.bytes == "ab");
    CHECK_FALSE(received.left_nothing);
}
