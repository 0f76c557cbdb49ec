#pragma once

#include "base/intrusive_list.hpp"
#include "core/backoff.hpp"
#include "core/budget.hpp"
#include "core/pool.hpp"
#include "core/request_encoder.hpp"
#include "engine/completion.hpp"
#include "engine/operation.hpp"
#include "engine/reachability.hpp"
#include "engine/reports.hpp"
#include "engine/stats.hpp"
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

namespace e2b::engine {

// What a client is made of, so that tests can bring their own clock and connections.
struct EngineParts {
    std::unique_ptr<net::TimeSource> time;
    // Called once, with the engine's timers.
    std::function<std::unique_ptr<net::Connector>(net::Timers&)> make_connector;
};

// The inside of a client: steers connections by what the pool decides, and each call by what its state
// machine decides. Everything runs on the strand unless it says otherwise.
//
// A step of the engine either finds the memory that it needs before it changes anything, or ends the call
// that it is about; none is left half done.
class Engine final : public std::enable_shared_from_this<Engine>,
                     public net::StrandOwner,
                     private net::ConnectionOwner,
                     private net::Timer {
public:
    Engine(boost::asio::any_io_executor executor, ClientConfig config);
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
    [[nodiscard]] Reachability const& reachability() const noexcept { return reachability_; }

    void start(OperationPtr operation) noexcept;
    void cancel(Operation& operation, boost::asio::cancellation_type type) noexcept;

    // How a client is closed: what is started from then on is refused.
    struct Closing {
        // Nothing: calls go on for as long as they have something committed, and no longer than the
        // platform's time limit. Otherwise calls go on as they do, for so long.
        std::optional<core::Duration> grace;
    };
    // Dispatches `closed` once all that is in flight has ended or was hung up on.
    void close(Closing how, boost::intrusive_ptr<Completion> closed) noexcept;
    // Ends everything now, and hangs up on what is committed. Every call in flight is completed.
    void abort() noexcept;
    // The context goes down: whatever waits is let go, without being called. Nothing runs on the strand.
    void abandon() noexcept;
    // Any thread, once the context goes down.
    [[nodiscard]] bool abandoned() const noexcept { return abandoned_; }

private:
    friend class Operation;
    friend class LateExchange;
    using Action = core::Call::Action;

    void before_leaving() noexcept override;
    void on_dialed(net::Connection& connection) override;
    void on_dial_failed(net::Connection& connection, core::DialFailure failure) override;
    void on_lost(net::Connection& connection) override;
    void on_due() override { pump(); }

    void pump() noexcept { pump(now()); }
    void pump(core::TimePoint at) noexcept; // the clock's now, where it has just been read
    void carry_out(core::Pool::Action const& action, core::TimePoint at);
    void dial();
    [[nodiscard]] net::ConnectionPtr make_connection() noexcept;
    void grant(Operation& operation, net::Connection& connection, core::TimePoint at);
    void discard(net::Connection& connection) noexcept;
    void close_connections() noexcept;
    [[nodiscard]] bool reserve_timers() noexcept;

    void run(Operation& operation, Action action);
    void acquire(Operation& operation, core::TimePoint until);
    void finish(Operation& operation);
    void exchange_ended(Operation& operation, net::Connection& connection, core::ExchangeEnd const& end);
    void attempt_ended(Operation& operation, core::ExchangeEnd const& end, core::TimePoint at);
    void stop(Operation& operation, Errc why);
    [[nodiscard]] bool is_committed(Operation const& operation) const noexcept;
    void timer_due(Operation& operation);
    void attempt_due(Operation& operation);
    void leave(Operation& operation, core::ExchangeEnd const& end, core::TimePoint at) noexcept;
    void late_ended(LateExchange& late, core::ExchangeEnd const& end, bool reusable);
    void hang_up(LateExchange& late, Errc why);
    void report_late(LateExchange& late, core::TimePoint at);
    void drain();
    void abort_if_done();
    [[nodiscard]] core::AttemptNotes take_notes(Attempt& attempt, core::ExchangeEnd const& end,
                                                core::AttemptFacts& facts) const;
    void read_response(Attempt& attempt, core::Response const& response, core::AttemptFacts& facts,
                       core::AttemptNotes& notes) const;
    [[nodiscard]] static AttemptStart start_of(Operation const& operation);
    void report_attempt(Operation& operation, core::ExchangeEnd const& end,
                        core::AttemptFacts const& facts) const noexcept;
    void report_call(Operation& operation) const noexcept;

    // Ends a `close` whose grace is over.
    struct GraceTimer final : net::Timer {
        explicit GraceTimer(Engine& owner) : engine(owner) {}
        void on_due() override { engine.abort(); }
        Engine& engine;
    };

    net::Strand strand_;
    ClientConfig config_;
    Reports reports_;
    core::RequestEncoder encoder_;
    core::Pool pool_;
    core::RetryBudget budget_;
    core::Rng rng_;
    std::unique_ptr<net::Timers> timers_;
    std::unique_ptr<net::Connector> connector_;
    // The engine holds a reference to each one in these lists.
    base::IntrusiveList<net::Connection, &net::Connection::owner_link> connections_;
    base::IntrusiveList<Operation, &Operation::link_> operations_;
    base::IntrusiveList<LateExchange, &LateExchange::link_> late_; // it owns them
    Completions closers_;                                          // who waits for the end of `close`
    Completions completed_;                       // in this visit of the strand, to be dispatched at its end
    std::optional<core::NoConnection> last_dial_; // since the last success
    Reachability reachability_;
    bool was_short_ = false; // the last dial failed for lack of descriptors, and another try is due
    GraceTimer grace_;
    bool closing_ = false;
    bool draining_ = false; // no attempt is begun any more
    bool aborted_ = false;
    bool pumping_ = false;
    std::atomic<bool> abandoned_ = false;
    Stats stats_;
};

} // namespace e2b::engine
