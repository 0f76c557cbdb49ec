#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::test {

/// What a terminal shows: as much of one as programs need that move the cursor up and erase below it. Lines
/// that leave at the top are kept.
class Screen {
public:
    explicit Screen(std::size_t columns) : columns_(columns) {}

    /// Throws std::runtime_error for a sequence that it does not know.
    void feed(std::string_view bytes);

    /// Without blanks at the ends and empty lines at the bottom.
    [[nodiscard]] std::vector<std::string> lines() const;
    [[nodiscard]] std::string text() const;
    /// Whether a colour was ever asked for.
    [[nodiscard]] bool was_coloured() const noexcept { return was_coloured_; }
    /// Whether there was any sequence.
    [[nodiscard]] bool saw_sequences() const noexcept { return saw_sequences_; }
    /// How often a line was longer than the terminal is wide.
    [[nodiscard]] std::size_t wrapped() const noexcept { return wrapped_; }

private:
    void put(char c);
    void line_feed();
    void carry_out(std::string_view parameters, char command);

    std::size_t columns_;
    std::vector<std::string> lines_{""};
    std::size_t row_ = 0;
    std::size_t column_ = 0;
    std::string sequence_; // that is not complete yet
    bool was_coloured_ = false;
    bool saw_sequences_ = false;
    std::size_t wrapped_ = 0;
};

} // namespace e2b::test
