#include "cli/recorder.hpp"

namespace e2b::cli {

void Recorder::add(Record const& record) {
    tally_.add(record);
    if (format_ == OutputFormat::json)
        console_.out(to_json_line(record));
    else if (format_ == OutputFormat::text)
        console_.out(to_text_line(record));
}

} // namespace e2b::cli
