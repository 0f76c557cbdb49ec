#include "cli/output/recorder.hpp"

namespace e2b::cli {

void Recorder::add(Record const& record) {
    tally_.add(record);
    bool const failed = record.outcome != Outcome::created;
    if (failed && output_.failures_to_err)
        console_.err(to_text_line(record, console_.terminals().err_has_colours));
    if (!output_.format || (output_.failures_only && !failed))
        return;
    console_.out(output_.format == OutputFormat::json
                     ? to_json_line(record)
                     : to_text_line(record, console_.terminals().out_has_colours));
}

} // namespace e2b::cli
