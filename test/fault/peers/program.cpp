#include "fault/peers/program.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>
#include <unistd.h>
#include <utility>

namespace e2b::test {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

tcp::endpoint at_loopback(std::uint16_t port) {
    return {asio::ip::address_v4::loopback(), port};
}

std::vector<std::string> lines_of(std::string const& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        lines.push_back(line);
    return lines;
}

void wait_until_listening(Child& child, std::uint16_t port) {
    auto const give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    asio::io_context context;
    for (;;) {
        tcp::socket socket(context);
        boost::system::error_code error;
        socket.connect(at_loopback(port), error);
        child.require_running(); // or else another program has the port
        if (!error)
            return;
        if (std::chrono::steady_clock::now() > give_up)
            throw std::runtime_error("a program does not listen at port " + std::to_string(port));
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

} // namespace

std::optional<std::string> installed(std::string const& name) {
    for (std::filesystem::path const directory :
         {"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"})
        if (auto const path = directory / name; ::access(path.c_str(), X_OK) == 0)
            return path;
    std::cout << "SKIPPED: " << name << " is not installed\n";
    return {};
}

std::uint16_t free_port() {
    // Below those that the system gives out; each test is a process, and gets others first.
    constexpr unsigned first = 10'000;
    constexpr unsigned count = 20'000;
    static unsigned tries = static_cast<unsigned>(::getpid()) * 16;
    asio::io_context context;
    for (unsigned i = 0; i != count; ++i) {
        auto const port = static_cast<std::uint16_t>(first + tries++ % count);
        tcp::acceptor acceptor(context, tcp::v4());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        boost::system::error_code error;
        acceptor.bind(at_loopback(port), error);
        if (!error)
            return port;
    }
    throw std::runtime_error("every port is in use");
}

Program::Program(Directory directory, std::uint16_t port, std::vector<std::string> command)
    : directory_(std::move(directory)),
      port_(port),
      child_(std::move(command), {}) {
    wait_until_listening(child_, port_);
}

std::vector<std::string> Program::log(std::size_t expected) const {
    auto const give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (;;) {
        auto lines = lines_of(directory_.path("log"));
        if (lines.size() >= expected || std::chrono::steady_clock::now() > give_up)
            return lines;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

} // namespace e2b::test
