#include "net/connect_race.hpp"
#include "support/catch.hpp"

#include <boost/asio/ip/address.hpp>

#include <string>
#include <vector>

using boost::asio::ip::tcp;
using e2b::net::interleave_families;

namespace {

std::vector<tcp::endpoint> endpoints(std::vector<std::string> const& addresses) {
    std::vector<tcp::endpoint> result;
    for (auto const& address : addresses)
        result.emplace_back(boost::asio::ip::make_address(address), std::uint16_t{443});
    return result;
}

} // namespace

TEST_CASE("addresses of both families take turns, those that the system prefers first") {
    CHECK(interleave_families({}).empty());
    CHECK(interleave_families(endpoints({"10.0.0.1", "10.0.0.2"})) == endpoints({"10.0.0.1", "10.0.0.2"}));
    CHECK(interleave_families(endpoints({"::1", "::2", "::3", "10.0.0.1", "10.0.0.2"})) ==
          endpoints({"::1", "10.0.0.1", "::2", "10.0.0.2", "::3"}));
    CHECK(interleave_families(endpoints({"10.0.0.1", "::1", "::2", "::3"})) ==
          endpoints({"10.0.0.1", "::1", "::2", "::3"}));
}
