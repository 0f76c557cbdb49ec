#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace e2b::test {

/// A directory for a program's files, gone with them at the end of the test.
class Directory {
public:
    Directory();
    Directory(Directory&& other) noexcept;
    Directory& operator=(Directory&&) = delete;
    ~Directory();

    /// The path of a file in it, whether or not there is one.
    [[nodiscard]] std::string path(std::string_view name) const { return path_ / name; }
    /// Writes a file and yields its path.
    std::string write(std::string_view name, std::string_view content) const;

private:
    std::filesystem::path path_;
};

} // namespace e2b::test
