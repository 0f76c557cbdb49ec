#include "support/screen.hpp"

#include <algorithm>
#include <stdexcept>

namespace e2b::test {

void Screen::feed(std::string_view bytes) {
    for (char const c : bytes) {
        if (!sequence_.empty()) {
            sequence_ += c;
            bool const ends = sequence_.size() > 2 && c >= '@' && c <= '~';
            if (ends) {
                carry_out(std::string_view(sequence_).substr(2, sequence_.size() - 3), c);
                sequence_.clear();
            }
        } else if (c == '\x1b') {
            sequence_ = c;
            saw_sequences_ = true;
        } else if (c == '\r') {
            column_ = 0;
        } else if (c == '\n') {
            line_feed();
        } else {
            put(c);
        }
    }
}

void Screen::put(char c) {
    // The rest of a character of several bytes takes no room.
    bool const continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (continues) {
        lines_[row_] += c;
        return;
    }
    if (column_ == columns_) {
        ++wrapped_;
        line_feed();
        column_ = 0;
    }
    auto& line = lines_[row_];
    if (line.size() <= column_)
        line.resize(column_ + 1, ' ');
    line[column_++] = c;
}

void Screen::line_feed() {
    if (++row_ == lines_.size())
        lines_.emplace_back();
}

void Screen::carry_out(std::string_view parameters, char command) {
    if (command == 'm') {
        was_coloured_ = true;
    } else if (command == 'A') {
        auto const count =
            parameters.empty() ? 1U : static_cast<unsigned>(std::stoul(std::string(parameters)));
        row_ -= std::min<std::size_t>(row_, count);
    } else if (command == 'J' && parameters.empty()) {
        lines_.resize(row_ + 1);
        lines_[row_].resize(std::min(lines_[row_].size(), column_));
    } else {
        throw std::runtime_error("a sequence that the screen does not know: " + std::string(parameters) +
                                 command);
    }
}

std::vector<std::string> Screen::lines() const {
    auto result = lines_;
    for (auto& line : result)
        line.erase(line.find_last_not_of(' ') + 1);
    while (!result.empty() && result.back().empty())
        result.pop_back();
    return result;
}

std::string Screen::text() const {
    std::string text;
    for (auto const& line : lines())
        text += line + '\n';
    return text;
}

} // namespace e2b::test
