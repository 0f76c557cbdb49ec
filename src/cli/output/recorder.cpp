#include "cli/output/recorder.hpp"

#include <utility>

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
    auto const end = console_.out(output_.format == OutputFormat::json
                                      ? to_json_line(record)
                                      : to_text_line(record, console_.terminals().out_has_colours));
    printed_.push_back({end, record.outcome, record.sandbox_id});
    settle();
}

void Recorder::settle() {
    bool const failed = static_cast<bool>(console_.out_error()); // first: then nothing is written any more
    auto const written = console_.out_written();
    for (; !printed_.empty() && (failed || printed_.front().end <= written); printed_.pop_front()) {
        auto& record = printed_.front();
        if (record.end <= written)
            continue;
        ++lost_.count;
        if (record.outcome != Outcome::created && record.outcome != Outcome::unknown)
            continue;
        ++lost_.existing;
        if (lost_.sandboxes.size() < LostRecords::most_named)
            lost_.sandboxes.push_back(std::move(record.sandbox_id));
    }
}

LostRecords const& Recorder::lost() {
    settle();
    return lost_;
}

std::string format_lost(LostRecords const& lost, bool is_in_journal) {
    if (lost.count == 0)
        return "";
    auto text = std::to_string(lost.count) +
                (lost.count == 1 ? " record was not written" : " records were not written");
    if (is_in_journal)
        return text + "; the journal tells what was sent\n";
    if (lost.existing == 0)
        return text + "; they are of no snapshot\n";
    text += ", " + std::to_string(lost.existing) + " of them of snapshots that exist or may exist: ";
    for (std::size_t i = 0; i < lost.sandboxes.size(); ++i)
        text += (i == 0 ? "" : ", ") + printable(lost.sandboxes[i]);
    if (lost.existing > lost.sandboxes.size())
        text += " and " + std::to_string(lost.existing - lost.sandboxes.size()) + " more";
    return text + '\n';
}

} // namespace e2b::cli
