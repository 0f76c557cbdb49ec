#pragma once

#include "core/response.hpp"
#include "core/response_reader.hpp"
#include "core/time.hpp"
#include "core/verdict.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace e2b::core {

// What a connection says about the bytes that come after those that were read.
enum class StreamEnd : unsigned char {
    none,           // more may come
    clean,          // the peer has sent all: TLS's close_notify, or TCP's FIN in the clear
    unclean,        // TCP's FIN where TLS should have said close_notify first
    reset,          // by the peer or the system
    timed_out,      // the system gave up on a peer that does not acknowledge
    tls_failed,     // an alert, or a record that is none
    client_refused, // an alert about our certificate, from a server that asked for one
    out_of_memory,  // what came could not be kept
};

// How one exchange ended, or what is known of it so far. Views are good until the exchange's next event.
struct ExchangeEnd {
    AttemptFacts facts;                 // all but what only the body can say
    Response const* response = nullptr; // where it is complete
    bool reusable = false;              // the connection can carry another request
    boost::system::error_code cause;
    std::string_view detail;
    TimePoint committed_at{};
    TimePoint first_byte_at{}; // only where the exchange was told of it
    std::size_t received = 0;  // bytes of the response
    std::size_t sent = 0;      // bytes of the request that the kernel took, before encryption
};

// One request on one connection: given what was written and read, it says when the exchange has ended and
// how. The request is committed once the peer can have acted upon it: over TLS that takes the whole record,
// in the clear its first byte.
class Exchange {
public:
    Exchange() = default;

    // A request is about to be written. `reused`: the connection has carried one before.
    void begin(bool reused);

    // The kernel took enough of the request for the peer to act upon it.
    void committed(TimePoint now) noexcept;
    // The kernel took all of it. Implies the above.
    void written(TimePoint now) noexcept;
    // It will take no more of it. All that could be read was given to `received` before.
    [[nodiscard]] ExchangeEnd write_failed(boost::system::error_code cause, std::string_view detail);

    // The first bytes of the response have come. Not told where nobody asks for the time.
    void first_byte(TimePoint now) noexcept { first_byte_at_ = now; }
    [[nodiscard]] bool has_first_byte() const noexcept { return first_byte_at_ != TimePoint(); }
    // Bytes from the peer, decrypted. Throws bad_alloc.
    void received(std::string_view bytes);
    // All that has arrived was given to `received`; `end` is what came after it. Yields the end of the
    // exchange, if this is it.
    [[nodiscard]] std::optional<ExchangeEnd> read(StreamEnd end, boost::system::error_code cause,
                                                  std::string_view detail);

    // What is known now, as it is to be reported where the exchange is given up because of `why`.
    [[nodiscard]] ExchangeEnd given_up(Errc why) const noexcept;

    [[nodiscard]] bool is_committed() const noexcept { return is_committed_; }
    [[nodiscard]] bool is_written() const noexcept { return is_written_; }
    // Nothing that is still to come can change the response.
    [[nodiscard]] bool has_response() const noexcept {
        return reader_.state() == ResponseReader::State::complete;
    }
    // More bytes can still make a response.
    [[nodiscard]] bool wants_more() const noexcept {
        return reader_.state() == ResponseReader::State::need_more;
    }

private:
    [[nodiscard]] ExchangeEnd so_far() const noexcept;
    [[nodiscard]] ExchangeEnd failed(Errc error, boost::system::error_code cause,
                                     std::string_view detail) const noexcept;
    [[nodiscard]] ExchangeEnd responded(bool stream_goes_on, bool unsafe_end) const noexcept;
    [[nodiscard]] ExchangeEnd at_end_of_stream(bool clean, boost::system::error_code cause);

    ResponseReader reader_;
    TimePoint committed_at_{};
    TimePoint first_byte_at_{};
    std::size_t received_ = 0;
    bool is_reused_ = false;
    bool is_committed_ = false;
    bool is_written_ = false;
    bool is_left_over_ = false; // bytes after the response
};

} // namespace e2b::core
