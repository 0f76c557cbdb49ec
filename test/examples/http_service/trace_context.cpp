#include "trace_context.hpp"

#include <algorithm>
#include <cstddef>
#include <random>

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

// "00-" 32 digits "-" 16 digits "-" 2 digits
constexpr std::size_t trace_at = 3;
constexpr std::size_t trace_size = 32;
constexpr std::size_t flags_at = 53;
constexpr std::size_t whole_size = 55;

bool is_hex(std::string_view text) {
    return text.find_first_not_of(hex_digits) == std::string_view::npos;
}

bool is_valid(std::string_view text) {
    return text.size() == whole_size && text.starts_with("00-") && text[35] == '-' && text[52] == '-' &&
           is_hex(text.substr(trace_at, trace_size)) && is_hex(text.substr(36, 16)) &&
           is_hex(text.substr(flags_at)) &&
           text.substr(trace_at, trace_size).find_first_not_of('0') != std::string_view::npos;
}

std::string random_hex(std::size_t size) {
    static thread_local std::mt19937_64 random(std::random_device{}());
    std::uniform_int_distribution<std::size_t> digit(0, hex_digits.size() - 1);
    std::string text(size, '0');
    std::ranges::generate(text, [&] { return hex_digits[digit(random)]; });
    return text;
}

} // namespace

std::string child_of(std::string_view traceparent) {
    if (!is_valid(traceparent))
        return "00-" + random_hex(trace_size) + '-' + random_hex(16) + "-01";
    return "00-" + std::string(traceparent.substr(trace_at, trace_size)) + '-' + random_hex(16) + '-' +
           std::string(traceparent.substr(flags_at));
}
