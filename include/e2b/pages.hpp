#pragma once

#include <e2b/client.hpp>
#include <e2b/detail/client_access.hpp>
#include <e2b/export.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace e2b::inline v0 {

/// The pages of a list, one after another: `SnapshotPages` and `SandboxPages`.
///
/// Thread safety: none; one `next` at a time.
///
/// Lifetime: it must stay where it is during its calls. The client may be moved meanwhile, and destroyed:
/// `next` then fails with `client_closed`.
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
    ///
    /// Errors: throws `std::logic_error` for a client that was moved from.
    explicit ListPages(Client& client, Query query = Query(), CallOptions options = CallOptions())
        : engine_(detail::ClientAccess::engine_of(client)),
          query_(std::move(query)),
          options_(std::move(options)) {}

    /// `Client::get_executor`.
    [[nodiscard]] boost::asio::any_io_executor get_executor() const;
    /// Whether the last page is still to be read.
    [[nodiscard]] bool has_next() const noexcept { return has_next_; }

    /// The rows of the next page, in the list's order; may be empty even where more follow. After the last
    /// page: none, and nothing is asked.
    ///
    /// Errors: throws `SnapshotError`, also where the platform names a page as its own successor
    /// (`Errc::malformed`). The place in the list is kept, so that `next` can be called again.
    ///
    /// Cancellation, server effect: as `Client::list_snapshots`.
    boost::asio::awaitable<std::vector<Item>> next();
    /// As `next`, but yields failures instead of throwing them.
    boost::asio::awaitable<Result<std::vector<Item>>> try_next();

private:
    std::shared_ptr<engine::Engine> engine_;
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
