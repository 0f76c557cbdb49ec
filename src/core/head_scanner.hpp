#pragma once

#include <cstddef>
#include <string_view>

namespace e2b::core {

/// Finds where the head of a response ends, so that a parser can be given it whole, and refuses as soon as it
/// can be known what no server of HTTP/1 sends: another protocol, a bare line feed, a folded line, too
/// much.
///
/// Bytes and fields are counted over all heads of one response, interim ones included.
class HeadScanner {
public:
    enum class State { need_more, complete, failed };

    static constexpr std::size_t max_bytes = 32 * 1024;
    static constexpr std::size_t max_fields = 100;

    /// Ready for the first head of a new response.
    void reset() noexcept;

    /// Ready for the head that follows the one that was just completed.
    void next() noexcept;

    /// `head` is all that was received since the head began: it grows from call to call.
    State scan(std::string_view head) noexcept;

    /// After `complete`: how long the head is.
    [[nodiscard]] std::size_t end() const noexcept { return line_; }
    /// 100 to 599 once the status code and the space behind it were read, 0 before.
    [[nodiscard]] unsigned status() const noexcept { return status_; }
    /// The version that came with the status.
    [[nodiscard]] bool is_http_1_0() const noexcept { return is_http_1_0_; }
    /// After `failed`: what was wrong.
    [[nodiscard]] std::string_view problem() const noexcept { return problem_; }

private:
    bool scan_status(std::string_view head) noexcept;
    State end_line(std::string_view head, std::size_t line_feed) noexcept;
    State fail(std::string_view problem) noexcept;

    std::size_t earlier_ = 0; ///< bytes of the response's heads before this one
    std::size_t fields_ = 0;  ///< of all heads so far
    std::size_t line_ = 0;    ///< where the present line begins
    std::size_t scanned_ = 0; ///< up to where there is nothing new
    unsigned status_ = 0;
    bool is_http_1_0_ = false;
    std::string_view problem_;
};

} // namespace e2b::core
