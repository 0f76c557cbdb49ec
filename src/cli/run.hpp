#pragma once

#include "cli/feed.hpp"
#include "cli/progress.hpp"
#include "cli/recorder.hpp"
#include "cli/session.hpp"
#include "cli/source.hpp"

#include <e2b/bulk.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace e2b::cli {

// One bulk run of the command: steers it by the user's interrupts, and shows how it goes.
class Run {
public:
    Run(Session& session, e2b::BulkOptions options, bool shows_progress);

    // Completes when `sink` was given every item. Throws what the run throws. `source` is what the feed reads
    // from; it knows how far it is.
    boost::asio::awaitable<BulkProgress> execute(BulkSource& feed, Source const& source,
                                                 Recorder const& recorder, BulkSink sink);

private:
    void show(BulkProgress const& progress, Source const& source, Tally const& tally);

    Session& session_;
    e2b::BulkOptions options_;
    bool shows_progress_;
};

} // namespace e2b::cli
