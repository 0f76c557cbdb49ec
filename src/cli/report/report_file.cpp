#include "cli/report/report_file.hpp"

#include "base/descriptor.hpp"
#include "cli/basics/same_file.hpp"
#include "cli/basics/usage_error.hpp"
#include "cli/basics/writer.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace e2b::cli {

ReportFile::ReportFile(std::string option, std::string path)
    : name_(option + ' ' + path),
      path_(std::move(path)) {
    std::error_code ignored;
    auto const status = std::filesystem::status(path_, ignored);
    // What is no regular file cannot be replaced: it is written to.
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
        path_ = end_of_links(path_); // a link stays one
        temporary_ = path_ + ".XXXXXX";
        descriptor_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
    }
    if (descriptor_ < 0) {
        temporary_.clear();
        throw UsageError(name_ + ": cannot be written: " + std::strerror(errno));
    }
}

ReportFile::~ReportFile() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
    if (!temporary_.empty())
        ::unlink(temporary_.c_str());
}

void ReportFile::write(std::string const& text) {
    if (auto const error = Writer::write_fully(descriptor_, text))
        fail(error.message());
    if (temporary_.empty())
        return;
    // As any file that a program makes.
    auto const mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(descriptor_, 0666 & ~mask) != 0)
        fail(std::strerror(errno));
    if (::rename(temporary_.c_str(), path_.c_str()) == 0)
        temporary_.clear();
    else
        write_in_place(text);
}

// What is mounted there, or is somebody else's in a directory such as /tmp, cannot be replaced.
void ReportFile::write_in_place(std::string const& text) {
    base::Descriptor const file(::open(path_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    if (file.get() < 0)
        fail(std::strerror(errno));
    if (auto const error = Writer::write_fully(file.get(), text))
        fail(error.message());
}

void ReportFile::fail(std::string const& why) const {
    throw std::runtime_error(name_ + ": cannot be written: " + why);
}

} // namespace e2b::cli
