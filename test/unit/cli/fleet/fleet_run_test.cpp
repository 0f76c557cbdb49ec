#include "cli/fleet/fleet_run.hpp"
#include "support/catch.hpp"
#include "support/temporary_file.hpp"

#include <stdexcept>
#include <string>

using namespace e2b;
using namespace e2b::cli;
using e2b::test::TemporaryFile;

namespace asio = boost::asio;

namespace {

class Failing final : public Source {
public:
    asio::awaitable<std::optional<Item>> next() override {
        throw std::runtime_error("the list is torn");
        co_return std::nullopt;
    }
};

} // namespace

TEST_CASE("a run whose list fails at once still writes its journal to the end", "[cli][journal]") {
    // Whether what is left behind is written all the same is a matter of luck: so more than once.
    for (int i = 0; i < 20; ++i) {
        TemporaryFile const journal;
        ClientConfig config;
        config.base_url = "http://127.0.0.1:1"; // nothing is sent
        config.api_key = "e2b_key";
        Session session(std::move(config), SendOptions());
        Failing source;
        FleetOptions fleet;
        fleet.journal = Journal::Options{journal.path(), false, "", std::nullopt};
        fleet.summary = FleetOptions::Summary::none;
        CHECK_THROWS_WITH(session.run([&](Session& running) { return send_all(running, source, fleet); }),
                          "the list is torn");
        CHECK(journal.lines().size() == 1);
    }
}
