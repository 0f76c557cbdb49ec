#pragma once

#include "cli/input/source.hpp"

#include <e2b/snapshot.hpp>

#include <utility>
#include <vector>

namespace e2b::cli {

// Items that are known beforehand.
class ListSource : public Source {
public:
    explicit ListSource(std::vector<SnapshotRequest> requests) : requests_(std::move(requests)) {}

    boost::asio::awaitable<std::optional<Item>> next() override {
        if (next_ == requests_.size())
            co_return std::nullopt;
        co_return Item{std::move(requests_[next_++]), 0};
    }
    [[nodiscard]] bool finite() const noexcept override { return true; }
    [[nodiscard]] std::optional<double> progress() const override {
        return requests_.empty() ? 1 : static_cast<double>(next_) / static_cast<double>(requests_.size());
    }

private:
    std::vector<SnapshotRequest> requests_;
    std::size_t next_ = 0;
};

} // namespace e2b::cli
