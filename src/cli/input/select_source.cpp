#include "cli/input/select_source.hpp"

#include "cli/input/paging.hpp"

#include <utility>

namespace e2b::cli {

boost::asio::awaitable<std::optional<Source::Item>> SelectSource::next() {
    if (!listed_)
        co_await list();
    if (next_ == ids_.size())
        co_return std::nullopt;
    SnapshotRequest request(ids_[next_++]);
    request.memory = kind_;
    co_return Item{std::move(request), 0};
}

boost::asio::awaitable<void> SelectSource::list() {
    auto keep = [this](SandboxInfo sandbox) {
        ids_.push_back(std::move(sandbox.sandbox_id));
        return true;
    };
    auto listing = listing_.run(for_each_row(SandboxPages(client_, query_), keep));
    // Who interrupts while the list is read has started nothing.
    if (!co_await std::move(listing))
        ids_.clear();
    listed_ = true;
}

std::optional<double> SelectSource::progress() const {
    if (!listed_)
        return std::nullopt;
    return ids_.empty() ? 1 : static_cast<double>(next_) / static_cast<double>(ids_.size());
}

} // namespace e2b::cli
