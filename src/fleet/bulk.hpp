#pragma once

#include "core/bulk_plan.hpp"

#include <e2b/bulk.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

namespace e2b {

// A run: carries out what core/bulk_plan.hpp decides. All happens on its strand but what says otherwise.
class BulkRun::State : public std::enable_shared_from_this<State> {
public:
    using Done = std::function<void(std::exception_ptr, BulkProgress)>;
    enum class Stop : unsigned char { no, drain, cut };

    // Throws std::invalid_argument.
    State(Client& client, ClientConfig const& config, BulkOptions options);

    // Any thread, once. `done` is called on the strand.
    void execute(boost::asio::any_io_executor executor, BulkSource& source, BulkSink sink, Done done);
    // Any thread.
    void stop(Stop how);
    [[nodiscard]] BulkProgress progress() const;

private:
    using Strand = boost::asio::strand<boost::asio::any_io_executor>;

    struct Entry : core::BulkEntry {
        explicit Entry(BulkItem what) : item(std::move(what)) {}

        BulkItem item;
        std::list<Entry>::iterator position{};
        std::optional<std::chrono::system_clock::time_point> last_try;
        unsigned attempts = 0;          // of all tries
        std::optional<Failure> failure; // of the tries that ended
        boost::asio::cancellation_signal cancellation;
        bool calling = false;
    };

    // What there is from `execute` on.
    struct Running {
        Running(boost::asio::any_io_executor executor, BulkSource& from, BulkSink to, Done when_done);

        Strand strand;
        boost::asio::steady_timer wake;
        boost::asio::steady_timer report;
        BulkSource& source;
        BulkSink sink;
        Done done;
    };

    void begin();
    void carry_out(Stop how);
    void fail(std::exception_ptr error);

    void pump();
    void carry_out(core::BulkPlan::Action const& action);
    void wake_at(core::TimePoint until);
    void spawn(boost::asio::awaitable<void> work, boost::asio::cancellation_slot slot = {});

    boost::asio::awaitable<void> take();
    void add(BulkItem item);
    boost::asio::awaitable<void> attempt(Entry& entry);
    // Yields whether the try may be sent.
    boost::asio::awaitable<bool> prepare(Entry& entry);
    boost::asio::awaitable<Result<SnapshotInfo>> call(Entry& entry);
    void try_ended(Entry& entry, Result<SnapshotInfo> result);
    void deliver(Entry& entry, Result<SnapshotInfo> result);
    void deliver(BulkResult result);
    [[nodiscard]] Failure stopped_before(Entry const* entry) const;

    boost::asio::awaitable<void> finish();
    void publish_progress();
    void report_progress();

    Client& client_;
    BulkOptions options_;
    core::BulkLimits limits_;
    std::optional<Running> running_;
    std::optional<core::BulkPlan> plan_;
    core::TimePoint began_{};
    std::list<Entry> entries_;
    BulkProgress counts_;
    std::exception_ptr error_;
    std::size_t preparing_ = 0; // entries in `prepare`
    Stop stop_ = Stop::no;
    bool pumping_ = false;
    bool finishing_ = false;

    mutable std::mutex mutex_;
    Stop requested_ = Stop::no; // these three are guarded by it
    bool executing_ = false;
    BulkProgress progress_;
};

} // namespace e2b
