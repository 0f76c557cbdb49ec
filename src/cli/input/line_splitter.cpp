#include "cli/input/line_splitter.hpp"

#include <algorithm>
#include <utility>

namespace e2b::cli {

void LineSplitter::feed(std::string chunk) {
    chunk_ = std::move(chunk);
    position_ = 0;
}

std::optional<LineSplitter::Line> LineSplitter::next() {
    std::string_view const rest = std::string_view(chunk_).substr(position_);
    auto const line_feed = rest.find('\n');
    keep(rest.substr(0, line_feed));
    if (line_feed != std::string_view::npos) {
        position_ += line_feed + 1;
        consumed_ += line_feed + 1;
        return take_line();
    }
    position_ = chunk_.size();
    consumed_ += rest.size();
    if (finished_ && !partial_.empty())
        return take_line();
    return std::nullopt;
}

void LineSplitter::keep(std::string_view text) {
    std::size_t const room = max_line_bytes - partial_.size();
    partial_cut_ = partial_cut_ || text.size() > room;
    partial_.append(text.substr(0, room));
}

LineSplitter::Line LineSplitter::take_line() {
    Line line;
    line.text = std::exchange(partial_, {});
    line.number = ++lines_;
    line.too_long = std::exchange(partial_cut_, false);
    return line;
}

} // namespace e2b::cli
