#include "cli/basics/same_file.hpp"

#include "cli/basics/usage_error.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace e2b::cli {
namespace {

bool status_of(UsedFile const& file, struct stat& status) {
    return (file.descriptor >= 0 ? ::fstat(file.descriptor, &status) : ::stat(file.path.c_str(), &status)) ==
           0;
}

// Where a file would be made that is not there yet.
struct Place {
    bool operator==(Place const&) const = default;

    dev_t device;
    ino_t directory;
    std::string name;
};

// Nothing where there is no such directory, so that nothing can be made.
std::optional<Place> place_of(UsedFile const& file) {
    if (file.descriptor >= 0)
        return std::nullopt;
    std::filesystem::path const path = end_of_links(file.path);
    auto const directory = path.has_parent_path() ? path.parent_path().string() : ".";
    struct stat status{};
    if (::stat(directory.c_str(), &status) != 0)
        return std::nullopt;
    return Place{status.st_dev, status.st_ino, path.filename().string()};
}

bool are_same(UsedFile const& one, UsedFile const& other) {
    struct stat first{};
    struct stat second{};
    if (!status_of(one, first) || !status_of(other, second)) {
        auto const place = place_of(one);
        return place && place == place_of(other);
    }
    // Terminals and devices are read and written by many.
    bool const holds_text = S_ISREG(first.st_mode) || S_ISFIFO(first.st_mode);
    return holds_text && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

} // namespace

std::string end_of_links(std::string const& path) {
    constexpr int most_links = 40; // as the system has it
    std::filesystem::path end = path;
    std::error_code failed;
    for (int links = 0; links < most_links; ++links) {
        auto const target = std::filesystem::read_symlink(end, failed);
        if (failed)
            break;
        end = end.parent_path() / target; // the target alone where that is absolute
    }
    return end.string();
}

UsedFile used_list(std::string const& path) {
    if (path == "-")
        return {"stdin", "", STDIN_FILENO};
    return {"the list " + path, path, -1};
}

UsedFile used_stdout() {
    return {"stdout", "", STDOUT_FILENO};
}

UsedFile used_stderr() {
    return {"stderr", "", STDERR_FILENO};
}

void require_different(std::vector<UsedFile> const& files) {
    for (std::size_t one = 0; one < files.size(); ++one) {
        for (std::size_t other = one + 1; other < files.size(); ++other) {
            bool const both_out =
                files[one].descriptor == STDOUT_FILENO && files[other].descriptor == STDERR_FILENO;
            if (!both_out && are_same(files[one], files[other]))
                throw UsageError(
                    files[one].name + " and " + files[other].name +
                    " are the same file: what is written to one would ruin the other. Give each its "
                    "own file");
        }
    }
}

} // namespace e2b::cli
