#pragma once

#include "cli/input/input_line.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>

namespace e2b::cli {

// Where the items of a run come from.
class Source {
public:
    struct Item {
        InputLine content;
        std::size_t line = 0; // 0 where it did not come from a line
    };

    virtual ~Source() = default;

    // The next item, as soon as there is one; nothing at the end. Throws UsageError where the source fails.
    virtual boost::asio::awaitable<std::optional<Item>> next() = 0;
    // Ends a `next` that waits, as at the end.
    virtual void stop() {}
    // Whether `next` never waits for others.
    [[nodiscard]] virtual bool finite() const noexcept { return false; }
    // Which part of the whole was handed out, from 0 to 1, where that is known.
    [[nodiscard]] virtual std::optional<double> progress() const { return std::nullopt; }
};

} // namespace e2b::cli
