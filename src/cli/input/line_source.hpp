#pragma once

#include "cli/input/input.hpp"
#include "cli/input/line_joiner.hpp"
#include "cli/input/line_splitter.hpp"
#include "cli/input/source.hpp"

#include <string>

namespace e2b::cli {

// Items that are the lines of a file or of the standard input, in UTF-8; blank lines are passed over.
class LineSource : public Source {
public:
    explicit LineSource(std::string const& path, LineRules rules = {}) : input_(path), rules_(rules) {}

    boost::asio::awaitable<std::optional<Item>> next() override;
    void stop() override { input_.stop(); }
    [[nodiscard]] bool finite() const noexcept override { return input_.size().has_value(); }
    [[nodiscard]] std::optional<double> progress() const override;

private:
    [[nodiscard]] std::optional<Item> next_of_read();
    void take(LineSplitter::Line line);

    Input input_;
    LineRules rules_;
    LineSplitter splitter_;
    LineJoiner joiner_;
    bool ended_ = false;
};

} // namespace e2b::cli
