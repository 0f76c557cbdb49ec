#pragma once

#include "core/fleet/bulk_plan.hpp"
#include "fleet/run_registry.hpp"

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
#include <string>
#include <utility>

namespace e2b {

namespace engine {
class Engine;
}

// A run: carries out what core/fleet/bulk_plan.hpp decides. All happens on its strand but what says
// otherwise.
class BulkRun::State final : public RunRegistry::Abandonable, public std::enable_shared_from_this<State> {
public:
    using Done = std::function<void(std::exception_ptr, BulkProgress)>;
    enum class Stop : unsigned char { no, drain, cut };

    // Throws std::invalid_argument.
    State(std::shared_ptr<engine::Engine> engine, BulkOptions options);

    // Any thread. Whether it was not claimed before.
    [[nodiscard]] bool claim();
    // Any thread.
    [[nodiscard]] boost::asio::any_io_executor executor() const;
    // After it was claimed: the results' receiver, which may own the run, is let go when the run ends.
    [[nodiscard]] BulkSink take_sink() noexcept { return std::exchange(options_.on_result, nullptr); }
    // Any thread, after it was claimed. `done` is called on the strand.
    void execute(boost::asio::any_io_executor executor, BulkSource& source, BulkSink sink, Done done);
    // Any thread.
    void stop(Stop how);
    [[nodiscard]] BulkProgress progress() const;

    void abandon() noexcept override;

private:
    using Strand = boost::asio::strand<boost::asio::any_io_executor>;

    struct Entry : core::BulkEntry {
        explicit Entry(BulkItem what) : item(std::move(what)) {}

        BulkItem item;
        std::list<Entry>::iterator position{};
        std::optional<std::chrono::system_clock::time_point> last_try;
        unsigned attempts = 0;                                    // of all tries
        std::optional<Failure> failure;                           // of the tries that ended
        boost::asio::cancellation_signal* cancellation = nullptr; // of the latest try
        bool calling = false;
    };

    // What there is from `execute` on, to the end.
    struct Running {
        Running(boost::asio::any_io_executor executor, BulkSource& from, BulkSink to, Done when_done);

        Strand strand;
        boost::asio::steady_timer wake;
        boost::asio::steady_timer watch;
        boost::asio::steady_timer report;
        BulkSource& source;
        BulkSink sink;
        Done done;
    };

    void begin();
    void carry_out(Stop how);
    void cancel_calls(boost::asio::cancellation_type type);
    void fail(std::exception_ptr error);

    void pump();
    void carry_out(core::BulkPlan::Action const& action);
    void wake_at(core::TimePoint until);
    void watch();
    // The signal lives as long as the coroutine: it holds the strand, which must not outlive the context.
    using Cancellation = std::unique_ptr<boost::asio::cancellation_signal>;
    void spawn(boost::asio::awaitable<void> work, Cancellation cancellation = nullptr);

    boost::asio::awaitable<void> take();
    [[nodiscard]] std::size_t read_ahead() const;
    void add(BulkItem item);
    void start(Entry& entry);
    boost::asio::awaitable<void> attempt(Entry& entry);
    // Yields whether the try may be sent.
    boost::asio::awaitable<bool> prepare(Entry& entry);
    boost::asio::awaitable<Result<SnapshotInfo>> call(Entry& entry);
    [[nodiscard]] CallOptions options_of_try(Entry const& entry) const;
    void try_ended(Entry& entry, Result<SnapshotInfo> result);
    void note_failure(Entry& entry, Failure const& failure);
    void deliver(Entry& entry, Result<SnapshotInfo> result);
    void deliver(BulkResult result);
    // Why an item is delivered that was not tried to its end.
    [[nodiscard]] Failure stopped_before(Entry const* entry) const;

    boost::asio::awaitable<void> finish();
    void publish_progress();
    void report_progress();
    [[nodiscard]] std::string describe_stop() const;
    [[nodiscard]] std::optional<BulkOutage> outage(core::TimePoint now) const;
    [[nodiscard]] std::optional<std::chrono::nanoseconds> time_left(core::TimePoint now) const;

    std::shared_ptr<engine::Engine> engine_;
    BulkOptions options_;
    core::BulkLimits limits_;
    std::optional<Running> running_;
    std::optional<core::BulkPlan> plan_;
    core::TimePoint began_{};
    std::list<Entry> entries_;
    BulkProgress counts_;
    std::exception_ptr error_;
    std::size_t preparing_ = 0; // entries in `prepare`
    std::size_t waiting_for_node_ = 0;
    std::string last_words_; // of the last failure that says that nothing gets through
    std::string stop_reason_;
    Stop stop_ = Stop::no;
    bool pumping_ = false;
    bool finishing_ = false;

    mutable std::mutex mutex_;
    Stop requested_ = Stop::no; // these four are guarded by it
    bool is_claimed_ = false;
    bool executing_ = false;
    BulkProgress progress_;
};

} // namespace e2b
