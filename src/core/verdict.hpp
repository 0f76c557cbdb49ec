#pragma once

#include <e2b/error.hpp>
#include <e2b/retry_policy.hpp>

namespace e2b::core {

// What a request does to the server when it is carried out twice.
enum class Effect : unsigned char {
    repeats,    // a snapshot more: may only be sent again where it provably was not carried out
    idempotent, // the same as once: may be sent again after any transport failure
};

// All that can be known about one attempt when it ended. A transport says how far it came; the body of an
// response was already read.
struct AttemptFacts {
    Phase phase = Phase::write;     // how far the attempt came
    Errc error{};                   // the transport's or the reader's error; none if the response is complete
                                    // and there was memory to read it
    bool reused = false;            // the connection had carried a request before
    bool committed = false;         // the peer can have the whole request
    unsigned http_status = 0;       // of a final response's status line; 0 if none was read
    bool response_complete = false; // head and body were read whole
    bool response_ended_unsafely =
        false;                // a body delimited by the end of the stream, ended without close_notify
    bool body_valid = false;  // the body of a success is what the contract says
    bool api_error = false;   // the body is an error in the API's own form
    int api_code = 0;         // its `code`, if that is a number
    bool unsupported = false; // its word says that this kind of snapshot cannot be had
};

enum class Retry : unsigned char {
    no,
    at_once, // on a fresh connection, not counted as an attempt
    later,   // after a backoff or as long as the server said
};

struct Verdict {
    Outcome outcome = Outcome::unknown;
    Errc error{};
    Retry retry = Retry::no;

    friend bool operator==(Verdict const&, Verdict const&) = default;
};

// The one place where it is decided how an attempt ended and whether the request may be sent again.
// `success` is the status that the request is meant to get; 200 with a body that is right counts as well.
[[nodiscard]] Verdict judge(AttemptFacts const& facts, RetryPolicy const& policy,
                            Effect effect = Effect::repeats, unsigned success = 201) noexcept;

// Whether the body of a response with this status is to be read as a success's.
[[nodiscard]] bool may_succeed(unsigned status, unsigned success) noexcept;

} // namespace e2b::core
