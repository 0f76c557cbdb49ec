#pragma once

namespace e2b::test {

/// Makes one call of `operator new` fail, on whatever thread it comes: the nth of those that are made while
/// this lives. One at a time. The program must be linked with failing_memory.cpp.
class FailingMemory {
public:
    explicit FailingMemory(unsigned nth) noexcept;
    FailingMemory(FailingMemory const&) = delete;
    FailingMemory& operator=(FailingMemory const&) = delete;
    ~FailingMemory();

    /// It has come to that.
    [[nodiscard]] bool failed() const noexcept;
};

} // namespace e2b::test
