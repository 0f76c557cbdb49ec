#include "cli/line_source.hpp"

#include <algorithm>
#include <utility>

namespace e2b::cli {
namespace {

InputLine understand(LineSplitter::Line const& line, SnapshotKind otherwise) {
    if (line.too_long)
        return MalformedLine{"", "longer than " + std::to_string(LineSplitter::max_line_bytes) + " bytes"};
    return parse_input_line(line.text, otherwise);
}

} // namespace

boost::asio::awaitable<std::optional<Source::Item>> LineSource::next() {
    for (;;) {
        while (auto const line = splitter_.next()) {
            if (!is_blank(line->text))
                co_return Item{understand(*line, otherwise_), line->number};
        }
        if (ended_)
            co_return std::nullopt;
        std::string chunk = co_await input_.read();
        ended_ = chunk.empty();
        if (ended_)
            splitter_.finish();
        else
            splitter_.feed(std::move(chunk));
    }
}

std::optional<double> LineSource::progress() const {
    auto const size = input_.size();
    if (!size)
        return std::nullopt;
    // A file that grew meanwhile is not more than whole.
    return *size == 0 ? 1
                      : std::min(1.0, static_cast<double>(splitter_.consumed()) / static_cast<double>(*size));
}

} // namespace e2b::cli
