#include "simulator/id_codec.hpp"

namespace e2b::sim {
namespace {

constexpr std::uint64_t radix = 36;
// The least number of characters that hold 64 bits; the rest of the id is the check.
constexpr std::size_t value_length = 13;
constexpr std::uint64_t check_range = radix * radix * radix * radix * radix * radix * radix;

constexpr std::uint64_t factor = 0x9e3779b97f4a7c15; // odd, so that it has an inverse

// The inverse of an odd number modulo 2^64, by Newton's iteration.
constexpr std::uint64_t inverse(std::uint64_t odd) noexcept {
    std::uint64_t result = odd;
    for (int i = 0; i < 6; ++i)
        result *= 2 - odd * result;
    return result;
}
static_assert(factor * inverse(factor) == 1);

// Both steps can be undone: shifting by half the width twice gives the number back.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    for (int round = 0; round < 3; ++round) {
        x ^= x >> 32;
        x *= factor;
    }
    return x ^ (x >> 32);
}

constexpr std::uint64_t unmix(std::uint64_t x) noexcept {
    x ^= x >> 32;
    for (int round = 0; round < 3; ++round) {
        x *= inverse(factor);
        x ^= x >> 32;
    }
    return x;
}
static_assert(unmix(mix(0x0123456789abcdef)) == 0x0123456789abcdef);

constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

void write(char* out, std::size_t size, std::uint64_t value) noexcept {
    for (std::size_t i = 0; i < size; ++i) {
        out[i] = digits[value % radix];
        value /= radix;
    }
}

int digit_value(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : -1;
}

// What the first characters stand for, as `write` put them.
std::optional<std::uint64_t> read(std::string_view id) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = value_length; i-- > 0;) {
        int const digit = digit_value(id[i]);
        if (digit < 0)
            return std::nullopt;
        value = value * radix + static_cast<std::uint64_t>(digit);
    }
    return value;
}

void append_digits(std::string& out, std::uint64_t value) {
    constexpr std::string_view hex = "0123456789abcdef";
    for (unsigned shift = 64; shift != 0; shift -= 4)
        out.push_back(hex[value >> (shift - 4) & 0xfU]);
}

} // namespace

IdCodec::IdCodec(std::uint64_t seed, std::uint64_t kind) noexcept : key_(mix(mix(seed) + kind)) {}

std::uint64_t IdCodec::check(std::uint64_t mixed) const noexcept {
    return mix(mixed + key_) % check_range;
}

std::array<char, IdCodec::length> IdCodec::encode(std::uint64_t number) const noexcept {
    std::array<char, length> id;
    std::uint64_t const mixed = mix(number ^ key_);
    write(id.data(), value_length, mixed);
    write(id.data() + value_length, length - value_length, check(mixed));
    return id;
}

std::optional<std::uint64_t> IdCodec::decode(std::string_view id) const noexcept {
    if (id.size() != length)
        return std::nullopt;
    auto const mixed = read(id);
    if (!mixed)
        return std::nullopt;
    std::uint64_t const number = unmix(*mixed) ^ key_;
    auto const expected = encode(number);
    if (std::string_view(expected.data(), expected.size()) != id)
        return std::nullopt;
    return number;
}

void IdCodec::append(std::string& out, std::uint64_t number) const {
    auto const id = encode(number);
    out.append(id.data(), id.size());
}

void IdCodec::append_brief(std::string& out, std::uint64_t number) const {
    static_assert(brief_length == value_length);
    std::array<char, brief_length> id;
    write(id.data(), id.size(), mix(number ^ key_));
    out.append(id.data(), id.size());
}

std::optional<std::uint64_t> IdCodec::decode_brief(std::string_view id) const noexcept {
    auto const mixed = id.size() == brief_length ? read(id) : std::nullopt;
    return mixed ? std::optional(unmix(*mixed) ^ key_) : std::nullopt;
}

void IdCodec::append_hex(std::string& out, std::uint64_t number) const {
    std::uint64_t const first = mix(number ^ key_);
    append_digits(out, first);
    append_digits(out, mix(first + key_));
}

void IdCodec::append_uuid(std::string& out, std::uint64_t number) const {
    std::string hex;
    append_hex(hex, number);
    for (auto const at : {20U, 16U, 12U, 8U})
        hex.insert(at, 1, '-');
    out.append(hex);
}

} // namespace e2b::sim
