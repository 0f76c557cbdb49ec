#include "cli/commands/ledger.hpp"

#include "cli/basics/timestamp.hpp"
#include "cli/basics/usage_error.hpp"
#include "cli/output/record.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <unistd.h>

namespace e2b::cli {

std::string to_ledger_line(SimulatedSnapshot const& record) {
    boost::json::object line;
    line["schema"] = record_schema;
    line["sandboxID"] = record.sandbox_id;
    line["snapshotID"] = record.snapshot_id;
    if (!record.memory)
        line["memory"] = false;
    line["startedAt"] = format_time(record.started_at);
    line["endedAt"] = format_time(record.finished_at);
    return boost::json::serialize(line) + '\n';
}

Ledger::Ledger(std::string const& path)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
    if (file_.get() < 0)
        throw UsageError("--ledger " + path + ": " + std::strerror(errno));
}

void Ledger::add(SimulatedSnapshot const& record) {
    auto const line = to_ledger_line(record);
    if (::write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        std::cerr << "cannot write the ledger: " << std::strerror(errno) << "; missing: " << line;
}

} // namespace e2b::cli
