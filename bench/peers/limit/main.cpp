// What this task costs at least: OpenSSL on epoll, one prebuilt request per connection, and of the response
// nothing but its end is looked for. No pool, no deadlines, no retries, no JSON.
#include "support/meter.hpp"
#include "support/options.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>
#include <memory>
#include <netdb.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using bench::Clock;

[[noreturn]] void die(std::string_view what) {
    std::cerr << "limit: " << what << ": " << std::strerror(errno) << '\n';
    ERR_print_errors_fp(stderr);
    std::_Exit(1);
}

struct Connection {
    int descriptor = -1;
    SSL* ssl = nullptr;
    bool ready = false;
    std::string request;
    std::string part; // of a response that did not come at once
    Clock::time_point start;
};

// The size of the response that begins here, if its head is whole; one without Content-Length is not
// foreseen.
std::optional<std::size_t> answer_size(std::string_view bytes) {
    auto const head_end = bytes.find("\r\n\r\n");
    if (head_end == bytes.npos)
        return std::nullopt;
    constexpr std::string_view field = "content-length: ";
    for (auto at = bytes.find('\n'); at < head_end; at = bytes.find('\n', at + 1)) {
        auto const line = bytes.substr(at + 1);
        if (line.size() > field.size() && ::strncasecmp(line.data(), field.data(), field.size()) == 0) {
            std::size_t length = 0;
            std::from_chars(line.data() + field.size(), line.data() + line.size(), length);
            return head_end + 4 + length;
        }
    }
    die("a response without Content-Length");
}

class Limit {
public:
    explicit Limit(bench::Options const& options)
        : options_(options),
          meter_(options),
          context_(SSL_CTX_new(TLS_client_method())),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
        if (SSL_CTX_load_verify_locations(context_, options.ca_file.c_str(), nullptr) != 1)
            die("the CA file");
        SSL_CTX_set_read_ahead(context_, 1); // one read for a record's head and body
        ::addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        if (::getaddrinfo(options.host.c_str(), options.port.c_str(), &hints, &address_) != 0)
            die("the host");
    }

    int run() {
        std::vector<Connection> connections(options_.concurrency);
        for (std::size_t i = 0; i < connections.size(); ++i)
            open(connections[i], i);
        std::array<epoll_event, 256> events{};
        while (meter_.running()) {
            int const count = wait(events);
            for (int i = 0; i < count; ++i)
                advance(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
            start_due();
        }
        return meter_.report();
    }

private:
    void open(Connection& connection, std::size_t index) {
        connection.descriptor = ::socket(address_->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        int const on = 1;
        ::setsockopt(connection.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(connection.descriptor, address_->ai_addr, address_->ai_addrlen) != 0 &&
            errno != EINPROGRESS)
            die("connect");
        connection.ssl = SSL_new(context_);
        SSL_set_fd(connection.ssl, connection.descriptor);
        SSL_set_tlsext_host_name(connection.ssl, options_.host.c_str());
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection.ssl), options_.host.c_str());
        SSL_set_connect_state(connection.ssl);
        connection.request = bench::request_bytes(options_, index);
        watch(connection, EPOLL_CTL_ADD, EPOLLOUT);
    }

    void watch(Connection& connection, int operation, std::uint32_t what) {
        epoll_event event{.events = what, .data = {.ptr = &connection}};
        if (::epoll_ctl(epoll_, operation, connection.descriptor, &event) != 0)
            die("epoll_ctl");
    }

    // Until something can be read, or the next start is due.
    int wait(std::array<epoll_event, 256>& events) {
        int const room = static_cast<int>(events.size());
        int count = 0;
        if (waiting_.empty()) {
            count = ::epoll_wait(epoll_, events.data(), room, -1);
        } else {
            auto const left = std::max(waiting_.front()->start - Clock::now(), Clock::duration::zero());
            timespec const timeout{.tv_sec = static_cast<time_t>(left / std::chrono::seconds(1)),
                                   .tv_nsec = static_cast<long>((left % std::chrono::seconds(1)).count())};
            count = ::epoll_pwait2(epoll_, events.data(), room, &timeout, nullptr);
        }
        if (count < 0 && errno != EINTR)
            die("epoll_wait");
        return count;
    }

    void advance(Connection& connection) {
        if (connection.ready)
            return read(connection);
        int const result = SSL_do_handshake(connection.ssl);
        if (result == 1) {
            connection.ready = true;
            watch(connection, EPOLL_CTL_MOD, EPOLLIN);
            return next(connection);
        }
        int const error = SSL_get_error(connection.ssl, result);
        if (error == SSL_ERROR_WANT_READ)
            return watch(connection, EPOLL_CTL_MOD, EPOLLIN);
        if (error != SSL_ERROR_WANT_WRITE)
            die("handshake");
    }

    void next(Connection& connection) {
        connection.start = meter_.next_start();
        if (options_.rate > 0 && connection.start > Clock::now())
            return waiting_.push_back(&connection);
        write(connection);
    }

    void start_due() {
        while (!waiting_.empty() && waiting_.front()->start <= Clock::now()) {
            write(*waiting_.front());
            waiting_.pop_front();
        }
    }

    static void write(Connection& connection) {
        // A request is far smaller than what a socket takes at once.
        if (SSL_write(connection.ssl, connection.request.data(),
                      static_cast<int>(connection.request.size())) <= 0)
            die("write");
    }

    void read(Connection& connection) {
        int const size = SSL_read(connection.ssl, buffer_.data(), static_cast<int>(buffer_.size()));
        if (size <= 0) {
            if (SSL_get_error(connection.ssl, size) == SSL_ERROR_WANT_READ)
                return; // session tickets
            die("read");
        }
        std::string_view bytes(buffer_.data(), static_cast<std::size_t>(size));
        if (!connection.part.empty())
            bytes = connection.part.append(bytes);
        auto const whole = answer_size(bytes);
        if (!whole || bytes.size() < *whole) {
            if (connection.part.empty())
                connection.part = bytes;
            return;
        }
        meter_.ended(connection.start, bytes.substr(8, 5) == " 201 ");
        connection.part.clear();
        if (meter_.running())
            next(connection);
    }

    bench::Options options_;
    bench::Meter meter_;
    SSL_CTX* context_;
    int epoll_;
    ::addrinfo* address_ = nullptr;
    std::deque<Connection*> waiting_; // for their time to start, the next in front
    std::array<char, 16384> buffer_{};
};

} // namespace

int main(int argc, char** argv) {
    std::make_unique<Limit>(bench::Options::parse(argc, argv))->run();
    std::fflush(stdout);
    std::_Exit(0); // connections are not worth closing one by one
}
