#include "cli/journal/journal.hpp"

#include "cli/basics/usage_error.hpp"
#include "cli/input/shard_choice.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace e2b::cli {
namespace {

UsageError problem(Journal::Options const& options, std::string const& what) {
    return UsageError("--journal " + options.path + ": " + what);
}

UsageError system_problem(Journal::Options const& options) {
    return problem(options, std::strerror(errno));
}

// A new file survives a crash of the machine only if its directory does: where the file is, and not the link.
void sync_directory(Journal::Options const& options) {
    std::error_code failed;
    auto const directory = std::filesystem::canonical(options.path, failed).parent_path();
    base::Descriptor const file(failed ? -1 : ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (failed || file.get() < 0 || ::fsync(file.get()) != 0)
        throw problem(options,
                      "its directory cannot be synced, so that the journal might not survive a crash: " +
                          (failed ? failed.message() : std::strerror(errno)) +
                          "; choose a directory on a local disk that you can read and write");
}

// Nothing else can be synced and read again. Asked before it is opened, as that would wait for a pipe's
// reader.
void require_regular(Journal::Options const& options) {
    struct stat status{};
    if (::stat(options.path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
        throw problem(options, "is not a regular file, so that it could not be resumed from");
}

// Leaves the file at the end of a whole line, so that the next begins on its own.
void mend_end(Journal::Options const& options, int file, std::optional<std::uint64_t> torn_at, off_t size) {
    if (torn_at && ::ftruncate(file, static_cast<off_t>(*torn_at)) != 0)
        throw system_problem(options);
    char last = '\n';
    bool const lacks_line_feed = !torn_at && ::pread(file, &last, 1, size - 1) == 1 && last != '\n';
    if (lacks_line_feed && ::write(file, "\n", 1) != 1)
        throw system_problem(options);
}

void require_same(Journal::Options const& options, std::string const& option, std::string const& before,
                  std::string const& now) {
    auto const describe = [&option](std::string const& value) {
        return value.empty() ? "no " + option : option + " '" + value + "'";
    };
    if (before != now)
        throw problem(options, "was made with " + describe(before) + ", and is to be resumed with " +
                                   describe(now) + "; give it the same again");
}

} // namespace

void Journal::require_same_plan(Options const& options, JournalState const& before) {
    if (!before.run())
        return;
    auto const text_of = [](std::optional<FleetShard> const& shard) {
        return shard ? format_shard(*shard) : "";
    };
    require_same(options, "--name-template", before.run()->name_template, options.name_template);
    require_same(options, "--shard", text_of(before.run()->shard), text_of(options.shard));
    if (before.run()->kind != options.kind)
        throw problem(options, options.kind == SnapshotKind::full
                                   ? "was made with --filesystem-only; give it again"
                                   : "was made without --filesystem-only; leave it out again");
}

base::Descriptor Journal::open(Options const& options, JournalState& before) {
    require_regular(options);
    base::Descriptor file(::open(options.path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (file.get() < 0)
        throw system_problem(options);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        throw problem(options, errno == EWOULDBLOCK ? "another process is writing it" : std::strerror(errno));
    struct stat status{};
    if (::fstat(file.get(), &status) != 0)
        throw system_problem(options);
    if (status.st_size == 0) {
        sync_directory(options);
        return file;
    }
    if (!options.resume)
        throw problem(options, "there is a journal already; --resume goes on with it");
    auto const torn_at = before.load(options.path);
    require_same_plan(options, before);
    mend_end(options, file.get(), torn_at, status.st_size);
    return file;
}

Journal::Journal(boost::asio::any_io_executor executor, Options options)
    : log_(std::move(executor), open(options, before_), options.path) {
    run_ = before_.run() ? before_.run()->run : RunIdentity::make();
    log_.append(to_text(RunLine{run_, std::move(options.name_template), options.shard, options.kind,
                                std::move(options.settings)}));
}

boost::asio::awaitable<void> Journal::begin_try(TryLine const& line) {
    return log_.write(to_text(line));
}

} // namespace e2b::cli
