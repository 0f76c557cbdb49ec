#pragma once

#include "engine/engine.hpp"
#include "support/catch.hpp"
#include "support/manual_time.hpp"
#include "support/mock_transport.hpp"
#include "support/print.hpp"

#include <e2b/client.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace e2b::test {

using Stage = MockConnection::Stage;
using Cancel = boost::asio::cancellation_type;

[[nodiscard]] ClientConfig mock_config();

/// A client whose connections are mocks and whose clock is turned by hand.
[[nodiscard]] Client make_client(boost::asio::any_io_executor executor, ClientConfig config,
                                 MockNetwork& network, ManualClock& clock,
                                 std::weak_ptr<engine::Engine>* made = nullptr);

/// How a call looks from outside.
struct Call {
    unsigned completions = 0;
    std::exception_ptr exception; ///< what its coroutine ended with
    std::optional<Result<SnapshotInfo>> result;
    boost::asio::cancellation_signal signal;

    [[nodiscard]] bool done() const noexcept { return completions > 0; }
};

/// What a snapshot is called that ended so: `created`, or for example `not_sent cancelled`.
[[nodiscard]] std::string describe(Result<SnapshotInfo> const& result);

/// A client over mocks on an io_context that runs only as far as the test lets it.
class Rig {
public:
    explicit Rig(ClientConfig config = mock_config());
    /// Checks that all is over and nothing is left.
    ~Rig();
    Rig(Rig const&) = delete;
    Rig& operator=(Rig const&) = delete;

    /// Whether the coroutine of a call keeps the client alive.
    enum class Keep : bool { no, yes };

    /// Begins a call in a coroutine of its own; nothing runs before `poll`.
    Call& call(std::string sandbox_id, CallOptions options = CallOptions(), Keep keep = Keep::no);

    /// Runs whatever is ready.
    void poll();
    /// Runs `step` on the client's strand, then whatever is ready.
    void step(std::function<void()> const& step);
    /// Turns the clock, stopping wherever somebody wants to be woken, and runs what is ready each time.
    void advance(core::Duration by);

    /// From now on every dial succeeds and every request gets this response, and those under way do so now.
    void play_along(std::string const& response = created());

    /// As the public functions do, in a coroutine that nobody waits for. The count of completions is
    /// returned.
    unsigned const& close();
    unsigned const& close(std::chrono::nanoseconds grace, boost::asio::cancellation_slot slot = {});
    void drop_client() { client.reset(); }
    /// Destroys the io_context with all that waits on it.
    void drop_context() { context.reset(); }

    [[nodiscard]] ClientStats stats() const { return client->stats(); }
    /// Nothing is under way, and the counters agree with what is open.
    void expect_rest();

    ManualClock clock;
    MockNetwork network;
    int frames = 0; ///< coroutines of calls that exist
    std::unique_ptr<boost::asio::io_context> context;
    std::shared_ptr<Client> client;
    std::weak_ptr<engine::Engine> engine;
    std::deque<Call> calls;

private:
    std::deque<unsigned> closes_;
};

} // namespace e2b::test
