#include "cli/ledger.hpp"

#include "cli/usage_error.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <iostream>
#include <unistd.h>

namespace e2b::cli {

std::string format_time(std::chrono::system_clock::time_point time) {
    auto const whole = std::chrono::floor<std::chrono::seconds>(time);
    auto const micros = std::chrono::duration_cast<std::chrono::microseconds>(time - whole).count();
    std::time_t const seconds = std::chrono::system_clock::to_time_t(whole);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    auto const size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text.data() + size, text.size() - size, ".%06lldZ", static_cast<long long>(micros));
    return text.data();
}

std::string to_ledger_line(SnapshotRecord const& record) {
    boost::json::object line;
    line["sandboxID"] = record.sandbox_id;
    line["snapshotID"] = record.snapshot_id;
    line["startedAt"] = format_time(record.started_at);
    line["finishedAt"] = format_time(record.finished_at);
    return boost::json::serialize(line) + '\n';
}

Ledger::Ledger(std::string const& path)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
    if (file_.get() < 0)
        throw UsageError("--ledger " + path + ": " + std::strerror(errno));
}

void Ledger::add(SnapshotRecord const& record) {
    auto const line = to_ledger_line(record);
    if (::write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        std::cerr << "cannot write the ledger: " << std::strerror(errno) << "; missing: " << line;
}

} // namespace e2b::cli
