#include "net/tls_stream.hpp"

#include "net/socket.hpp"

#include <boost/asio/error.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace e2b::net {

// The bottom of OpenSSL's stack: reads what was put in, sends to the socket.
struct TlsStreamBio {
    static TlsStream& stream(BIO* bio) noexcept { return *static_cast<TlsStream*>(BIO_get_data(bio)); }

    static int write(BIO* bio, char const* bytes, int size) {
        auto& self = stream(bio);
        BIO_clear_retry_flags(bio);
        auto const sent = send(self.socket_, {bytes, static_cast<std::size_t>(size)});
        if (!sent.error)
            return static_cast<int>(sent.size);
        if (sent.error == boost::asio::error::would_block)
            BIO_set_retry_write(bio);
        else
            self.socket_error_ = sent.error;
        return -1;
    }

    static int read(BIO* bio, char* buffer, int capacity) {
        auto& self = stream(bio);
        BIO_clear_retry_flags(bio);
        if (self.input_.empty()) {
            BIO_set_retry_read(bio);
            return -1;
        }
        auto const size = std::min(self.input_.size(), static_cast<std::size_t>(capacity));
        std::memcpy(buffer, self.input_.data(), size);
        self.input_.remove_prefix(size);
        return static_cast<int>(size);
    }

    static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

    static int create(BIO* bio) {
        BIO_set_init(bio, 1);
        return 1;
    }

    static BIO_METHOD* method() {
        static BIO_METHOD* const made = [] {
            auto* const result = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "e2b stream");
            if (result == nullptr)
                throw std::bad_alloc();
            BIO_meth_set_write(result, &write);
            BIO_meth_set_read(result, &read);
            BIO_meth_set_ctrl(result, &control);
            BIO_meth_set_create(result, &create);
            return result;
        }();
        return made;
    }
};

namespace {

// OpenSSL's queue of errors belongs to the thread, so there may be errors in it that others left, and with
// any error in it OpenSSL takes a call that has to wait for one that failed. To be called before each call
// whose result matters.
void forget_errors_of_others() noexcept {
    if (ERR_peek_error() != 0) // emptying an empty queue is not free
        ERR_clear_error();
}

// Why a call failed; 0 where that is nothing of TLS. From OpenSSL 3.2 on, what was wrong with a record is the
// first of two errors, and the last says "record layer failure" (its header may be older).
int reason_of_failure() noexcept {
    constexpr int record_layer_failure = 313;
    auto const reason_of = [](unsigned long code) {
        return ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
    };
    int const last = reason_of(ERR_peek_last_error());
    return last == record_layer_failure ? reason_of(ERR_peek_error()) : last;
}

bool is_old_protocol(int reason) noexcept {
    return reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION ||
           reason == SSL_R_VERSION_TOO_LOW;
}

// What the next handshake with the same peer would meet as well: alerts about what was offered and who asks,
// and first bytes that are no record of TLS.
bool is_refusal(int reason) noexcept {
    switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_DATA_LENGTH_TOO_LONG:
    case SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
    case SSL_R_TLSV1_UNRECOGNIZED_NAME:
    case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
    case SSL_R_TLSV13_ALERT_MISSING_EXTENSION:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        return true;
    default:
        return false;
    }
}

} // namespace

// OpenSSL drops the session of a connection that is freed without a close_notify. That it was merely closed
// says nothing against its session; that it failed does.
TlsStream::~TlsStream() {
    if (ssl_ && error_ == Error::none)
        SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN);
}

// Alerts by which a server says what it thinks of the client's certificate. From one that asked for none they
// say something else.
bool TlsStream::refuses_client_certificate(int reason) const noexcept {
    if (!asked_for_certificate_)
        return false;
    switch (reason) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    // TLS 1.2 has no alert of its own for a certificate that is missing.
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
        return true;
    default:
        return false;
    }
}

int TlsStream::certificate_asked_for(SSL*, void* stream) noexcept {
    static_cast<TlsStream*>(stream)->asked_for_certificate_ = true;
    return 1; // go on, with the context's certificate if it has one
}

void TlsStream::open(TlsContext& context, int socket) {
    ssl_ = context.new_connection();
    context_ = &context;
    socket_ = socket;
    auto* const bio = BIO_new(TlsStreamBio::method());
    if (bio == nullptr)
        throw std::bad_alloc();
    BIO_set_data(bio, this);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_cert_cb(ssl_.get(), &TlsStream::certificate_asked_for, this);
}

TlsStream::Status TlsStream::handshake() {
    forget_errors_of_others();
    auto const status = status_of(SSL_do_handshake(ssl_.get()));
    if (status == Status::done && !context_->pin_matches(ssl_.get())) {
        error_ = Error::verify;
        error_text_ = "the server's key is none of tls.pinned_spki_sha256";
        return Status::failed;
    }
    return status;
}

TlsStream::Status TlsStream::write(std::string_view bytes) {
    forget_errors_of_others();
    std::size_t written = 0;
    return status_of(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) == 1 ? 1 : -1);
}

TlsStream::Status TlsStream::read(char* buffer, std::size_t capacity, std::size_t& received) {
    forget_errors_of_others();
    received = 0;
    return status_of(SSL_read_ex(ssl_.get(), buffer, capacity, &received) == 1 ? 1 : -1);
}

void TlsStream::shut_down() noexcept {
    if (ssl_ && error_ == Error::none && SSL_is_init_finished(ssl_.get()) == 1) {
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }
}

bool TlsStream::between_messages() const noexcept {
    bool const header_is_next = std::string_view(SSL_rstate_string(ssl_.get())) == "RH";
    return header_is_next && SSL_has_pending(ssl_.get()) == 0 && SSL_is_init_finished(ssl_.get()) == 1;
}

TlsStream::Status TlsStream::status_of(int result) {
    if (result == 1)
        return Status::done;
    switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
        return Status::need_input;
    case SSL_ERROR_WANT_WRITE:
        return Status::need_write;
    case SSL_ERROR_ZERO_RETURN:
        return Status::closed;
    default:
        break;
    }
    int const reason = reason_of_failure();
    if (socket_error_)
        fail(Error::socket);
    else if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED || is_old_protocol(reason))
        fail(Error::verify);
    else if (refuses_client_certificate(reason))
        fail(Error::client_auth);
    else if (is_refusal(reason))
        fail(Error::refused);
    else
        fail(Error::other);
    return Status::failed;
}

void TlsStream::fail(Error error) {
    error_ = error;
    error_text_ = take_openssl_errors();
    auto const verdict = SSL_get_verify_result(ssl_.get());
    if (error == Error::verify && verdict != X509_V_OK)
        error_text_ = X509_verify_cert_error_string(verdict);
}

} // namespace e2b::net
