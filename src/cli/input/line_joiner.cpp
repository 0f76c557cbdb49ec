#include "cli/input/line_joiner.hpp"

#include <boost/json.hpp>

#include <utility>

namespace e2b::cli {
namespace {

bool begins_object(std::string const& text) {
    auto const first = text.find_first_not_of(" \t");
    return first != std::string::npos && text[first] == '{';
}

enum class Json : unsigned char { whole, beginning, broken };

Json look_at(std::string const& text) {
    boost::system::error_code error;
    static_cast<void>(boost::json::parse(text, error));
    if (!error)
        return Json::whole;
    return error == boost::json::error::incomplete ? Json::beginning : Json::broken;
}

} // namespace

void LineJoiner::add(Line line) {
    if (object_) {
        auto joined = object_->text + '\n' + line.text;
        auto const kind = joined.size() > LineSplitter::max_line_bytes ? Json::broken : look_at(joined);
        if (kind != Json::broken) {
            object_->text = std::move(joined);
            if (kind == Json::whole)
                finish();
            return;
        }
        finish();
    }
    if (!line.too_long && begins_object(line.text) && look_at(line.text) == Json::beginning)
        object_ = std::move(line);
    else
        ready_.push_back(std::move(line));
}

bool LineJoiner::finish() {
    if (object_)
        ready_.push_back(std::move(*std::exchange(object_, std::nullopt)));
    return !ready_.empty();
}

std::optional<LineJoiner::Line> LineJoiner::next() {
    if (ready_.empty())
        return std::nullopt;
    auto line = std::move(ready_.front());
    ready_.pop_front();
    return line;
}

} // namespace e2b::cli
