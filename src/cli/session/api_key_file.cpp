#include "cli/session/api_key_file.hpp"

#include "base/ascii.hpp"
#include "base/descriptor.hpp"
#include "cli/basics/encoding.hpp"
#include "cli/basics/key_form.hpp"
#include "cli/basics/usage_error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace e2b::cli {
namespace {

// Well over the library's own limit of 512, so that it is the library that says what is wrong with a long
// key.
constexpr std::size_t max_key_bytes = 4096;

// A word of a key, such as of the base64 of random bytes: long, and of letters and digits alone.
bool is_random(std::string_view word) {
    constexpr std::size_t longest_word = 15;
    bool const has_digit = std::ranges::any_of(word, base::is_digit);
    return word.size() > longest_word && has_digit && std::ranges::all_of(word, base::is_alnum);
}

// Whether what is the name of no file may be the key itself. A name in a directory that there is, or that the
// root or this directory is said to have, is one; but base64 has slashes as well.
bool may_be_key(std::string const& path) {
    auto const slash = path.rfind('/');
    if (slash == std::string::npos)
        return path.starts_with("e2b_") || path.size() >= 20;
    bool const begins_as_path = path.starts_with('/') || path.starts_with("./") || path.starts_with("../");
    struct stat status{};
    bool const has_directory = ::stat(path.substr(0, slash + 1).c_str(), &status) == 0;
    return without_keys(path) != path || !(begins_as_path || has_directory) ||
           is_random(path.substr(slash + 1));
}

} // namespace

std::optional<std::string> find_key_problem(std::string_view content) {
    if (content.empty())
        return "is empty";
    if (content.find('\r') != std::string_view::npos)
        return "has a carriage return, as Windows ends lines; remove it, for example with \"tr -d '\\r'\"";
    if (content.find('\n') != std::string_view::npos)
        return "has more than one line; it must hold the key alone";
    if (content.find('\0') != std::string_view::npos)
        return "has a zero byte, and is no text";
    if (std::string_view("\"'").find(content.front()) != std::string_view::npos)
        return "has quotes around the key; remove them";
    if (content.front() == ' ' || content.back() == ' ' || content.front() == '\t' || content.back() == '\t')
        return "has blanks around the key; remove them";
    if (content.find('=') != std::string_view::npos && content.starts_with("E2B_API_KEY"))
        return "has the form NAME=KEY; it must hold the key alone";
    return std::nullopt;
}

ApiKey read_api_key_file(std::string const& path) {
    base::Descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    int const open_error = file.get() < 0 ? errno : 0;
    // What is no file may be the key itself, which must not be printed.
    if (open_error != 0 && may_be_key(path))
        throw UsageError(
            "--api-key-file: takes the name of a file that holds the key, and there is no file of the "
            "given name; it is not repeated here, as it may be the key itself. Write the key to a file "
            "that only you can read, or set E2B_API_KEY");
    auto const problem = [&](std::string const& what) {
        return UsageError("--api-key-file " + path + ": " + what);
    };
    if (open_error != 0)
        throw problem(std::strerror(open_error));
    // Sized once: a buffer that grows would leave copies of the key behind.
    std::string content(max_key_bytes + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        auto const count = ::read(file.get(), content.data() + size, content.size() - size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw problem(std::strerror(errno));
        if (count == 0)
            break;
        size += static_cast<std::size_t>(count);
    }
    if (size > max_key_bytes)
        throw problem("is too long to be an API key");
    content.resize(size);
    require_utf8("--api-key-file " + path, content);
    if (content.ends_with('\n'))
        content.pop_back();
    content.erase(0, content.size() - without_bom(content).size());
    if (auto const found = find_key_problem(content))
        throw problem(*found);
    return ApiKey(std::move(content));
}

} // namespace e2b::cli
