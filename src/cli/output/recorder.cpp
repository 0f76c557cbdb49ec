#include "cli/output/recorder.hpp"

namespace e2b::cli {

namespace {

// What a stopped run did not even begin is for the count, and not to be read one by one.
bool is_news(Record const& record) {
    return record.outcome != Outcome::created && !record.was_left;
}

} // namespace

void Recorder::add(Record const& record) {
    tally_.add(record);
    bool const is_shown = is_news(record);
    if (is_shown && output_.failures_to_err)
        console_.err(to_text_line(record, console_.terminals().err_has_colours));
    if (!output_.format || (output_.failures_only && !is_shown))
        return;
    console_.out(output_.format == OutputFormat::json
                     ? to_json_line(record)
                     : to_text_line(record, console_.terminals().out_has_colours));
}

} // namespace e2b::cli
