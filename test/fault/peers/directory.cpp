#include "fault/peers/directory.hpp"

#include <cerrno>
#include <fstream>
#include <stdlib.h>
#include <system_error>

namespace e2b::test {

Directory::Directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "e2b-peer-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::system_error(errno, std::system_category(), "mkdtemp");
    path_ = pattern;
}

Directory::Directory(Directory&& other) noexcept {
    path_.swap(other.path_);
}

Directory::~Directory() {
    std::error_code ignored;
    if (!path_.empty())
        std::filesystem::remove_all(path_, ignored);
}

std::string Directory::write(std::string_view name, std::string_view content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path(name);
}

} // namespace e2b::test
