#include "core/head_scanner.hpp"

#include <algorithm>

namespace e2b::core {

namespace {

constexpr std::string_view version = "HTTP/1.x ";
constexpr std::size_t minor = 7; // where its last digit stands
constexpr std::size_t status_line_start = version.size() + 4;

} // namespace

void HeadScanner::reset() noexcept {
    *this = HeadScanner();
}

void HeadScanner::next() noexcept {
    earlier_ += line_;
    line_ = 0;
    scanned_ = 0;
    status_ = 0;
}

HeadScanner::State HeadScanner::scan(std::string_view head) noexcept {
    if (status_ == 0 && !scan_status(head))
        return State::failed;
    for (;;) {
        auto const line_feed = head.find('\n', scanned_);
        auto const seen = line_feed == head.npos ? head.size() : line_feed + 1;
        if (earlier_ + seen > max_bytes)
            return fail("the head is longer than 32 KiB");
        if (line_feed == head.npos) {
            scanned_ = head.size();
            return State::need_more;
        }
        auto const state = end_line(head, line_feed);
        if (state != State::need_more)
            return state;
    }
}

// Looks at the first bytes one by one, so that a peer that speaks something else is not waited for.
bool HeadScanner::scan_status(std::string_view head) noexcept {
    for (; scanned_ < std::min(head.size(), status_line_start); ++scanned_) {
        char const byte = head[scanned_];
        bool const fits = scanned_ == minor                   ? byte == '1' || byte == '0'
                          : scanned_ < version.size()         ? byte == version[scanned_]
                          : scanned_ == status_line_start - 1 ? byte == ' '
                                                              : byte >= '0' && byte <= '9';
        if (!fits) {
            fail(head.starts_with("HTTP/")
                     ? "the response is not HTTP/1.1 or HTTP/1.0 with a status of three digits"
                     : "the response is not HTTP");
            return false;
        }
    }
    if (scanned_ < status_line_start)
        return true;
    auto const digit = [&](std::size_t at) { return static_cast<unsigned>(head[version.size() + at] - '0'); };
    unsigned const status = digit(0) * 100 + digit(1) * 10 + digit(2);
    if (status < 100 || status > 599) {
        fail("the status is not within 100 to 599");
        return false;
    }
    status_ = status;
    is_http_1_0_ = head[minor] == '0';
    return true;
}

HeadScanner::State HeadScanner::end_line(std::string_view head, std::size_t line_feed) noexcept {
    if (line_feed == line_ || head[line_feed - 1] != '\r')
        return fail("a line of the head ends in a bare line feed");
    bool const is_status_line = line_ == 0;
    bool const is_empty = line_feed == line_ + 1;
    char const first = head[line_];
    line_ = line_feed + 1;
    scanned_ = line_;
    if (is_empty)
        return State::complete;
    if (is_status_line)
        return State::need_more;
    if (first == ' ' || first == '\t')
        return fail("a field of the head is folded");
    if (++fields_ > max_fields)
        return fail("the head has more than 100 fields");
    return State::need_more;
}

HeadScanner::State HeadScanner::fail(std::string_view problem) noexcept {
    problem_ = problem;
    return State::failed;
}

} // namespace e2b::core
