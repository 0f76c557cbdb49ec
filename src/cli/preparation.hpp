#pragma once

#include "cli/journal.hpp"
#include "cli/stoppable.hpp"

#include <e2b/bulk.hpp>

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace e2b::cli {

// What is done before a request may be sent: which snapshots the sandbox has is looked up, so that an answer
// that gets lost can be found out later, and the journal notes that the request will be sent.
class Preparation final : public BulkJournal {
public:
    // `journal` may be null.
    Preparation(Client& client, Journal* journal, bool with_baselines)
        : client_(client),
          journal_(journal),
          with_baselines_(with_baselines) {}

    boost::asio::awaitable<void> before_try(BulkItem const& item) override;
    void stop() override { look_ups_.stop(); }
    void on_refused(BulkItem const& item, Failure const& failure) override;

    // What was looked up for an item that has ended; it is forgotten then.
    std::optional<std::vector<std::string>> take_baseline(BulkItem const& item);

private:
    using Ids = std::vector<std::string>;

    boost::asio::awaitable<std::optional<Ids>> look_up(std::string sandbox_id);

    Client& client_;
    Journal* journal_;
    bool with_baselines_;
    Stoppable look_ups_;
    std::unordered_map<std::string, std::optional<Ids>> baselines_; // of the items in flight
};

} // namespace e2b::cli
