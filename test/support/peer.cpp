#include "support/peer.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace e2b::test {

namespace {

sockaddr_storage address(int descriptor, int (*ask)(int, sockaddr*, socklen_t*)) {
    sockaddr_storage result{};
    socklen_t size = sizeof result;
    ask(descriptor, reinterpret_cast<sockaddr*>(&result), &size);
    return result;
}

bool same(sockaddr_storage const& left, sockaddr_storage const& right) {
    return std::memcmp(&left, &right, sizeof left) == 0;
}

} // namespace

StopSignal::StopSignal() {
    if (::pipe(pipe_) != 0)
        throw std::runtime_error("pipe");
}

StopSignal::~StopSignal() {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
}

void StopSignal::raise() noexcept {
    raised_ = true;
    char const byte = 0;
    static_cast<void>(!::write(pipe_[1], &byte, 1));
}

bool StopSignal::wait(int descriptor, short events) const {
    std::array<pollfd, 2> waiting{{{descriptor, events, 0}, {pipe_[0], POLLIN, 0}}};
    while (::poll(waiting.data(), waiting.size(), -1) < 0)
        if (errno != EINTR)
            throw std::runtime_error("poll");
    return waiting[1].revents == 0;
}

void PeerCounters::add_received(std::string_view bytes) {
    std::lock_guard const lock(mutex_);
    received_ += bytes;
}

std::string PeerCounters::received() const {
    std::lock_guard const lock(mutex_);
    return received_;
}

Peer::Peer(int descriptor, unsigned number, SSL_CTX* context, PeerCounters& counters, StopSignal const& stop)
    : descriptor_(descriptor),
      number_(number),
      context_(context),
      counters_(counters),
      stop_(stop) {}

Peer::~Peer() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

// ---- TLS

void Peer::handshake() {
    ssl_.reset(SSL_new(context_));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
    if (!drive([this] { return SSL_do_handshake(ssl_.get()); }))
        throw PeerGone();
    if (SSL_session_reused(ssl_.get()) == 1)
        ++counters_.resumed;
    ++counters_.handshakes;
}

// Carries out one of OpenSSL's operations to its end; false if the client said close_notify.
template <class Operation>
bool Peer::drive(Operation operation) {
    for (;;) {
        ERR_clear_error();
        int const result = operation();
        int const error = SSL_get_error(ssl_.get(), result);
        flush();
        if (result == 1)
            return true;
        if (error == SSL_ERROR_ZERO_RETURN)
            return false;
        if (error != SSL_ERROR_WANT_READ)
            throw PeerGone();
        std::string bytes;
        if (!receive(bytes))
            throw PeerGone();
        BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    }
}

void Peer::flush() {
    auto* const output = SSL_get_wbio(ssl_.get());
    std::string bytes(BIO_ctrl_pending(output), '\0');
    if (bytes.empty())
        return;
    BIO_read(output, bytes.data(), static_cast<int>(bytes.size()));
    send_raw(bytes);
}

// ---- Plaintext

void Peer::send(std::string_view text) {
    if (!ssl_)
        return send_raw(text);
    std::size_t written = 0;
    drive([&] { return SSL_write_ex(ssl_.get(), text.data(), text.size(), &written); });
}

void Peer::send_beginning(std::string_view text, std::size_t size) {
    std::size_t written = 0;
    SSL_write_ex(ssl_.get(), text.data(), text.size(), &written);
    auto* const output = SSL_get_wbio(ssl_.get());
    rest_.resize(BIO_ctrl_pending(output));
    BIO_read(output, rest_.data(), static_cast<int>(rest_.size()));
    send_raw(std::string_view(rest_).substr(0, size));
    rest_.erase(0, size);
}

void Peer::send_rest() {
    send_raw(std::exchange(rest_, {}));
}

void Peer::send_close_notify() {
    SSL_shutdown(ssl_.get());
    flush();
}

void Peer::send_ticket() {
    SSL_new_session_ticket(ssl_.get());
    drive([this] { return SSL_do_handshake(ssl_.get()); });
}

void Peer::send_beginning_of_ticket() {
    constexpr std::size_t most_in_record = 512;
    std::string const filling(600, 'x');
    SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl_.get()), filling.data(), filling.size());
    SSL_set_max_send_fragment(ssl_.get(), most_in_record);
    SSL_new_session_ticket(ssl_.get());
    SSL_do_handshake(ssl_.get());
    auto* const output = SSL_get_wbio(ssl_.get());
    rest_.resize(BIO_ctrl_pending(output));
    BIO_read(output, rest_.data(), static_cast<int>(rest_.size()));
    auto const byte = [&](std::size_t at) { return static_cast<unsigned char>(rest_.at(at)); };
    auto const first = 5 + byte(3) * 256U + byte(4);
    if (first >= rest_.size())
        throw std::runtime_error("the ticket fits into one record");
    send_raw(std::string_view(rest_).substr(0, first));
    rest_.erase(0, first);
}

// More plaintext; false at its end.
bool Peer::fill() {
    if (!ssl_)
        return receive(plaintext_);
    std::array<char, 4096> part;
    std::size_t size = 0;
    if (!drive([&] { return SSL_read_ex(ssl_.get(), part.data(), part.size(), &size); }))
        return false;
    plaintext_.append(part.data(), size);
    return true;
}

std::string Peer::read_head() {
    constexpr std::string_view blank_line = "\r\n\r\n";
    std::size_t end = 0;
    while ((end = plaintext_.find(blank_line)) == std::string::npos)
        if (!fill())
            throw PeerGone();
    auto head = plaintext_.substr(0, end + blank_line.size());
    plaintext_.erase(0, head.size());
    return head;
}

std::string Peer::read_request() {
    auto request = read_head();
    constexpr std::string_view field = "\r\nContent-Length: ";
    std::size_t length = 0;
    if (auto const at = request.find(field); at != std::string::npos)
        std::from_chars(request.data() + at + field.size(), request.data() + request.size(), length);
    while (plaintext_.size() < length)
        if (!fill())
            throw PeerGone();
    request += plaintext_.substr(0, length);
    plaintext_.erase(0, length);
    if (request.starts_with("POST "))
        ++counters_.posts;
    return request;
}

// ---- The socket

void Peer::send_raw(std::string_view bytes) {
    bool const cut = bytes.size() > limit_ - sent_;
    bytes = bytes.substr(0, limit_ - sent_);
    while (!bytes.empty()) {
        auto const size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size >= 0) {
            sent_ += static_cast<std::size_t>(size);
            bytes.remove_prefix(static_cast<std::size_t>(size));
        } else if (errno != EAGAIN || !stop_.wait(descriptor_, POLLOUT)) {
            throw PeerGone();
        }
    }
    if (cut) {
        limit_ = static_cast<std::size_t>(-1);
        end(at_limit_);
        throw PeerGone();
    }
}

// False at the client's end.
bool Peer::receive(std::string& bytes) {
    std::array<char, 16 * 1024> part;
    if (!stop_.wait(descriptor_, POLLIN))
        throw PeerGone();
    auto const size = ::recv(descriptor_, part.data(), part.size(), 0);
    if (size < 0)
        throw PeerGone();
    std::string_view const received(part.data(), static_cast<std::size_t>(size));
    counters_.add_received(received);
    bytes += received;
    return size != 0;
}

void Peer::read_some_raw() {
    std::string ignored;
    if (!receive(ignored))
        throw PeerGone();
}

void Peer::wait_for_input() const {
    if (!stop_.wait(descriptor_, POLLIN))
        throw PeerGone();
}

void Peer::drain() {
    std::string ignored;
    while (receive(ignored))
        ignored.clear();
}

// ---- The end

void Peer::cut_output_after(std::size_t bytes, Ending ending) {
    limit_ = sent_ + bytes;
    at_limit_ = ending;
}

void Peer::shut_down() {
    ::shutdown(descriptor_, SHUT_WR);
}

void Peer::end(Ending ending) {
    switch (ending) {
    case Ending::close_notify:
        send_close_notify();
        [[fallthrough]];
    case Ending::fin:
        // What the client still sends is read, as the system would respond to it with a reset otherwise.
        shut_down();
        return drain();
    case Ending::rst: {
        linger const at_once{1, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::close(descriptor_);
        descriptor_ = -1;
        return;
    }
    case Ending::stall:
        return stall();
    }
}

void Peer::wait_until(std::function<bool()> const& done) const {
    while (!done()) {
        if (stop_.raised())
            throw PeerGone();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

void Peer::stall() {
    if (descriptor_ < 0 || !stop_.wait(descriptor_, POLLRDHUP))
        throw PeerGone();
}

int Peer::client_socket() const {
    auto const ours = address(descriptor_, &::getsockname);
    auto const theirs = address(descriptor_, &::getpeername);
    for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        int const descriptor = std::stoi(entry.path().filename().string());
        if (same(address(descriptor, &::getsockname), theirs) &&
            same(address(descriptor, &::getpeername), ours))
            return descriptor;
    }
    throw std::runtime_error("the client's socket is not in this process");
}

void Peer::shrink_client_send_buffer() const {
    int const least = 1;
    ::setsockopt(client_socket(), SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
}

} // namespace e2b::test
