// Sends every request that the client knows to Prism, which refuses what the contract does not allow:
// prism_contract NODE CONTRACT, with Prism's package beside the contract.
#include "support/child.hpp"
#include "support/temporary_file.hpp"
#include "support/test_ca.hpp"

#include <e2b/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace e2b;
using namespace e2b::test;

namespace {

// Prism with a contract, in the clear.
class Validator {
public:
    Validator(std::string const& node, std::filesystem::path const& contract)
        : prism_({node, contract.parent_path() / "node_modules/@stoplight/prism-cli/dist/index.js", "mock",
                  "--errors", "--host", "127.0.0.1", "--port", "0", contract},
                 {}),
          port_(prism_.wait_for("is listening on http://127.0.0.1:")) {}

    [[nodiscard]] std::string const& port() const { return port_; }

private:
    Child prism_;
    std::string port_;
};

// A port at which nobody listens.
std::uint16_t free_port() {
    asio::io_context context;
    tcp::acceptor const holder(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    return holder.local_endpoint().port();
}

// nginx, which speaks TLS for a validator.
class Front {
public:
    explicit Front(Validator const& validator)
        : authority_(make_authority()),
          identity_(issue_for(authority_, "IP:127.0.0.1")),
          certificate_(identity_.certificate),
          key_(identity_.key),
          configuration_(configuration(validator)),
          nginx_({NGINX_PROGRAM, "-c", configuration_.path(), "-e", "stderr"}, {}) {
        (void)nginx_.wait_for("event method"); // which it chooses once it listens
    }

    [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::string const& ca_pem() const { return authority_.certificate; }

private:
    [[nodiscard]] std::string configuration(Validator const& validator) const {
        return "daemon off; master_process off; pid " + pid_.path() +
               "; error_log stderr notice;\n"
               "events { worker_connections 64; }\n"
               "http { access_log off; server {\n"
               "  listen 127.0.0.1:" +
               std::to_string(port_) + " ssl; ssl_certificate " + certificate_.path() +
               "; ssl_certificate_key " + key_.path() +
               ";\n"
               "  location / { proxy_http_version 1.1; proxy_pass http://127.0.0.1:" +
               validator.port() + "; }\n} }\n";
    }

    std::uint16_t port_ = free_port();
    Identity authority_;
    Identity identity_;
    TemporaryFile certificate_;
    TemporaryFile key_;
    TemporaryFile pid_;
    TemporaryFile configuration_;
    Child nginx_;
};

ClientConfig config_for(Front const& front) {
    ClientConfig config;
    config.base_url = front.url();
    config.api_key = "e2b_key";
    config.tls.ca_pem = front.ca_pem();
    return config;
}

// Every call throws unless it was accepted.
asio::awaitable<void> send_everything(Client& client) {
    SnapshotRequest const unnamed("iaaaaaaaaaaaaaaaaaaaa");
    co_await client.create_snapshot(unnamed);
    SnapshotRequest const named("iaaaaaaaaaaaaaaaaaaaa", "team/alias:v1");
    co_await client.create_snapshot(named);
    SnapshotRequest filesystem("iaaaaaaaaaaaaaaaaaaaa", "team/alias:v1");
    filesystem.memory = SnapshotKind::filesystem;
    co_await client.create_snapshot(filesystem);
    filesystem.name.reset();
    co_await client.create_snapshot(filesystem);

    SnapshotQuery all;
    co_await client.list_snapshots(all);
    all.sandbox_id = "iaaaaaaaaaaaaaaaaaaaa";
    all.name = "team/alias:v1";
    all.limit = 1;
    all.next_token = "a+token/of=theirs";
    co_await client.list_snapshots(all);
    co_await client.delete_snapshot("team/alias:v1");

    co_await client.list_tags("team/alias");
    co_await client.find_template("team/alias");
    co_await client.get_template("bbbbbbbbbbbbbbbbbbbb");
    co_await client.get_template("bbbbbbbbbbbbbbbbbbbb", "a+token/of=theirs");

    co_await client.get_sandbox("iaaaaaaaaaaaaaaaaaaaa");
    SandboxQuery sandboxes;
    co_await client.list_sandboxes(sandboxes);
    sandboxes.metadata.emplace_back("a b", "c&d=e%");
    sandboxes.metadata.emplace_back("user", "");
    sandboxes.states.emplace_back("running");
    sandboxes.states.emplace_back("paused");
    sandboxes.template_id = "team/alias";
    sandboxes.ascending = true;
    sandboxes.started_after = "2026-10-01T00:00:00+02:00";
    sandboxes.limit = 100;
    sandboxes.next_token = "a+token/of=theirs";
    co_await client.list_sandboxes(sandboxes);

    SandboxRequest const request("team/alias:v1");
    co_await client.create_sandbox(request);
}

// The status of an answer to a request that was not made by the client.
std::string status_of(Validator const& validator, std::string_view head, std::string_view body) {
    tcp::iostream stream("127.0.0.1", validator.port());
    stream << head << " HTTP/1.1\r\nHost: localhost\r\nX-API-Key: k\r\nConnection: close\r\n"
           << "Content-Type: application/json\r\nContent-Length: " << body.size() << "\r\n\r\n"
           << body << std::flush;
    std::string version;
    std::string status;
    stream >> version >> status;
    return status;
}

// Or else it would prove nothing that the client's are accepted.
bool refuses_what_is_wrong(Validator const& validator) {
    std::pair<std::string_view, std::string_view> const wrong[] = {
        {"POST /sandboxes/i1/snapshots", R"({"name": 7})"},
        {"POST /sandboxes/i1/snapshots", R"({"title": "a"})"},
        {"POST /sandboxes/i1/snapshots", ""},
        {"GET /snapshots?limit=101", ""},
        {"GET /v2/sandboxes?state=asleep", ""},
        {"GET /v2/sandboxes?metadata=a%20b%3Dc", ""},
        {"DELETE /templates/team%252Falias", ""},
        {"POST /sandboxes/i1/snapshots", R"({"memory": "no"})"},
        {"POST /v2/sandboxes", R"({"timeout": 300})"},
        {"POST /sandboxes", R"({"timeout": 300})"},
        {"GET /templates/b?limit=101", ""},
    };
    bool right = true;
    for (auto const& [head, body] : wrong) {
        if (auto const status = status_of(validator, head, body); status != "422") {
            std::cerr << head << ' ' << body << " was not refused: " << status << '\n';
            right = false;
        }
    }
    return right;
}

int check(std::string const& node, std::string const& contract) {
    Validator const validator(node, contract);
    Front const front(validator);
    asio::io_context context;
    Client client(context.get_executor(), config_for(front));
    std::exception_ptr error;
    asio::co_spawn(context, send_everything(client), [&](std::exception_ptr thrown) {
        error = thrown;
        context.stop(); // the client's connections wait for more to do
    });
    context.run();
    if (error)
        std::rethrow_exception(error);
    return refuses_what_is_wrong(validator) ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: prism_contract NODE CONTRACT\n";
        return 2;
    }
    if (std::string_view(NGINX_PROGRAM).ends_with("NOTFOUND")) {
        std::cout << "SKIPPED: nginx is not installed\n";
        return 0;
    }
    try {
        return check(argv[1], argv[2]);
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
