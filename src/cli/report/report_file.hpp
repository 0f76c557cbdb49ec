#pragma once

#include <optional>
#include <string>

namespace e2b::cli {

// A file that is replaced as a whole once what is to be in it is known; until then the old one stays.
class ReportFile {
public:
    // Throws UsageError, with the option's name, where it will not be possible to write it.
    ReportFile(std::string option, std::string path);
    ReportFile(ReportFile const&) = delete;
    ReportFile& operator=(ReportFile const&) = delete;
    ~ReportFile();

    // Throws std::runtime_error where it cannot be written.
    void write(std::string const& text);

private:
    void write_in_place(std::string const& text);
    [[noreturn]] void fail(std::string const& why) const;

    std::string name_; // the option and the path, for messages
    std::string path_;
    std::string temporary_; // beside it; empty where there is none
    int descriptor_ = -1;
};

} // namespace e2b::cli
