#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace e2b::core {

/// Takes the chunked coding (RFC 9112, 7.1) off a body, a byte at a time or all at once: the verdict does not
/// depend on how the bytes arrive. Extensions and trailers are checked for their form and dropped.
class ChunkDecoder {
public:
    enum class State { need_more, complete, failed };

    /// The longest chunk line (size, extensions and line end).
    static constexpr std::size_t max_line = 256;
    /// The longest trailer section, the empty line at its end included.
    static constexpr std::size_t max_trailers = 8 * 1024;

    /// Ready for a new body of at most `max_body` bytes.
    void reset(std::size_t max_body) noexcept;

    /// Takes bytes off the front of `bytes`, adds the body's to `body`, and says in `consumed` how many it
    /// took. After `complete`, the rest is not part of the body.
    State decode(std::string_view bytes, std::size_t& consumed, std::string& body);

    /// After `failed`: what was wrong.
    [[nodiscard]] std::string_view problem() const noexcept { return problem_; }

private:
    enum class Step : unsigned char {
        size_first,
        size,
        before_extension,
        extension,
        line_feed,
        data,
        data_return,
        data_feed,
        trailer_first,
        trailer_name,
        trailer_value,
        trailer_feed,
        last_feed,
        complete,
        failed,
    };

    void go(Step next) noexcept { step_ = next; }
    void step(char byte);
    void line_byte(char byte);
    void trailer_byte(char byte);
    void add_digit(char byte);
    void end_of_line();
    void fail(std::string_view problem) noexcept;

    Step step_ = Step::size_first;
    std::size_t left_ = 0;     ///< of the present chunk: its size while that is read, then the bytes to come
    std::size_t room_ = 0;     ///< for body bytes under the limit
    std::size_t line_ = 0;     ///< bytes of the present chunk line
    std::size_t trailers_ = 0; ///< bytes of the trailer section
    std::string_view problem_;
};

} // namespace e2b::core
