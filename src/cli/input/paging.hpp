#pragma once

#include <e2b/pages.hpp>

#include <boost/asio/awaitable.hpp>

#include <utility>

namespace e2b::cli {

// Gives `sink` every row of a list until it yields false.
template <class List, class Sink>
boost::asio::awaitable<void> for_each_row(List list, Sink sink) {
    while (list.has_next()) {
        auto rows = co_await list.next();
        for (auto& row : rows) {
            if (!sink(std::move(row)))
                co_return;
        }
    }
}

} // namespace e2b::cli
