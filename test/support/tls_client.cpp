#include "support/tls_client.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

namespace e2b::test {
namespace {

constexpr timeval patience{20, 0};

void require(bool holds, char const* what) {
    if (!holds)
        throw std::runtime_error(std::string("TLS client: ") + what);
}

std::shared_ptr<SSL_CTX> make_context(TlsClient::Options const& options) {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    std::unique_ptr<BIO, decltype(&BIO_free)> const memory(
        BIO_new_mem_buf(options.ca_pem.data(), static_cast<int>(options.ca_pem.size())), BIO_free);
    std::unique_ptr<X509, decltype(&X509_free)> const ca(
        PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr), X509_free);
    require(ca != nullptr, "no certificate");
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), ca.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (options.max_version != 0)
        SSL_CTX_set_max_proto_version(context.get(), options.max_version);
    return context;
}

void set_host(SSL* ssl, std::string const& host) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1)
        return;
    require(SSL_set1_host(ssl, host.c_str()) == 1, "bad host");
    SSL_set_tlsext_host_name(ssl, host.c_str());
}

std::string wire_format(std::vector<std::string> const& protocols) {
    std::string list;
    for (auto const& protocol : protocols) {
        list.push_back(static_cast<char>(protocol.size()));
        list += protocol;
    }
    return list;
}

} // namespace

std::optional<std::string> HttpResponse::field(std::string_view name) const {
    std::string const start = "\r\n" + std::string(name) + ": ";
    auto const found = head.find(start);
    if (found == std::string::npos)
        return std::nullopt;
    auto const value = found + start.size();
    return head.substr(value, head.find("\r\n", value) - value);
}

TlsClient::TlsClient(std::uint16_t port, Options const& options) {
    std::signal(SIGPIPE, SIG_IGN); // OpenSSL's own socket BIO writes without MSG_NOSIGNAL
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    try {
        require(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
                "cannot connect");
        if (options.ca_pem.empty())
            return;
        auto const context = make_context(options);
        ssl_ = SSL_new(context.get());
        set_host(ssl_, options.host);
        auto const protocols = wire_format(options.protocols);
        SSL_set_alpn_protos(ssl_, reinterpret_cast<unsigned char const*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));
        if (options.session)
            SSL_set_session(ssl_, options.session.get());
        SSL_set_fd(ssl_, socket_);
        require(SSL_connect(ssl_) == 1, "the handshake failed");
    } catch (...) {
        close();
        throw;
    }
}

TlsClient::~TlsClient() {
    close();
}

void TlsClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const sent = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                          : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        require(sent > 0, "cannot send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::optional<TlsClient::End> TlsClient::fill() {
    std::array<char, 16 * 1024> bytes;
    ERR_clear_error();
    errno = 0;
    auto const size = ssl_ != nullptr ? SSL_read(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                      : ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (size > 0) {
        buffer_.append(bytes.data(), static_cast<std::size_t>(size));
        return std::nullopt;
    }
    int const error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK)
        return End::silent;
    if (error == ECONNRESET)
        return End::reset;
    bool const announced = ssl_ != nullptr && (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
    return announced ? End::announced : End::closed;
}

std::optional<HttpResponse> TlsClient::receive(bool head_only) {
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
        if (fill()) {
            require(buffer_.empty(), "the response's head is cut");
            return std::nullopt;
        }
    }
    HttpResponse response;
    response.head = buffer_.substr(0, buffer_.find("\r\n\r\n") + 4);
    buffer_.erase(0, response.head.size());
    require(response.head.starts_with("HTTP/1.1 ") && response.head.size() > 12, "no response");
    std::from_chars(response.head.data() + 9, response.head.data() + 12, response.status);
    if (auto const length = response.field("Content-Length"); length && !head_only)
        response.body = receive_bytes(std::stoul(*length));
    return response;
}

std::string TlsClient::receive_bytes(std::size_t size) {
    while (buffer_.size() < size)
        require(!fill(), "the connection ended too early");
    std::string const result = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return result;
}

std::string TlsClient::receive_all(End& end) {
    while (true) {
        if (auto const ended = fill()) {
            end = *ended;
            return std::exchange(buffer_, {});
        }
    }
}

void TlsClient::close(bool reset) {
    if (socket_ < 0)
        return;
    if (reset) {
        linger const now{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    if (ssl_ != nullptr)
        SSL_set_quiet_shutdown(ssl_, 1);
    SSL_free(ssl_);
    ssl_ = nullptr;
    ::close(socket_);
    socket_ = -1;
}

std::string TlsClient::protocol() const {
    unsigned char const* data = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &data, &size);
    return {reinterpret_cast<char const*>(data), size};
}

int TlsClient::version() const {
    return SSL_version(ssl_);
}

bool TlsClient::resumed() const {
    return SSL_session_reused(ssl_) == 1;
}

TlsClient::Session TlsClient::session() const {
    return Session(SSL_get1_session(ssl_), SSL_SESSION_free);
}

} // namespace e2b::test
