#include "fault/peers/programs.hpp"

#include <utility>

namespace e2b::test {

namespace {

// With the files that a server needs: `ca`, `certificate`, `key`, and the last two in `both`.
Directory with_certificate() {
    static Identity const server = issue_for(authority(), "IP:127.0.0.1");
    Directory directory;
    directory.write("ca", authority().certificate);
    directory.write("certificate", server.certificate);
    directory.write("key", server.key);
    directory.write("both", server.certificate + server.key);
    return directory;
}

std::string loopback(std::uint16_t port) {
    return "127.0.0.1:" + std::to_string(port);
}

// Where nginx keeps what is too big for its memory.
std::string nginx_directories(Directory const& directory) {
    std::string text;
    for (std::string const kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        text += "  " + kind + "_temp_path " + directory.path(kind) + ";\n";
    return text;
}

std::string nginx_tls(Directory const& directory, FrontOptions const& options) {
    std::string text = "    ssl_certificate " + directory.path("certificate") + ";\n" +
                       "    ssl_certificate_key " + directory.path("key") + ";\n";
    text += options.only_tls_1 == 0 ? "    ssl_protocols TLSv1.2 TLSv1.3;\n"
                                    : "    ssl_protocols TLSv1." + std::to_string(options.only_tls_1) + ";\n";
    if (options.wants_client_certificate)
        text += "    ssl_client_certificate " + directory.path("ca") + ";\n    ssl_verify_client on;\n";
    return text;
}

} // namespace

Identity const& authority() {
    static Identity const made = make_authority();
    return made;
}

Program start_nginx(std::string const& path, FrontOptions const& options) {
    auto directory = with_certificate();
    auto const port = free_port();
    auto const configuration = directory.write(
        "configuration",
        "daemon off; master_process off; error_log stderr;\n"
        "pid " +
            directory.path("pid") +
            ";\n"
            "events { worker_connections 64; }\n"
            "http {\n" +
            nginx_directories(directory) +
            "  log_format brief \"$request_method $ssl_protocol $status\";\n"
            "  access_log " +
            directory.path("log") +
            " brief;\n"
            "  keepalive_requests " +
            std::to_string(options.requests_per_connection) +
            ";\n"
            "  upstream platform { server " +
            loopback(options.upstream) +
            "; keepalive 8; }\n"
            "  server {\n"
            "    listen " +
            loopback(port) + " ssl;\n" + nginx_tls(directory, options) +
            "    location / {\n"
            "      proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_pass http://platform;\n"
            "    }\n"
            "  }\n"
            "}\n");
    return {std::move(directory), port, {path, "-c", configuration, "-e", "stderr"}};
}

Program start_haproxy(std::string const& path, FrontOptions const& options) {
    auto directory = with_certificate();
    auto const port = free_port();
    std::string bind = "  bind " + loopback(port) + " ssl crt " + directory.path("both");
    if (options.only_tls_1 != 0) {
        auto const version = "TLSv1." + std::to_string(options.only_tls_1);
        bind += " ssl-min-ver " + version + " ssl-max-ver " + version;
    }
    if (options.wants_client_certificate)
        bind += " verify required ca-file " + directory.path("ca");
    auto const configuration = directory.write("configuration", "global\n"
                                                                "  maxconn 64\n"
                                                                "defaults\n"
                                                                "  mode http\n"
                                                                "  timeout connect 60s\n"
                                                                "  timeout client 60s\n"
                                                                "  timeout server 60s\n"
                                                                "frontend front\n" +
                                                                    bind +
                                                                    "\n"
                                                                    "  default_backend platform\n"
                                                                    "backend platform\n"
                                                                    "  server only " +
                                                                    loopback(options.upstream) + "\n");
    return {std::move(directory), port, {path, "-db", "-f", configuration}};
}

Program start_stunnel(std::string const& path, FrontOptions const& options) {
    auto directory = with_certificate();
    auto const port = free_port();
    auto const configuration = directory.write("configuration", "foreground = yes\n"
                                                                "syslog = no\n"
                                                                "pid =\n"
                                                                "[front]\n"
                                                                "accept = " +
                                                                    loopback(port) +
                                                                    "\n"
                                                                    "connect = " +
                                                                    loopback(options.upstream) +
                                                                    "\n"
                                                                    "cert = " +
                                                                    directory.path("certificate") +
                                                                    "\n"
                                                                    "key = " +
                                                                    directory.path("key") + "\n");
    return {std::move(directory), port, {path, configuration}};
}

Program start_tinyproxy(std::string const& path, std::string const& user, std::string const& password) {
    Directory directory;
    auto const port = free_port();
    auto const configuration = directory.write("configuration", "Listen 127.0.0.1\n"
                                                                "Port " +
                                                                    std::to_string(port) +
                                                                    "\n"
                                                                    "Timeout 60\n"
                                                                    "MaxClients 16\n"
                                                                    "LogLevel Warning\n"
                                                                    "Allow 127.0.0.1\n"
                                                                    "BasicAuth " +
                                                                    user + " " + password + "\n");
    return {std::move(directory), port, {path, "-d", "-c", configuration}};
}

Program start_s_server(std::string const& path, std::vector<std::string> const& options) {
    auto directory = with_certificate();
    auto const port = free_port();
    std::vector<std::string> command = {path,      "s_server",
                                        "-accept", loopback(port),
                                        "-cert",   directory.path("certificate"),
                                        "-key",    directory.path("key"),
                                        "-quiet"};
    command.insert(command.end(), options.begin(), options.end());
    return {std::move(directory), port, std::move(command)};
}

Program start_gnutls_serv(std::string const& path, std::vector<std::string> const& options) {
    auto directory = with_certificate();
    auto const port = free_port();
    std::vector<std::string> command = {path,
                                        "--port=" + std::to_string(port),
                                        "--x509certfile=" + directory.path("certificate"),
                                        "--x509keyfile=" + directory.path("key"),
                                        "--disable-client-cert",
                                        "--quiet"};
    command.insert(command.end(), options.begin(), options.end());
    return {std::move(directory), port, std::move(command)};
}

} // namespace e2b::test
