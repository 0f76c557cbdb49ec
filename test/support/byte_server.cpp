#include "support/byte_server.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace e2b::test {

namespace {

void require(bool done, char const* what) {
    if (!done)
        throw std::runtime_error(std::string("byte server: ") + what);
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

// A socket at a port that is free; says which.
int bound_socket(std::uint16_t& port) {
    int const descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    require(descriptor >= 0, "socket");
    auto address = loopback(0);
    socklen_t size = sizeof address;
    require(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    return descriptor;
}

using Bio = std::unique_ptr<BIO, int (*)(BIO*)>;

Bio source_of(std::string const& pem) {
    return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

void use_identity(SSL_CTX* context, Identity const& identity) {
    auto const source = source_of(identity.certificate);
    X509* certificate = PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr);
    require(certificate != nullptr && SSL_CTX_use_certificate(context, certificate) == 1, "certificate");
    X509_free(certificate);
    while (auto* const above = PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr))
        SSL_CTX_add0_chain_cert(context, above);
    auto* const key = PEM_read_bio_PrivateKey(source_of(identity.key).get(), nullptr, nullptr, nullptr);
    require(key != nullptr && SSL_CTX_use_PrivateKey(context, key) == 1, "key");
    EVP_PKEY_free(key);
}

void demand_client_certificate(SSL_CTX* context, std::string const& authority) {
    auto* const certificate = PEM_read_bio_X509(source_of(authority).get(), nullptr, nullptr, nullptr);
    require(certificate != nullptr, "client authority");
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate);
    SSL_CTX_add_client_CA(context, certificate);
    X509_free(certificate);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

std::shared_ptr<SSL_CTX> make_context(ServerTls const& tls) {
    std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    auto* const context = made.get();
    SSL_CTX_set_security_level(context, 0); // old protocols are spoken where a test wants them
    SSL_CTX_set_min_proto_version(context, tls.min_version);
    SSL_CTX_set_max_proto_version(context, tls.max_version);
    SSL_CTX_set_num_tickets(context, tls.tickets);
    if (tls.tickets == 0) {
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    }
    constexpr unsigned char session_context = 1;
    SSL_CTX_set_session_id_context(context, &session_context, 1);
    use_identity(context, tls.identity);
    if (!tls.client_authority.empty())
        demand_client_certificate(context, tls.client_authority);
    return made;
}

} // namespace

ByteServer::ByteServer(std::optional<ServerTls> tls, Script script, int receive_buffer)
    : script_(std::move(script)) {
    if (tls)
        context_ = make_context(*tls);
    listener_ = bound_socket(port_);
    if (receive_buffer != 0)
        ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    require(::listen(listener_, 1024) == 0, "listen");
    acceptor_ = std::thread([this] { accept_all(); });
}

ByteServer::~ByteServer() {
    stop_.raise();
    acceptor_.join();
    for (auto& each : connections_)
        each.join();
    ::close(listener_);
}

void ByteServer::accept_all() {
    while (stop_.wait(listener_, POLLIN)) {
        int const descriptor = ::accept(listener_, nullptr, nullptr);
        if (descriptor < 0)
            continue;
        // What was sent is with the client, even where a reset follows.
        int const at_once = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
        auto const number = counters_.connections++;
        connections_.emplace_back([this, descriptor, number] { serve(descriptor, number); });
    }
}

void ByteServer::serve(int descriptor, unsigned number) {
    try {
        Peer peer(descriptor, number, context_.get(), counters_, stop_);
        script_(peer);
    } catch (PeerGone const&) {
        // The script's end as well.
    }
    ++counters_.finished;
}

RefusingPort::RefusingPort() : descriptor_(bound_socket(port_)) {}

RefusingPort::~RefusingPort() {
    ::close(descriptor_);
}

BlackHole::BlackHole() : listener_(bound_socket(port_)) {
    require(::listen(listener_, 0) == 0, "listen");
    // The queue takes one more than its length, and one whose handshake is not over.
    for (int i = 0; i != 4; ++i) {
        int const filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        require(filler >= 0, "socket");
        auto const address = loopback(port_);
        static_cast<void>(::connect(filler, reinterpret_cast<sockaddr const*>(&address), sizeof address));
        fillers_.push_back(filler);
    }
}

BlackHole::~BlackHole() {
    for (int const each : fillers_)
        ::close(each);
    ::close(listener_);
}

} // namespace e2b::test
