#include "cli/journal/journal_reader.hpp"

#include "cli/basics/encoding.hpp"
#include "cli/basics/usage_error.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <utility>

namespace e2b::cli {
namespace {

// As one word of a shell's command.
std::string shell_quoted(std::string const& text) {
    std::string result = "'";
    for (char const c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

UsageError not_a_line(std::string const& path, std::size_t number, std::uint64_t offset,
                      std::string const& text) {
    auto const where =
        path + " line " + std::to_string(number) + ", at byte " + std::to_string(offset) + ": ";
    if (text.find('\0') == std::string::npos)
        return UsageError(where +
                          "not a line of a journal, or of one that another version of this command made");
    // Whoever crashed had not sent what stands from here on, as nothing is sent before it is on the disk. But
    // a disk that lost what it had looks the same, so that it is the user who has to say which it was.
    return UsageError(where +
                      "zeros. If the machine crashed, the lines from there on were not on the disk "
                      "yet, and what they note was not sent: keep a copy, cut them off with \"truncate -s " +
                      std::to_string(offset) + " -- " + shell_quoted(path) +
                      "\", and resume. If it did not, the disk lost lines, and what they noted may have been "
                      "sent");
}

UsageError cannot_read(std::string const& path) {
    return UsageError("cannot read the journal " + path + ": " + std::strerror(errno));
}

} // namespace

std::optional<std::uint64_t> read_journal(std::string const& path, JournalSink const& sink,
                                          JournalCopies* copies) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw cannot_read(path);
    if (copies != nullptr)
        copies->begin_file();
    std::uint64_t offset = 0;
    std::size_t number = 0;
    for (std::string text; std::getline(file, text);) {
        ++number;
        bool const is_last = file.eof(); // no line feed ended it
        if (number == 1)
            require_utf8("the journal " + path, text);
        auto line = parse_journal_line(number == 1 ? without_bom(text) : text);
        if (!line && is_last)
            return offset;
        if (!line)
            throw not_a_line(path, number, offset, text);
        if (copies == nullptr || !copies->is_copied(text))
            sink(std::move(*line), offset);
        offset += text.size() + 1;
    }
    // What was not read may be what must not be sent again.
    if (file.bad())
        throw cannot_read(path);
    return std::nullopt;
}

} // namespace e2b::cli
