#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace e2b::cli {

// Finds lines that journals have in common: of one that is given twice, or of which there is a copy. A
// journal's first line names its run, so that two which begin with the same lines have them from one process.
// Takes 8 bytes a line.
class JournalCopies {
public:
    // The lines of another file follow.
    void begin_file();
    // Takes the next line of the file, and says whether an earlier file begins with the same lines, up to and
    // with this one.
    [[nodiscard]] bool is_copied(std::string_view line);
    // How many lines of the present file are copied.
    [[nodiscard]] std::size_t copied() const noexcept { return copied_; }

private:
    std::vector<std::vector<std::uint64_t>> files_; // the hash of each line
    std::size_t copied_ = 0;
    std::vector<std::size_t> alike_; // the files that begin as the present one does
};

} // namespace e2b::cli
