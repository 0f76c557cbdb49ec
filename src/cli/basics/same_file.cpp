#include "cli/basics/same_file.hpp"

#include "cli/basics/usage_error.hpp"

#include <cstddef>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace e2b::cli {
namespace {

bool status_of(UsedFile const& file, struct stat& status) {
    return (file.descriptor >= 0 ? ::fstat(file.descriptor, &status) : ::stat(file.path.c_str(), &status)) ==
           0;
}

// Where it would be made, if there is none yet.
std::string place_of(UsedFile const& file) {
    std::error_code ignored;
    return file.descriptor >= 0 ? "" : std::filesystem::weakly_canonical(file.path, ignored).string();
}

bool are_same(UsedFile const& one, UsedFile const& other) {
    struct stat first{};
    struct stat second{};
    if (!status_of(one, first) || !status_of(other, second)) {
        auto const place = place_of(one);
        return !place.empty() && place == place_of(other);
    }
    // Terminals and devices are read and written by many.
    bool const holds_text = S_ISREG(first.st_mode) || S_ISFIFO(first.st_mode);
    return holds_text && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

} // namespace

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
