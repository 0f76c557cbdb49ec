#include "cli/input/line_source.hpp"

#include "cli/basics/encoding.hpp"
#include "cli/basics/key_form.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace e2b::cli {
namespace {

// It would be sent in a URL, and repeated in the record.
bool has_key(SnapshotRequest const& request) {
    return is_key_form(request.sandbox_id) || (request.name && is_key_form(*request.name));
}

InputLine understand(LineSplitter::Line const& line, LineRules const& rules) {
    if (line.too_long)
        return MalformedLine{"", "longer than " + std::to_string(LineSplitter::max_line_bytes) + " bytes"};
    auto parsed = parse_input_line(line.text, rules);
    if (auto* const malformed = std::get_if<MalformedLine>(&parsed)) {
        malformed->sandbox_id = without_keys(malformed->sandbox_id);
        malformed->problem = without_keys(malformed->problem);
    } else if (has_key(std::get<SnapshotRequest>(parsed))) {
        return MalformedLine{"", "has an API key in place of a sandbox id or a name"};
    }
    return parsed;
}

} // namespace

boost::asio::awaitable<std::optional<Source::Item>> LineSource::next() {
    for (;;) {
        if (auto item = next_of_read())
            co_return item;
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

// The next item of what was read so far. No more lines are taken than it needs, as these count as done.
std::optional<Source::Item> LineSource::next_of_read() {
    for (;;) {
        while (auto const line = joiner_.next()) {
            if (!is_blank(line->text))
                return Item{understand(*line, rules_), line->number};
        }
        auto line = splitter_.next();
        if (!line && !ended_)
            return std::nullopt;
        if (!line && !joiner_.finish())
            return std::nullopt;
        if (line)
            take(std::move(*line));
    }
}

void LineSource::take(LineSplitter::Line line) {
    if (line.number == 1) {
        require_utf8(input_.name(), line.text);
        line.text = without_bom(line.text);
    }
    joiner_.add(std::move(line));
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
