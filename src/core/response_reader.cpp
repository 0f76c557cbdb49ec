#include "core/response_reader.hpp"

#include "base/ascii.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <cassert>
#include <optional>

namespace e2b::core {

using namespace base;

namespace {

namespace http = boost::beast::http;
using boost::beast::iequals;

// Buffers that an unusually large response left behind are given back: connections live long and are many.
constexpr std::size_t kept_capacity = 16 * 1024;

// Beast's parser, given one whole head. It judges the grammar; what it is lenient about is refused here.
// Lengths and chunks are not left to it, as it limits neither extensions nor trailers and lets trailers
// change the framing.
class HeadParser final : http::basic_parser<false> {
public:
    bool parse(std::string_view head) {
        header_limit(static_cast<std::uint32_t>(head.size()));
        body_limit(boost::none);
        boost::system::error_code ec;
        auto const taken = put(boost::asio::const_buffer(head.data(), head.size()), ec);
        if (!ec && (!is_header_done() || taken != head.size()))
            ec = http::error::bad_field;
        if (ec && problem_.empty())
            problem_ = describe(ec);
        return !ec;
    }

    [[nodiscard]] std::string_view problem() const noexcept { return problem_; }
    [[nodiscard]] bool keeps_alive() const { return keep_alive(); }
    [[nodiscard]] bool is_chunked() const noexcept { return is_chunked_; }
    [[nodiscard]] std::optional<std::size_t> length() const noexcept { return length_; }
    [[nodiscard]] std::string_view retry_after() const noexcept { return retry_after_; }
    [[nodiscard]] std::string_view date() const noexcept { return date_; }
    [[nodiscard]] std::string_view next_token() const noexcept { return next_token_; }
    [[nodiscard]] std::string_view trace_id() const noexcept {
        return trace_id_.empty() ? request_id_ : trace_id_;
    }

private:
    using string_view = boost::beast::string_view;
    using error_code = boost::system::error_code;

    static std::string_view describe(error_code ec) {
        if (ec == http::error::bad_content_length || ec == http::error::multiple_content_length ||
            ec == http::error::bad_transfer_encoding)
            return "the head does not say one length";
        return "the head is not well-formed";
    }

    void on_field_impl(http::field field, string_view name, string_view value, error_code& ec) override {
        std::string_view const text(value.data(), value.size());
        switch (field) {
        case http::field::content_length:
            return read_length(text, ec);
        case http::field::transfer_encoding:
            if (!iequals(value, "chunked"))
                return refuse("the head has a transfer coding other than one `chunked`", ec);
            is_chunked_ = true;
            return;
        case http::field::content_encoding:
            if (!iequals(value, "identity"))
                refuse("the body has a content coding", ec);
            return;
        case http::field::retry_after:
            return keep_first(retry_after_, text);
        case http::field::date:
            return keep_first(date_, text);
        case http::field::unknown:
            if (iequals(name, "X-Next-Token"))
                keep_first(next_token_, text);
            else if (iequals(name, "X-E2B-Trace-ID"))
                keep_first(trace_id_, text);
            else if (iequals(name, "X-Request-ID"))
                keep_first(request_id_, text);
            return;
        default:
            return;
        }
    }

    // Digits, once, without leading zeros: the only form that everybody on the way reads alike. Beast refuses
    // a length beside `chunked`, and `chunked` twice.
    void read_length(std::string_view text, error_code& ec) {
        bool const canonical = !text.empty() && std::ranges::all_of(text, base::is_digit) &&
                               (text.size() == 1 || text.front() != '0');
        if (length_ || !canonical)
            return refuse("the head does not say one length", ec);
        std::size_t length = 0;
        for (char const digit : text)
            length =
                std::min(length * 10 + static_cast<std::size_t>(digit - '0'), ResponseReader::max_body + 1);
        length_ = length;
    }

    static void keep_first(std::string_view& member, std::string_view value) {
        if (member.empty())
            member = value;
    }

    void refuse(std::string_view problem, error_code& ec) {
        problem_ = problem;
        ec = http::error::bad_field;
    }

    void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(string_view, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
    void on_finish_impl(error_code&) override {}

    std::optional<std::size_t> length_;
    bool is_chunked_ = false;
    std::string_view retry_after_;
    std::string_view date_;
    std::string_view next_token_;
    std::string_view trace_id_;
    std::string_view request_id_;
    std::string_view problem_;
};

void reuse(std::string& buffer) {
    if (buffer.capacity() > kept_capacity)
        buffer = std::string();
    buffer.clear();
}

} // namespace

void ResponseReader::reset() {
    state_ = State::need_more;
    phase_ = Phase::first_byte;
    framing_ = Framing::none;
    any_byte_ = false;
    head_complete_ = false;
    status_ = 0;
    interim_ = 0;
    interim_had_length_ = false;
    error_ = {};
    detail_ = {};
    response_ = {};
    scanner_.reset();
    for (auto* buffer : {&head_, &retry_after_, &date_, &next_token_, &trace_id_, &body_})
        reuse(*buffer);
}

ResponseReader::State ResponseReader::feed(std::string_view bytes, std::size_t& consumed) {
    assert(state_ == State::need_more);
    consumed = 0;
    while (state_ == State::need_more && consumed < bytes.size()) {
        auto const rest = bytes.substr(consumed);
        any_byte_ = true;
        consumed += head_complete_ ? feed_body(rest) : feed_head(rest);
    }
    return state_;
}

ResponseReader::State ResponseReader::finish() {
    if (state_ != State::need_more)
        return state_;
    if (framing_ == Framing::end)
        complete();
    else if (!any_byte_)
        fail(Errc::closed_before_response, "the stream ended before a response began");
    else
        fail(Errc::truncated, "the stream ended within the response");
    return state_;
}

// A head that arrives in one piece, as nearly all do, is parsed where it lies; only parts of one are copied.
std::size_t ResponseReader::feed_head(std::string_view bytes) {
    phase_ = Phase::head;
    auto const held = head_.size();
    auto taken = bytes.substr(0, HeadScanner::max_bytes + 1);
    auto head = taken;
    if (held != 0)
        head = head_.append(taken);
    auto const result = scanner_.scan(head);
    if (scanner_.status() >= 200)
        status_ = scanner_.status();

    switch (result) {
    case HeadScanner::State::failed:
        fail(Errc::protocol, scanner_.problem());
        break;
    case HeadScanner::State::need_more:
        if (held == 0)
            head_.assign(taken);
        break;
    case HeadScanner::State::complete:
        taken = taken.substr(0, scanner_.end() - held);
        end_of_head(head.substr(0, scanner_.end()));
        head_.clear();
        break;
    }
    return taken.size();
}

void ResponseReader::end_of_head(std::string_view head) {
    HeadParser parser;
    if (!parser.parse(head))
        return fail(Errc::protocol, parser.problem());
    bool const has_length = parser.is_chunked() || parser.length();
    if (scanner_.is_http_1_0() && (parser.is_chunked() || scanner_.status() < 200))
        return fail(Errc::protocol, "HTTP/1.0 has neither a chunked coding nor interim responses");
    if (scanner_.status() < 200)
        return end_of_interim(has_length);

    bool const has_body = status_ != 204 && status_ != 304;
    framing_ = !has_body             ? Framing::none
               : parser.is_chunked() ? Framing::chunked
               : parser.length()     ? Framing::length
                                     : Framing::end;
    retry_after_.assign(parser.retry_after());
    if (!retry_after_.empty())
        date_.assign(parser.date());
    next_token_.assign(parser.next_token());
    trace_id_.assign(parser.trace_id());
    response_.status = status_;
    response_.delimited_by_end = framing_ == Framing::end;
    // A length on a response that has no body: it cannot be known whether bytes follow.
    response_.keep_alive =
        parser.keeps_alive() && !scanner_.is_http_1_0() && !interim_had_length_ && (has_body || !has_length);
    response_.retry_after = retry_after_;
    response_.date = date_;
    response_.next_token = next_token_;
    response_.trace_id = trace_id_;
    head_complete_ = true;
    begin_body(parser.length().value_or(max_body));
}

void ResponseReader::end_of_interim(bool has_length) {
    if (scanner_.status() == 101)
        return fail(Errc::protocol, "the server switches to a protocol that was not asked for");
    if (++interim_ > max_interim)
        return fail(Errc::protocol, "the server sent more than five interim responses");
    interim_had_length_ = interim_had_length_ || has_length;
    phase_ = Phase::interim;
    scanner_.next();
}

void ResponseReader::begin_body(std::size_t length) {
    phase_ = Phase::body;
    body_left_ = length;
    if (framing_ == Framing::chunked)
        chunks_.reset(max_body);
    else if (length > max_body && framing_ != Framing::none)
        fail(Errc::protocol, "the body is longer than 1 MiB");
    else if (framing_ == Framing::none || length == 0)
        complete();
}

std::size_t ResponseReader::feed_body(std::string_view bytes) {
    if (framing_ == Framing::chunked)
        return feed_chunked(bytes);
    auto const part = bytes.substr(0, body_left_);
    body_.append(part);
    body_left_ -= part.size();
    if (framing_ == Framing::length && body_left_ == 0)
        complete();
    else if (part.size() < bytes.size())
        fail(Errc::protocol, "the body is longer than 1 MiB");
    return part.size();
}

std::size_t ResponseReader::feed_chunked(std::string_view bytes) {
    std::size_t consumed = 0;
    auto const state = chunks_.decode(bytes, consumed, body_);
    if (state == ChunkDecoder::State::complete)
        complete();
    else if (state == ChunkDecoder::State::failed)
        fail(Errc::protocol, chunks_.problem());
    return consumed;
}

void ResponseReader::complete() {
    state_ = State::complete;
    phase_ = Phase::complete;
    response_.body = body_;
}

void ResponseReader::fail(Errc error, std::string_view detail) {
    state_ = State::failed;
    error_ = error;
    detail_ = detail;
}

} // namespace e2b::core
