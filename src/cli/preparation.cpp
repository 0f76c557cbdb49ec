#include "cli/preparation.hpp"

#include "cli/paging.hpp"

#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

asio::awaitable<void> Preparation::before_try(BulkItem const& item) {
    auto const& request = item.request;
    std::optional<Ids> baseline;
    // A name is what it can be found by.
    if (with_baselines_ && !request.name) {
        auto const key = JournalState::key(request);
        if (auto const found = baselines_.find(key); found != baselines_.end())
            baseline = found->second;
        else
            baseline = baselines_[key] = co_await look_up(request.sandbox_id);
    }
    // What is not sent any more needs no account of a try, nor the wait for the disk.
    if (journal_ != nullptr && !look_ups_.stopped())
        co_await journal_->begin_try(request, baseline);
}

void Preparation::on_refused(BulkItem const& item, Failure const& failure) {
    if (journal_ != nullptr)
        journal_->add_refused({item.request, failure.error, failure.server_error_code, failure.trace_id});
}

std::optional<std::vector<std::string>> Preparation::take_baseline(BulkItem const& item) {
    auto found = baselines_.extract(JournalState::key(item.request));
    if (found.empty())
        return std::nullopt;
    return std::move(found.mapped());
}

asio::awaitable<std::optional<std::vector<std::string>>> Preparation::look_up(std::string sandbox_id) {
    SnapshotQuery query;
    query.sandbox_id = std::move(sandbox_id);
    Ids ids;
    auto keep = [&ids](SnapshotInfo snapshot) {
        ids.push_back(std::move(snapshot.snapshot_id));
        return true;
    };
    auto looking = look_ups_.run(for_each_row(SnapshotPages(client_, std::move(query)), keep));
    try {
        if (co_await std::move(looking))
            co_return ids;
    } catch (SnapshotError const&) {
        // The snapshot itself will say what is wrong.
    }
    co_return std::nullopt;
}

} // namespace e2b::cli
