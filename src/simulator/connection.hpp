#pragma once

#include "simulator/answer.hpp"
#include "simulator/clock.hpp"
#include "simulator/counters.hpp"
#include "simulator/dispatcher.hpp"
#include "simulator/instant.hpp"
#include "simulator/request.hpp"
#include "simulator/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::sim {

/// What a thread's connections share: its services, and memory that only one of them uses at a time.
struct Workbench {
    Dispatcher& dispatcher;
    Clock const& clock;
    Counters& counters;
    Patience patience;
    std::size_t max_requests_per_connection;
    bool cancel_on_hang_up;

    std::vector<char> input = std::vector<char>(32 * 1024);
    std::string output = {};
    Request request = {};
    Answer answer = {};
};

/// One connection: reads requests, one after the other, and sends what they are answered with.
class Connection {
public:
    /// What its owner is to do with it.
    enum class Next {
        keep,
        close,
    };

    Connection(Stream stream, std::uint64_t id, Workbench& bench);

    /// The socket can be read from or written to.
    [[nodiscard]] Next on_readable();
    [[nodiscard]] Next on_writable();
    /// The answer that it waits for. Ignored if it waits for none.
    [[nodiscard]] Next on_answer(Answer answer);
    /// `wakes_at()` has come.
    [[nodiscard]] Next on_timer();
    /// To be called before it is closed, for whatever reason.
    void on_close();

    /// When it wants `on_timer`, if it does.
    [[nodiscard]] std::optional<Instant> wakes_at() const noexcept { return wakes_at_; }
    /// Whether it wants to know when the socket can be written to.
    [[nodiscard]] bool wants_write() const noexcept { return stream_.wants_write(); }
    /// Whether it is between requests.
    [[nodiscard]] bool idle() const noexcept { return stage_ == Stage::reading && input_.empty(); }
    /// Since when it has been waiting for the client to finish a handshake or a request, if it has.
    [[nodiscard]] std::optional<Instant> idle_since() const noexcept {
        bool const waits =
            stage_ == Stage::reading || stage_ == Stage::handshake || stage_ == Stage::draining;
        return waits ? std::optional(idle_since_) : std::nullopt;
    }
    [[nodiscard]] int socket() const noexcept { return stream_.socket(); }
    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    void reset_on_close() noexcept { end_ = Delivery::End::reset; }

    // The owner's notes: whether it watches the socket for writing, and which `wakes_at` it has put down.
    bool watched_for_write = false;
    std::optional<Instant> timer_set_for;

private:
    enum class Stage {
        handshake,
        reading,  ///< A request, or between two.
        waiting,  ///< For the answer, or for its time.
        sending,  ///< The answer.
        silent,   ///< For ever: the answer never comes.
        draining, ///< Until the client, whose request was refused, has seen it.
    };
    struct Held {
        Answer answer;
        Delivery delivery;
    };

    [[nodiscard]] Next read();
    [[nodiscard]] Next take(std::string_view data);
    [[nodiscard]] std::size_t serve(std::string_view input, Next& next);
    [[nodiscard]] Next send_continue();
    [[nodiscard]] Next handle();
    [[nodiscard]] Next give_up();
    [[nodiscard]] Next refuse(int status);
    [[nodiscard]] Next answer(Answer& answer);
    [[nodiscard]] Next send(Answer const& answer, Delivery const& delivery);
    [[nodiscard]] Next drip();
    [[nodiscard]] Next write(std::string_view data);
    [[nodiscard]] Next sent();
    [[nodiscard]] Next resume();
    [[nodiscard]] Next drain();

    Stream stream_;
    std::uint64_t id_;
    Workbench& bench_;
    Stage stage_;
    std::optional<CallId> call_;
    std::string input_;  ///< The beginning of a request, or what came while another was answered.
    std::string output_; ///< What the socket did not take yet.
    std::size_t output_sent_ = 0;
    std::unique_ptr<Held> held_;
    std::chrono::nanoseconds per_byte_{0};
    Instant drips_at_{0};
    std::optional<Instant> wakes_at_;
    Instant idle_since_;
    std::size_t requests_ = 0;
    Delivery::End end_ = Delivery::End::keep;
    bool close_asked_ = false;
    bool head_only_ = false;
    bool continue_sent_ = false;
    bool refused_ = false;
    std::size_t drained_ = 0;
};

} // namespace e2b::sim
