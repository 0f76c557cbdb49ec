#pragma once

#include <boost/asio/awaitable.hpp>

#include <utility>

namespace e2b::cli {

// Gives `sink` every row of a list, page after page, until it yields false. `next_page` takes the query and
// yields an awaitable of a page; what it throws ends this.
template <class Query, class NextPage, class Sink>
boost::asio::awaitable<void> for_each_row(Query query, NextPage next_page, Sink sink) {
    for (;;) {
        auto asking = next_page(query);
        auto page = co_await std::move(asking);
        for (auto& row : page.items) {
            if (!sink(std::move(row)))
                co_return;
        }
        if (!page.has_next())
            co_return;
        query.next_token = std::move(page.next_token);
    }
}

} // namespace e2b::cli
