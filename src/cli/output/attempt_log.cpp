#include "cli/output/attempt_log.hpp"

#include "cli/basics/values.hpp"

namespace e2b::cli {

std::string format_attempt(AttemptReport const& report) {
    std::string text = printable(report.sandbox_id) + ": ";
    // A list that was read made no snapshot.
    bool const was_read = report.outcome == Outcome::succeeded;
    text += was_read ? std::string_view("answered") : to_string(report.outcome);
    if (!is_success(report.outcome)) {
        text += ' ';
        text += to_string(report.error);
        text += " (";
        text += to_string(report.phase);
        text += ')';
    }
    if (report.http_status != 0)
        text += " status " + std::to_string(report.http_status);
    if (!report.server_error_code.empty())
        text += " [" + printable(report.server_error_code) + ']';
    text += " after " + format_duration(report.timings.total);
    text += report.connection_reused ? ", reused connection" : ", new connection";
    if (!report.trace_id.empty())
        text += ", trace " + printable(report.trace_id);
    if (report.will_retry)
        text += ", will be tried again";
    return text;
}

std::string format_late_response(LateResponse const& response) {
    std::string text = printable(response.sandbox_id) + ": late response: ";
    text += to_string(response.outcome);
    if (response.failure != nullptr) {
        text += ' ';
        text += to_string(response.failure->error);
    }
    if (response.failure != nullptr && response.failure->http_status != 0)
        text += " status " + std::to_string(response.failure->http_status);
    return text + ", " + format_duration(response.late) + " after its time was up";
}

void AttemptLog::on_late_response(LateResponse const& response) {
    if (verbose_)
        console_.err(format_late_response(response) + '\n');
    if (late_hook_)
        late_hook_(response);
}

void AttemptLog::on_attempt(AttemptReport const& report) {
    if (verbose_)
        console_.err(format_attempt(report) + '\n');
}

void AttemptLog::on_connect_failed(Errc error, boost::system::error_code const& cause,
                                   std::string_view detail) {
    std::string problem(to_string(error));
    if (!detail.empty())
        problem += ": " + printable(detail);
    if (cause)
        problem += " (" + printable(cause.message()) + ')';
    if (problem == last_connect_problem_ && !verbose_)
        return;
    console_.err("cannot connect: " + problem + '\n');
    last_connect_problem_ = std::move(problem);
}

void AttemptLog::on_warning(std::string_view text) {
    console_.err("warning: " + printable(text) + '\n');
}

} // namespace e2b::cli
