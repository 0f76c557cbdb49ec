#pragma once

#include "call/operation.hpp"
#include "call/stats.hpp"
#include "core/backoff.hpp"
#include "core/budget.hpp"
#include "core/intrusive_list.hpp"
#include "core/look_rule.hpp"
#include "core/pool.hpp"
#include "core/request_encoder.hpp"
#include "net/strand.hpp"
#include "net/timers.hpp"
#include "net/transport.hpp"

#include <e2b/config.hpp>
#include <e2b/observer.hpp>

#include <boost/asio/cancellation_type.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace e2b {

// What a client is made of, so that tests can bring their own clock and connections.
struct EngineParts {
    std::unique_ptr<net::TimeSource> time;
    // Called once, with the engine's timers.
    std::function<std::unique_ptr<net::Connector>(net::Timers&)> make_connector;
    std::uint64_t seed = 0;
};

// The inside of a client: steers connections by what the pool decides, and each call by what its state
// machine decides. Everything runs on the strand unless it says otherwise.
class Engine final : public std::enable_shared_from_this<Engine>,
                     private net::ConnectionOwner,
                     private net::Timer {
public:
    Engine(net::Strand strand, ClientConfig config);
    ~Engine();

    // Makes an engine over the real network, or over given parts. Any thread. Throws ConfigError.
    static std::shared_ptr<Engine> make(boost::asio::any_io_executor executor, ClientConfig config);
    void assemble(EngineParts parts);

    // Any thread.
    [[nodiscard]] net::Strand const& strand() const noexcept { return strand_; }
    [[nodiscard]] ClientConfig const& config() const noexcept { return config_; }
    [[nodiscard]] core::RequestEncoder const& encoder() const noexcept { return encoder_; }
    [[nodiscard]] core::TimePoint now() const noexcept { return timers_->now(); }
    [[nodiscard]] ClientStats stats() const noexcept { return stats_.snapshot(); }

    void start(OperationPtr operation);
    void cancel(Operation& operation, boost::asio::cancellation_type type);

    // Refuses what is started from now on, and calls `closed` once all that is in flight has ended, or was
    // cut when `grace` was over.
    void close(core::Duration grace, std::function<void()> closed);
    // Ends everything now; every call in flight is completed.
    void cut();
    // The context goes down: whatever waits is let go, without being called. Any thread.
    void abandon() noexcept;
    // Any thread, once the context goes down.
    [[nodiscard]] bool abandoned() const noexcept { return abandoned_; }

private:
    friend class Operation;
    using Action = core::Call::Action;

    void on_dialed(net::Connection& connection) override;
    void on_dial_failed(net::Connection& connection, net::DialFailure failure) override;
    void on_lost(net::Connection& connection) override;
    void on_due() override { pump(); }

    void pump() { pump(now()); }
    void pump(core::TimePoint at); // the clock's now, where it has just been read
    void carry_out(core::Pool::Action const& action, core::TimePoint at);
    void dial();
    void grant(Operation& operation, net::Connection& connection, core::TimePoint at);
    void discard(net::Connection& connection) noexcept;

    void run(Operation& operation, Action action);
    void acquire(Operation& operation, core::TimePoint until);
    void finish(Operation& operation);
    void exchange_ended(Operation& operation, net::Connection& connection, net::ExchangeEnd const& end);
    void attempt_ended(Operation& operation, net::ExchangeEnd const& end, core::TimePoint at);
    void stop(Operation& operation, Errc why);
    void timer_due(Operation& operation);
    [[nodiscard]] core::AttemptNotes read_answer(Operation& operation, net::ExchangeEnd const& end,
                                                 core::AttemptFacts& facts);
    void report_attempt(Operation& operation, net::ExchangeEnd const& end, core::AttemptFacts const& facts);
    void report_call(Operation& operation);

    // Ends a `close` whose grace is over.
    struct GraceTimer final : net::Timer {
        explicit GraceTimer(Engine& owner) : engine(owner) {}
        void on_due() override { engine.cut(); }
        Engine& engine;
    };

    net::Strand strand_;
    ClientConfig config_;
    core::RequestEncoder encoder_;
    core::Pool pool_;
    core::LookRule look_rule_;
    core::RetryBudget budget_;
    core::Rng rng_;
    std::unique_ptr<net::Timers> timers_;
    std::unique_ptr<net::Connector> connector_;
    std::unordered_map<net::Connection*, net::ConnectionPtr> connections_;
    core::IntrusiveList<Operation, &Operation::link_> operations_;
    std::optional<core::NoConnection> last_dial_; // since the last success
    bool was_short_ = false; // the last dial failed for lack of descriptors, and another try is due
    GraceTimer grace_;
    std::vector<std::function<void()>> closed_;
    bool closing_ = false;
    bool cut_ = false;
    bool pumping_ = false;
    std::atomic<bool> abandoned_ = false;
    Stats stats_;
};

} // namespace e2b
