#pragma once

#include <e2b/client.hpp>
#include <e2b/export.hpp>

#include <utility>
#include <vector>

namespace e2b::inline v0 {

/// The pages of a list, one after another: `SnapshotPages` and `SandboxPages`.
///
/// Thread safety: none; one `next` at a time. Lifetime: the client must outlive it, and it must outlive its
/// calls.
///
/// Example:
/// ```
/// e2b::SnapshotPages pages(client);
/// while (pages.has_next())
///     for (auto const& snapshot : co_await pages.next())
///         std::cout << snapshot.snapshot_id << '\n';
/// ```
template <class Query, class Item>
class E2B_SNAPSHOT_API ListPages {
public:
    /// Asks for nothing yet. `query.next_token` says where to begin, `query.limit` how many rows a page has;
    /// the options are those of each call.
    explicit ListPages(Client& client, Query query = Query(), CallOptions options = CallOptions())
        : client_(&client),
          query_(std::move(query)),
          options_(std::move(options)) {}

    /// `Client::get_executor`.
    [[nodiscard]] boost::asio::any_io_executor get_executor() const { return client_->get_executor(); }
    /// Whether the last page is still to be read.
    [[nodiscard]] bool has_next() const noexcept { return has_next_; }

    /// The rows of the next page, in the list's order; may be empty even where more follow. After the last
    /// page: none, and nothing is asked.
    ///
    /// Errors: throws `SnapshotError`, also where the platform names a page as its own successor
    /// (`Errc::malformed`). The place in the list is kept, so that `next` can be called again. Cancellation,
    /// thread safety, server effect: as `Client::list_snapshots`.
    boost::asio::awaitable<std::vector<Item>> next();
    /// As `next`, but yields failures instead of throwing them.
    boost::asio::awaitable<Result<std::vector<Item>>> try_next();

private:
    Client* client_;
    Query query_;
    CallOptions options_;
    bool has_next_ = true;
};

/// The pages of `Client::list_snapshots`.
using SnapshotPages = ListPages<SnapshotQuery, SnapshotInfo>;
/// The pages of `Client::list_sandboxes`.
using SandboxPages = ListPages<SandboxQuery, SandboxInfo>;

extern template class E2B_SNAPSHOT_API ListPages<SnapshotQuery, SnapshotInfo>;
extern template class E2B_SNAPSHOT_API ListPages<SandboxQuery, SandboxInfo>;

} // namespace e2b::inline v0
