#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace e2b::cli {

// Cuts chunks of input into lines, whatever the chunks' borders are. Memory is bounded: of a line that is
// longer than the limit only the beginning is kept.
class LineSplitter {
public:
    static constexpr std::size_t max_line_bytes = 64 * 1024;

    struct Line {
        std::string text;       // without its line feed
        std::size_t number = 0; // from 1
        bool too_long = false;  // `text` is cut at `max_line_bytes`
    };

    // The next bytes of the input. Precondition: `next()` yielded nothing.
    void feed(std::string chunk);
    // No more will come: what has no line feed yet is the last line.
    void finish() { finished_ = true; }

    // The next whole line, or nothing until more is fed.
    std::optional<Line> next();

    // How many bytes of the input the lines that were handed out took.
    [[nodiscard]] std::size_t consumed() const noexcept { return consumed_; }

private:
    void keep(std::string_view text);
    Line take_line();

    std::string chunk_;
    std::size_t position_ = 0; // in chunk_
    std::string partial_;
    bool partial_cut_ = false;
    bool finished_ = false;
    std::size_t lines_ = 0;
    std::size_t consumed_ = 0;
};

} // namespace e2b::cli
