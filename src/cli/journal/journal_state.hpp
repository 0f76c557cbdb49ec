#pragma once

#include "cli/journal/journal_copies.hpp"
#include "cli/journal/journal_line.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace e2b::cli {

// What journals say of one item.
struct JournalItem {
    enum class State : unsigned char {
        open,    // a try began, and its end is not known: a snapshot may exist
        repeats, // the last try provably did nothing, and another was to follow
        ended,
    };
    State state = State::open;
    Outcome outcome = Outcome::unknown; // if ended
    Errc error{};
    bool was_sent = true; // the last try, if it did nothing
    // How many tries there were, and how many of them the files before the last one noted.
    unsigned attempts = 0;
    unsigned attempts_elsewhere = 0;
    unsigned created = 0; // how often
    // Tries that may have made a snapshot: where an item was listed twice, one may be refused while another
    // is under way.
    unsigned unsettled = 0;
    unsigned unanswered = 0; // those of them whose end was noted as unknown
    // Of the last try that ended, where that was noted.
    std::optional<std::chrono::nanoseconds> elapsed;
    std::chrono::system_clock::time_point last_try;
    // When the last try ended whose end is unknown, where that was noted.
    std::optional<std::chrono::system_clock::time_point> last_end;
    // Where its last end stands: the file's number and the line's offset.
    std::uint32_t file = 0;
    std::uint64_t offset = 0;
    std::uint32_t last_file = 0; // that tells of it

    [[nodiscard]] bool is_unknown() const noexcept { return created == 0 && unsettled > 0; }
    // It is unknown since nobody said how a try ended, and not since its end was unknown.
    [[nodiscard]] bool was_cut() const noexcept { return is_unknown() && unsettled > unanswered; }
    // When its last attempt began at the latest. The end of a try says it. Where that is not there: the try
    // was noted before it waited for a connection, for as long as a call may take, and nothing began after
    // `now`.
    [[nodiscard]] std::chrono::system_clock::time_point
    began_before(std::chrono::system_clock::time_point now, std::chrono::nanoseconds call_timeout) const;
    // Sending it again cannot make a second snapshot, and can make the first.
    [[nodiscard]] bool is_safe_to_send() const noexcept;
};

// What one journal or several say, an item at a time. Takes about 170 bytes an item.
class JournalState {
public:
    // Reads a file and adds what it says. A last line that is torn, as the end of a process or of the machine
    // leaves it, is passed over; where it begins is yielded. Throws UsageError where the file cannot be read
    // or anything else in it is not a journal's. Lines that `copies` knows from other files are passed over.
    std::optional<std::uint64_t> load(std::string const& path, JournalCopies* copies = nullptr);

    [[nodiscard]] JournalItem const* find(SnapshotRequest const& request, unsigned copy = 1) const;
    // What a try that is unknown noted.
    [[nodiscard]] std::optional<std::vector<std::string>> baseline(SnapshotRequest const& request,
                                                                   unsigned copy = 1) const;

    // The first run that wrote.
    [[nodiscard]] std::optional<RunLine> const& run() const noexcept { return run_; }
    // By what `key` yields.
    [[nodiscard]] std::unordered_map<std::string, JournalItem> const& items() const noexcept {
        return items_;
    }
    [[nodiscard]] std::vector<std::string> const& files() const noexcept { return files_; }

    // A full snapshot and one of the filesystem alone are two items. `copy` tells equal lines of a list
    // apart.
    [[nodiscard]] static std::string key(SnapshotRequest const& request, unsigned copy = 1);
    struct Keyed {
        SnapshotRequest request;
        unsigned copy = 1;
    };
    [[nodiscard]] static Keyed of_key(std::string const& key);

private:
    // The item that a line of the present file tells of.
    JournalItem& told_of(std::string const& key);
    [[nodiscard]] std::uint32_t present_file() const noexcept {
        return static_cast<std::uint32_t>(files_.size() - 1);
    }
    void apply(RunLine line, std::uint64_t offset);
    void apply(TryLine line, std::uint64_t offset);
    void apply(RefusedLine const& line, std::uint64_t offset);
    void apply(EndLine const& line, std::uint64_t offset);
    void apply(ProgressLine const&, std::uint64_t) {}

    std::optional<RunLine> run_;
    std::unordered_map<std::string, JournalItem> items_;
    std::unordered_map<std::string, std::vector<std::string>> baselines_; // of unknown ones
    std::vector<std::string> files_;
};

} // namespace e2b::cli
