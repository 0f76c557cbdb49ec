#include "core/chunk_decoder.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace e2b::core {

using namespace base;

namespace {

// What may stand in extensions and trailers, whose content does not matter here.
bool is_text(char byte) noexcept {
    auto const code = static_cast<unsigned char>(byte);
    return (code >= ' ' && code != 0x7f) || byte == '\t';
}

} // namespace

void ChunkDecoder::reset(std::size_t max_body) noexcept {
    *this = ChunkDecoder();
    room_ = max_body;
}

ChunkDecoder::State ChunkDecoder::decode(std::string_view bytes, std::size_t& consumed, std::string& body) {
    consumed = 0;
    while (consumed < bytes.size() && step_ != Step::complete && step_ != Step::failed) {
        if (step_ == Step::data) {
            auto const part = bytes.substr(consumed, left_);
            body.append(part);
            consumed += part.size();
            left_ -= part.size();
            if (left_ == 0)
                step_ = Step::data_return;
        } else {
            step(bytes[consumed++]);
        }
    }
    return step_ == Step::complete ? State::complete
           : step_ == Step::failed ? State::failed
                                   : State::need_more;
}

void ChunkDecoder::step(char byte) {
    switch (step_) {
    case Step::data_return:
        return byte == '\r' ? go(Step::data_feed) : fail("a chunk is longer than its size");
    case Step::data_feed:
        return byte == '\n' ? go(Step::size_first) : fail("a chunk does not end in CR LF");
    case Step::trailer_first:
    case Step::trailer_name:
    case Step::trailer_value:
    case Step::trailer_feed:
    case Step::last_feed:
        return trailer_byte(byte);
    default:
        return line_byte(byte);
    }
}

// chunk-size [ BWS ";" extension ] CR LF
void ChunkDecoder::line_byte(char byte) {
    if (++line_ > max_line)
        return fail("a chunk's head is longer than 256 bytes");
    if (step_ == Step::line_feed)
        return byte == '\n' ? end_of_line() : fail("a chunk's head does not end in CR LF");
    if (step_ == Step::size_first || step_ == Step::size) {
        if (hex_value(byte) >= 0)
            return add_digit(byte);
        if (step_ == Step::size_first)
            return fail("a chunk has no size");
    }
    if (step_ == Step::extension) {
        if (is_text(byte))
            return;
    } else if (byte == ';') {
        return go(Step::extension);
    } else if (byte == ' ' || byte == '\t') {
        return go(Step::before_extension);
    }
    if (byte != '\r' || step_ == Step::before_extension)
        return fail("a chunk's head is not well-formed");
    go(Step::line_feed);
}

void ChunkDecoder::add_digit(char byte) {
    step_ = Step::size;
    left_ = left_ * 16 + static_cast<std::size_t>(hex_value(byte));
    if (left_ > room_)
        fail("the body is longer than 1 MiB");
}

void ChunkDecoder::end_of_line() {
    line_ = 0;
    room_ -= left_;
    go(left_ == 0 ? Step::trailer_first : Step::data);
}

// *( name ":" value CR LF ) CR LF
void ChunkDecoder::trailer_byte(char byte) {
    if (++trailers_ > max_trailers)
        return fail("the trailers are longer than 8 KiB");
    switch (step_) {
    case Step::trailer_first:
        if (byte == '\r')
            return go(Step::last_feed);
        return is_token_char(byte) ? go(Step::trailer_name) : fail("a trailer is not well-formed");
    case Step::trailer_name:
        if (byte == ':')
            return go(Step::trailer_value);
        return is_token_char(byte) ? void() : fail("a trailer is not well-formed");
    case Step::trailer_value:
        if (byte == '\r')
            return go(Step::trailer_feed);
        return is_text(byte) ? void() : fail("a trailer is not well-formed");
    case Step::trailer_feed:
        return byte == '\n' ? go(Step::trailer_first) : fail("a trailer does not end in CR LF");
    default:
        return byte == '\n' ? go(Step::complete) : fail("the trailers do not end in CR LF");
    }
}

void ChunkDecoder::fail(std::string_view problem) noexcept {
    step_ = Step::failed;
    problem_ = problem;
}

} // namespace e2b::core
