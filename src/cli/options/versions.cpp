#include "cli/options/versions.hpp"

#include <e2b/version.hpp>

#include <boost/version.hpp>
#include <openssl/crypto.h>

namespace e2b::cli {
namespace {

std::string compiler() {
#ifdef __clang__
    return "clang " __clang_version__;
#else
    return "g++ " __VERSION__;
#endif
}

} // namespace

std::string_view version() noexcept {
    return E2B_SNAPSHOT_VERSION_STRING;
}

std::string format_versions() {
    std::string text = "e2b-snapshot " + std::string(version()) + '\n';
    text += "Boost " + std::to_string(BOOST_VERSION / 100'000) + '.' +
            std::to_string(BOOST_VERSION / 100 % 1000) + '.' + std::to_string(BOOST_VERSION % 100) + '\n';
    text += std::string(::OpenSSL_version(OPENSSL_VERSION)) + '\n';
    return text + "compiled by " + compiler() + '\n';
}

} // namespace e2b::cli
