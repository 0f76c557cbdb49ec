#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace e2b::core {

// What earlier dials have learnt about the addresses of a host. A connection to one that accepts it and then
// fails (in the proxy's response, in the handshake) costs a whole dial, so the next dial begins with the
// address after it.
template <class Address>
class AddressMemory {
public:
    // The order in which a dial tries these: the families in turn (RFC 8305), beginning with the resolver's
    // first choice, and with the address after the one that failed last. `family` maps an address to one of
    // two values.
    template <class Family>
    [[nodiscard]] std::vector<Address> order(std::vector<Address> const& addresses, Family family) const {
        auto result = interleave(addresses, family);
        for (auto failed = failed_.rbegin(); failed != failed_.rend(); ++failed) {
            auto const found = std::ranges::find(result, *failed);
            if (found != result.end()) {
                std::ranges::rotate(result, found + 1);
                break;
            }
        }
        return result;
    }

    // A dial that had tried this address failed.
    void failed(Address const& address) {
        std::erase(failed_, address);
        if (failed_.size() == most_remembered)
            failed_.erase(failed_.begin());
        failed_.push_back(address);
    }

    // A connection to this address was opened.
    void succeeded(Address const& address) { std::erase(failed_, address); }

    // A dial has failed with each of these since it last succeeded with it.
    [[nodiscard]] bool all_failed(std::vector<Address> const& addresses) const {
        return std::ranges::all_of(addresses, [this](Address const& address) {
            return std::ranges::find(failed_, address) != failed_.end();
        });
    }

private:
    static constexpr std::size_t most_remembered = 64;

    template <class Family>
    static std::vector<Address> interleave(std::vector<Address> const& addresses, Family family) {
        std::vector<Address> preferred;
        std::vector<Address> others;
        for (auto const& address : addresses)
            (family(address) == family(addresses.front()) ? preferred : others).push_back(address);
        std::vector<Address> result;
        result.reserve(addresses.size());
        for (std::size_t i = 0; i < addresses.size(); ++i) {
            if (i < preferred.size())
                result.push_back(preferred[i]);
            if (i < others.size())
                result.push_back(others[i]);
        }
        return result;
    }

    std::vector<Address> failed_; // the last to fail at the back
};

} // namespace e2b::core
