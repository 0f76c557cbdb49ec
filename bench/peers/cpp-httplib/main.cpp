// cpp-httplib blocks, so that each request in flight has its own thread and its own client, kept alive; the
// response is parsed by Boost.JSON.
#include "support/meter.hpp"
#include "support/options.hpp"

#include <boost/json/parse.hpp>

#define CPPHTTPLIB_OPENSSL_SUPPORT
#include <cstdint>
#include <httplib.h>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

class Load {
public:
    explicit Load(bench::Options const& options) : options_(options), meter_(options) {}

    int run() {
        std::vector<std::thread> threads;
        for (std::uint64_t i = 0; i < options_.concurrency; ++i)
            threads.emplace_back([this, i] { work(i); });
        for (auto& each : threads)
            each.join();
        return meter_.report();
    }

private:
    void work(std::uint64_t index) {
        httplib::Client client(options_.url);
        client.set_ca_cert_path(options_.ca_file);
        client.enable_server_certificate_verification(true);
        client.set_keep_alive(true);
        client.set_tcp_nodelay(true);
        client.set_connection_timeout(30);
        client.set_read_timeout(30);
        client.set_default_headers(
            {{"User-Agent", "bench"}, {"X-API-Key", options_.key}, {"Accept", "application/json"}});
        auto const path = "/sandboxes/" + bench::sandbox_id(index) + "/snapshots";
        while (auto const start = next_start()) {
            std::this_thread::sleep_until(*start);
            ended(*start, exchange(client, path));
        }
    }

    static bool exchange(httplib::Client& client, std::string const& path) {
        auto const result = client.Post(path, "{}", "application/json");
        return result && result->status == 201 &&
               !boost::json::parse(result->body).at("snapshotID").as_string().empty();
    }

    std::optional<bench::Clock::time_point> next_start() {
        std::lock_guard const lock(mutex_);
        if (!meter_.running())
            return std::nullopt;
        return meter_.next_start();
    }

    void ended(bench::Clock::time_point start, bool success) {
        std::lock_guard const lock(mutex_);
        meter_.ended(start, success);
    }

    bench::Options options_;
    std::mutex mutex_; // the meter's
    bench::Meter meter_;
};

} // namespace

int main(int argc, char** argv) {
    return Load(bench::Options::parse(argc, argv)).run();
}
