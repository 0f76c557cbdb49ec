#pragma once

#include "cli/input/line_splitter.hpp"

#include <deque>
#include <optional>

namespace e2b::cli {

// Puts JSON objects together that stand on several lines, as jq prints them; all other lines pass as they
// are. What begins as an object and is none is handed out with the lines that belong to it, and the next line
// stands for itself: no line is lost, and none waits longer than for the line after it.
class LineJoiner {
public:
    using Line = LineSplitter::Line; // the number is the first line's

    void add(Line line);
    // No more will come. Yields whether there is a line for `next` yet.
    bool finish();
    // The next one, or nothing until more is added.
    std::optional<Line> next();

private:
    std::optional<Line> object_; // that has begun
    std::deque<Line> ready_;
};

} // namespace e2b::cli
