#pragma once

#include "cli/input.hpp"
#include "cli/line_splitter.hpp"
#include "cli/source.hpp"

#include <string>

namespace e2b::cli {

// Items that are the lines of a file or of the standard input; blank lines are passed over.
class LineSource : public Source {
public:
    // What does not say its kind is of the kind `otherwise`.
    explicit LineSource(std::string const& path, SnapshotKind otherwise = SnapshotKind::full)
        : input_(path),
          otherwise_(otherwise) {}

    boost::asio::awaitable<std::optional<Item>> next() override;
    void stop() override { input_.stop(); }
    [[nodiscard]] bool finite() const noexcept override { return input_.size().has_value(); }
    [[nodiscard]] std::optional<double> progress() const override;

private:
    Input input_;
    SnapshotKind otherwise_;
    LineSplitter splitter_;
    bool ended_ = false;
};

} // namespace e2b::cli
