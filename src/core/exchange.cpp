#include "core/exchange.hpp"

namespace e2b::core {

using boost::system::error_code;

void Exchange::begin(bool reused) {
    reader_.reset();
    committed_at_ = first_byte_at_ = {};
    received_ = 0;
    is_reused_ = reused;
    is_committed_ = is_written_ = is_left_over_ = false;
}

void Exchange::committed(TimePoint now) noexcept {
    if (is_committed_)
        return;
    is_committed_ = true;
    committed_at_ = now;
}

void Exchange::written(TimePoint now) noexcept {
    committed(now);
    is_written_ = true;
}

// A peer that responds before the request is whole, and closes, does not want the rest of it.
ExchangeEnd Exchange::write_failed(error_code cause, std::string_view detail) {
    if (has_response())
        return responded(false, false);
    if (!wants_more())
        return failed(reader_.error(), {}, reader_.error_detail());
    return failed(Errc::reset, cause, detail);
}

void Exchange::received(std::string_view bytes) {
    received_ += bytes.size();
    if (!wants_more()) {
        is_left_over_ = true;
        return;
    }
    std::size_t consumed = 0;
    if (reader_.feed(bytes, consumed) == ResponseReader::State::complete)
        is_left_over_ = consumed != bytes.size();
}

std::optional<ExchangeEnd> Exchange::read(StreamEnd end, error_code cause, std::string_view detail) {
    if (has_response())
        return responded(end == StreamEnd::none, false);
    if (!wants_more())
        return failed(reader_.error(), {}, reader_.error_detail());
    switch (end) {
    case StreamEnd::none:
        return std::nullopt;
    case StreamEnd::clean:
        return at_end_of_stream(true, cause);
    case StreamEnd::unclean:
        return at_end_of_stream(false, cause);
    case StreamEnd::reset:
        return failed(Errc::reset, cause, detail);
    case StreamEnd::timed_out:
        return failed(Errc::timeout, cause, detail);
    case StreamEnd::tls_failed:
        return failed(Errc::tls, cause, detail);
    case StreamEnd::client_refused:
        return failed(Errc::tls_client_auth, cause, detail);
    case StreamEnd::out_of_memory:
        break;
    }
    return failed(Errc::out_of_memory, cause, detail);
}

ExchangeEnd Exchange::at_end_of_stream(bool clean, error_code cause) {
    if (reader_.finish() == ResponseReader::State::complete)
        return responded(false, !clean);
    return failed(reader_.error(), cause, reader_.error_detail());
}

ExchangeEnd Exchange::given_up(Errc why) const noexcept {
    return failed(why, {}, {});
}

ExchangeEnd Exchange::so_far() const noexcept {
    ExchangeEnd end;
    end.facts.reused = is_reused_;
    end.facts.committed = is_committed_;
    end.facts.http_status = reader_.status();
    end.facts.response_complete = has_response();
    bool const responding = is_committed_ || reader_.any_byte();
    end.facts.phase = has_response() ? Phase::complete : responding ? reader_.phase() : Phase::write;
    end.committed_at = committed_at_;
    end.first_byte_at = first_byte_at_;
    end.received = received_;
    return end;
}

ExchangeEnd Exchange::failed(Errc error, error_code cause, std::string_view detail) const noexcept {
    auto end = so_far();
    end.facts.error = error;
    end.cause = cause;
    end.detail = detail;
    return end;
}

ExchangeEnd Exchange::responded(bool stream_goes_on, bool unsafe_end) const noexcept {
    auto end = so_far();
    end.facts.response_ended_unsafely = unsafe_end;
    end.response = &reader_.response();
    end.reusable = stream_goes_on && is_written_ && !is_left_over_ && reader_.response().keep_alive &&
                   reader_.status() != 408;
    return end;
}

} // namespace e2b::core
