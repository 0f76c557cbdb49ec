#include "simulator/tls_context.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace e2b::sim {
namespace {

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL, and a peer that is gone would end the process by
// SIGPIPE. This one keeps the descriptor in its data pointer.

int socket_of(BIO* bio) noexcept {
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int finish(BIO* bio, ssize_t result, int retry) noexcept {
    BIO_clear_retry_flags(bio);
    if (result < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
    return static_cast<int>(result);
}

int bio_write(BIO* bio, char const* data, int size) noexcept {
    return finish(bio, ::send(socket_of(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL),
                  BIO_FLAGS_WRITE);
}

int bio_read(BIO* bio, char* data, int size) noexcept {
    return finish(bio, ::recv(socket_of(bio), data, static_cast<std::size_t>(size), 0), BIO_FLAGS_READ);
}

long bio_control(BIO*, int command, long, void*) noexcept {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD const* socket_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
        if (made == nullptr)
            throw std::bad_alloc();
        BIO_meth_set_write(made, bio_write);
        BIO_meth_set_read(made, bio_read);
        BIO_meth_set_ctrl(made, bio_control);
        return made;
    }();
    return method;
}

// Takes http/1.1 from the client's list. A client that offers only others is told nothing, and speaks
// HTTP/1.1 or goes away.
int choose_protocol(SSL*, unsigned char const** out, unsigned char* out_size, unsigned char const* offered,
                    unsigned offered_size, void*) noexcept {
    constexpr std::string_view wanted = "http/1.1";
    std::string_view rest(reinterpret_cast<char const*>(offered), offered_size);
    while (!rest.empty()) {
        auto const size = static_cast<unsigned char>(rest.front());
        auto const name = rest.substr(1, size);
        if (name == wanted) {
            *out = reinterpret_cast<unsigned char const*>(name.data());
            *out_size = size;
            return SSL_TLSEXT_ERR_OK;
        }
        rest.remove_prefix(std::min(rest.size(), std::size_t{1} + size));
    }
    return SSL_TLSEXT_ERR_NOACK;
}

} // namespace

TlsContext::TlsContext(Identity identity)
    : ca_pem_(std::move(identity.ca_pem)),
      context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX* const context = context_.get();
    constexpr unsigned char session_context[] = "e2b simulator";
    if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_use_certificate(context, identity.certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context, identity.key.get()) != 1 ||
        SSL_CTX_set_session_id_context(context, session_context, sizeof session_context - 1) != 1)
        throw std::runtime_error(openssl_error("cannot set TLS up"));
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_read_ahead(context, 1);
    // Sessions live in the clients' tickets.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

TlsContext::SslPointer TlsContext::accept(int socket) const {
    SslPointer ssl(SSL_new(context_.get()));
    BIO* const bio = ssl ? BIO_new(socket_method()) : nullptr;
    if (bio == nullptr) {
        ERR_clear_error();
        return nullptr;
    }
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl.get(), bio, bio);
    SSL_set_accept_state(ssl.get());
    return ssl;
}

} // namespace e2b::sim
