#pragma once

#include <string>
#include <vector>

namespace e2b::cli {

// A file that the command reads or writes: its path, or a descriptor that is open already.
struct UsedFile {
    std::string name; // as the user knows it, such as `--journal run.jsonl`
    std::string path;
    int descriptor = -1;
};

// What a path leads to in the end, also where there is no file yet: a link names the file that it stands for.
[[nodiscard]] std::string end_of_links(std::string const& path);

// What is read, where `-` is stdin.
UsedFile used_list(std::string const& path);
UsedFile used_stdout();
UsedFile used_stderr();

// Throws UsageError where two of them are one file or one named pipe: what is written to one would then ruin
// the other, or be read as if it came from elsewhere. Only stdout and stderr may be the same.
void require_different(std::vector<UsedFile> const& files);

} // namespace e2b::cli
