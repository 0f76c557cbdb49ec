// Which authorities the client believes.
#include "fault/caller.hpp"
#include "net/tls_context.hpp"
#include "net/trust_store.hpp"

#include <e2b/client.hpp>
#include <e2b/log.hpp>
#include <e2b/observer.hpp>

#include <boost/asio/io_context.hpp>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace e2b;
using namespace e2b::test;

namespace {

namespace fs = std::filesystem;

using Certificate = net::OpenSslPtr<X509>;

Certificate read_certificate(std::string const& pem) {
    net::OpenSslPtr<BIO> const source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return Certificate(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
}

// A directory with what a test puts there.
class Folder {
public:
    Folder() : path_(fs::temp_directory_path() / ("e2b-trust-" + std::to_string(::getpid()))) {
        fs::create_directory(path_);
    }
    Folder(Folder const&) = delete;
    Folder& operator=(Folder const&) = delete;
    ~Folder() { fs::remove_all(path_); }

    [[nodiscard]] std::string path() const { return path_; }
    [[nodiscard]] std::string write(std::string const& name, std::string const& content) const {
        std::ofstream(path_ / name) << content;
        return path_ / name;
    }

private:
    fs::path path_;
};

// Lets the process open no descriptor more than `count`, as long as this lives.
class DescriptorLimit {
public:
    explicit DescriptorLimit(rlim_t count) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        auto const limit = rlimit{count, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    DescriptorLimit(DescriptorLimit const&) = delete;
    DescriptorLimit& operator=(DescriptorLimit const&) = delete;
    ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

// As `openssl rehash` names it.
std::string hashed_name(std::string const& pem) {
    std::array<char, 16> name{};
    std::snprintf(name.data(), name.size(), "%08lx.0", X509_subject_name_hash(read_certificate(pem).get()));
    return name.data();
}

std::string refused_field(TlsConfig const& config) {
    try {
        net::TlsContext const context(config, host, false);
    } catch (ConfigError const& error) {
        return error.field();
    }
    return "none";
}

// Some authority that this system believes, if it has any.
Certificate system_authority() {
    std::error_code error;
    for (fs::directory_iterator entry("/etc/ssl/certs", error), end; !error && entry != end;
         entry.increment(error)) {
        std::ifstream file(entry->path());
        if (auto found = read_certificate({std::istreambuf_iterator<char>(file), {}}))
            return found;
    }
    return nullptr;
}

bool believes(TlsConfig const& config, X509* certificate) {
    net::OpenSslPtr<SSL_CTX> const context(SSL_CTX_new(TLS_client_method()));
    net::load_trust_store(context.get(), config);
    std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> const check(X509_STORE_CTX_new(),
                                                                           &X509_STORE_CTX_free);
    X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(context.get()), certificate, nullptr);
    X509_STORE_CTX_set_flags(check.get(), X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
    return X509_verify_cert(check.get()) == 1;
}

} // namespace

TEST_CASE("an authority may be given as a file, in a directory, or as text", "[fault][trust]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), serve_well_over_tls);
    Folder const folder;
    auto config = config_for(server);
    config.tls.ca_pem.clear();
    auto const& pem = authority().certificate;
    SECTION("file") {
        config.tls.ca_file = folder.write("ca.pem", pem);
    }
    SECTION("directory") {
        static_cast<void>(folder.write(hashed_name(pem), pem));
        config.tls.ca_dir = folder.path();
    }
    SECTION("text, behind another one") {
        config.tls.ca_pem = make_authority("somebody else").certificate + pem;
    }
    Caller caller(std::move(config));
    CHECK(describe(caller.call()) == "created");
}

TEST_CASE("a list of directories may name some that are not there", "[fault][trust]") {
    ByteServer const server(trusted(), serve_well_over_tls);
    Folder const folder;
    auto config = config_for(server);
    config.tls.ca_pem.clear();
    auto const& pem = authority().certificate;
    static_cast<void>(folder.write(hashed_name(pem), pem));
    config.tls.ca_dir = folder.path() + "/none::" + folder.path() + ":/nonexistent";
    Caller caller(std::move(config));
    CHECK(describe(caller.call()) == "created");
    TlsConfig none;
    none.ca_dir = folder.path() + "/none:/nonexistent";
    CHECK(refused_field(none) == "tls.ca_dir");
}

TEST_CASE("a damaged certificate among others is passed over, and said", "[fault][trust]") {
    auto const& good = authority().certificate;
    auto damaged = make_authority("somebody else").certificate;
    SECTION("bytes that are no certificate") {
        damaged[damaged.find('\n') + 10] ^= 1;
        damaged[damaged.find('\n') + 11] ^= 1;
    }
    SECTION("characters that are not base64") {
        damaged[damaged.find('\n') + 10] = '!';
    }
    Folder const folder;
    TlsConfig config;
    config.ca_file = folder.write("bundle.pem", good + damaged + good);
    net::TlsContext const context(config, host, false);
    REQUIRE(context.warnings().size() == 1);
    CHECK(context.warnings().front().find(config.ca_file + ": 1 of ") == 0);
    CHECK(believes(config, read_certificate(good).get()));
    config.ca_file = folder.write("damaged.pem", damaged);
    CHECK(refused_field(config) == "tls.ca_file");
}

TEST_CASE("a client is made although whoever it warns of a damaged certificate throws", "[fault][trust]") {
    struct Throws final : ClientObserver {
        void on_warning(std::string_view text) override {
            warnings.emplace_back(text);
            throw std::runtime_error("dropped");
        }
        std::vector<std::string> warnings;
    };
    auto damaged = make_authority("somebody else").certificate;
    damaged[damaged.find('\n') + 10] = '!';
    auto const observer = std::make_shared<Throws>();
    std::vector<std::string> lines;
    ClientConfig config;
    config.api_key = api_key;
    config.tls.ca_pem = authority().certificate + damaged;
    bool const is_observed = GENERATE(false, true);
    if (is_observed)
        config.observer = observer;
    config.log = [&](LogRecord const& record) {
        std::string line(to_string(record.level));
        line.append(" ").append(record.component).append(": ").append(record.message);
        for (auto const& [key, value] : record.fields)
            line.append(" ").append(key).append("=").append(value);
        lines.push_back(std::move(line));
        throw std::runtime_error("dropped");
    };
    boost::asio::io_context context;
    CHECK_NOTHROW(Client(context.get_executor(), config));
    CHECK(observer->warnings.size() == (is_observed ? 1 : 0));
    REQUIRE(lines.size() == 1);
    CHECK(
        lines[0].find(
            "warning configuration: a part of the configuration was passed over problem=tls.ca_pem: 1 of ") ==
        0);
}

TEST_CASE("a process out of descriptors is notified so, and not that there is no certificate",
          "[fault][trust]") {
    Folder const folder;
    TlsConfig file;
    file.ca_file = folder.write("ca.pem", authority().certificate);
    TlsConfig directory;
    directory.ca_dir = folder.path();
    for (auto const& config : {file, directory, TlsConfig()}) {
        try {
            DescriptorLimit const none_left(0); // but for the handler: the sanitizers need some
            net::TlsContext const context(config, host, false);
            FAIL("was taken");
        } catch (ConfigError const& error) {
            CHECK(std::string(error.what()).find("Too many open files") != std::string::npos);
        }
    }
}

TEST_CASE("what holds no authority is refused, naming the field", "[fault][trust]") {
    Folder const folder;
    TlsConfig config;
    SECTION("no file") {
        config.ca_file = folder.path() + "/none.pem";
        CHECK(refused_field(config) == "tls.ca_file");
    }
    SECTION("a file without any") {
        config.ca_file = folder.write("empty.pem", "no certificate\n");
        CHECK(refused_field(config) == "tls.ca_file");
    }
    SECTION("no directory") {
        config.ca_dir = folder.path() + "/none";
        CHECK(refused_field(config) == "tls.ca_dir");
    }
    SECTION("a directory without hashed names") {
        static_cast<void>(folder.write("ca.pem", authority().certificate));
        config.ca_dir = folder.path();
        CHECK(refused_field(config) == "tls.ca_dir");
    }
    SECTION("text") {
        config.ca_pem = "no certificate";
        CHECK(refused_field(config) == "tls.ca_pem");
    }
}

TEST_CASE("an authority of one's own replaces the system's, unless it is to be added", "[fault][trust]") {
    auto const certificate = system_authority();
    if (!certificate) {
        WARN("SKIPPED: this system believes nobody");
        return;
    }
    auto const own = read_certificate(authority().certificate);
    TlsConfig config;
    CHECK(believes(config, certificate.get()));
    CHECK_FALSE(believes(config, own.get()));
    config.ca_pem = authority().certificate;
    CHECK_FALSE(believes(config, certificate.get()));
    CHECK(believes(config, own.get()));
    config.add_system_trust = true;
    CHECK(believes(config, certificate.get()));
    CHECK(believes(config, own.get()));
}
