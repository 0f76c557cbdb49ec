// Preloaded into the command by tests: system calls that fail, and a clock that jumps, as the environment
// says.
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <utility>

namespace {

int error_named(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, int>, 4> errors{
        {{"EROFS", EROFS}, {"EIO", EIO}, {"EINVAL", EINVAL}, {"ENOSPC", ENOSPC}}};
    for (auto const& [known, value] : errors) {
        if (known == name)
            return value;
    }
    return 0;
}

// Whether the call fails that `variable` says fails, after as many as `grace` says that succeed.
bool fails(char const* variable, char const* grace, std::atomic<int>& calls) {
    char const* const name = std::getenv(variable);
    if (name == nullptr)
        return false;
    char const* const good = std::getenv(grace);
    if (calls++ < (good != nullptr ? std::atoi(good) : 0))
        return false;
    errno = error_named(name);
    return true;
}

} // namespace

extern "C" int fdatasync(int file) {
    static std::atomic<int> calls{0};
    return fails("FAIL_FDATASYNC", "GOOD_FDATASYNCS", calls)
               ? -1
               : static_cast<int>(::syscall(SYS_fdatasync, file));
}

extern "C" int fsync(int file) {
    static std::atomic<int> calls{0};
    return fails("FAIL_FSYNC", "GOOD_FSYNCS", calls) ? -1 : static_cast<int>(::syscall(SYS_fsync, file));
}

// Of stdin alone.
extern "C" ssize_t read(int file, void* buffer, size_t size) {
    static std::atomic<int> calls{0};
    return file == STDIN_FILENO && fails("FAIL_READ", "GOOD_READS", calls)
               ? -1
               : static_cast<ssize_t>(::syscall(SYS_read, file, buffer, size));
}

// The wall clock is JUMP_HOURS ahead as soon as the file JUMP_CLOCK is there.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
    auto const result = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
    char const* const file = clock == CLOCK_REALTIME ? std::getenv("JUMP_CLOCK") : nullptr;
    if (file != nullptr && ::access(file, F_OK) == 0)
        time->tv_sec += std::atoi(std::getenv("JUMP_HOURS")) * 3600;
    return result;
}
