#include "simulator/connection.hpp"

#include <algorithm>
#include <utility>

namespace e2b::sim {
namespace {

// What a client may send ahead of its turn before it is cut off.
constexpr std::size_t max_input = 256 * 1024;
// And what it may still send after its request was refused.
constexpr std::size_t max_drained = 1024 * 1024;

} // namespace

Connection::Connection(Stream stream, std::uint64_t id, Workbench& bench)
    : stream_(std::move(stream)),
      id_(id),
      bench_(bench),
      stage_(stream_.encrypted() ? Stage::handshake : Stage::reading),
      idle_since_(bench.clock.now()) {}

Connection::Next Connection::on_readable() {
    if (stage_ == Stage::handshake) {
        auto const status = stream_.handshake();
        if (status != Stream::Status::done)
            return status == Stream::Status::again ? Next::keep : Next::close;
        stage_ = Stage::reading;
        idle_since_ = bench_.clock.now();
        if (stream_.resumed())
            count(bench_.counters.handshakes_resumed);
        count(bench_.counters.handshakes);
    }
    return read();
}

// One read for one event: if more waits in the socket, another event says so.
Connection::Next Connection::read() {
    Next next = Next::keep;
    do {
        auto const result = stream_.read(bench_.input);
        if (result.status == Stream::Status::ended)
            return Next::close;
        if (result.status == Stream::Status::again)
            return next;
        next = take(std::string_view(bench_.input.data(), result.size));
    } while (next == Next::keep && stream_.has_pending());
    return next;
}

Connection::Next Connection::take(std::string_view data) {
    if (stage_ == Stage::draining) {
        drained_ += data.size();
        return drained_ <= max_drained ? Next::keep : Next::close;
    }
    // Nearly always a whole request comes at once, and is served from where it was read to.
    Next next = Next::keep;
    if (input_.empty() && stage_ == Stage::reading) {
        std::size_t const used = serve(data, next);
        input_.assign(data.substr(used));
        return next;
    }
    if (input_.size() + data.size() > max_input)
        return Next::close;
    input_.append(data);
    return resume();
}

// Goes on with what came before its turn.
Connection::Next Connection::resume() {
    Next next = Next::keep;
    if (stage_ == Stage::reading && !input_.empty()) {
        std::string const input = std::exchange(input_, {});
        std::size_t const used = serve(input, next);
        input_.assign(input, used);
    }
    return next;
}

// Answers requests from the front of the input as long as their turn comes; how much of it was used.
std::size_t Connection::serve(std::string_view input, Next& next) {
    std::size_t used = 0;
    while (next == Next::keep && stage_ == Stage::reading && used < input.size()) {
        auto const progress = read_request(input.substr(used), bench_.request);
        if (progress.state == RequestProgress::State::refused) {
            next = refuse(progress.status);
            return input.size();
        }
        if (progress.state == RequestProgress::State::incomplete) {
            if (bench_.request.expects_continue && !std::exchange(continue_sent_, true))
                next = send_continue();
            break;
        }
        used += progress.consumed;
        next = handle();
    }
    return used;
}

// A socket that has no room for so little belongs to a client that does not read.
Connection::Next Connection::send_continue() {
    auto const result = stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
    return result.status == Stream::Status::done ? Next::keep : Next::close;
}

Connection::Next Connection::handle() {
    count(bench_.counters.requests);
    ++requests_;
    Request const& request = bench_.request;
    close_asked_ = request.close;
    head_only_ = request.method == "HEAD";
    continue_sent_ = false;
    call_ = bench_.dispatcher.handle(request, id_, bench_.answer);
    if (!call_)
        return answer(bench_.answer);
    stage_ = Stage::waiting;
    // Otherwise the API answers before the load balancer gives up.
    if (bench_.patience.balancer < bench_.patience.request)
        wakes_at_ = bench_.answer.arrived_at + bench_.patience.balancer;
    return Next::keep;
}

// The load balancer answers, and hangs up on the API.
Connection::Next Connection::give_up() {
    bool const undecided =
        bench_.cancel_on_hang_up ? bench_.dispatcher.cancel(*call_) : bench_.dispatcher.undecided(*call_);
    if (!undecided)
        return Next::keep; // the answer is under way
    call_.reset();
    // A snapshot that goes on is still to be answered, but not the connection's next request by it.
    close_asked_ = true;
    bench_.answer.clear(bench_.clock.now());
    bench_.answer.reply.set_balancer_error(504);
    return answer(bench_.answer);
}

Connection::Next Connection::refuse(int status) {
    count(bench_.counters.requests);
    close_asked_ = true;
    refused_ = true;
    bench_.answer.clear(bench_.clock.now());
    bench_.answer.reply.set_balancer_error(status);
    return answer(bench_.answer);
}

Connection::Next Connection::on_answer(Answer decided) {
    if (!call_)
        return Next::keep;
    call_.reset();
    wakes_at_.reset();
    return answer(decided);
}

Connection::Next Connection::answer(Answer& answer) {
    Instant const now = bench_.clock.now();
    Delivery const delivery = plan_delivery(answer, bench_.patience);
    if (delivery.silent) {
        stage_ = Stage::silent;
        return Next::keep;
    }
    if (delivery.at > now) {
        stage_ = Stage::waiting;
        wakes_at_ = delivery.at;
        held_ = std::make_unique<Held>(Held{std::move(answer), delivery});
        return Next::keep;
    }
    return send(answer, delivery);
}

Connection::Next Connection::send(Answer const& answer, Delivery const& delivery) {
    std::string& output = bench_.output;
    output.clear();
    append_answer(output, answer, delivery, close_asked_, head_only_);
    end_ = delivery.end;
    if (end_ == Delivery::End::keep && close_asked_)
        end_ = Delivery::End::announce;
    if (end_ == Delivery::End::keep && requests_ == bench_.max_requests_per_connection)
        end_ = Delivery::End::close;
    int const hundreds = answer.reply.status / 100;
    if (delivery.whole())
        count(bench_.counters.answers[static_cast<std::size_t>(std::clamp(hundreds, 0, 5))]);
    if (delivery.per_byte > Instant(0)) {
        stage_ = Stage::sending;
        output_ = output;
        output_sent_ = 0;
        per_byte_ = delivery.per_byte;
        drips_at_ = bench_.clock.now();
        return drip();
    }
    return write(output);
}

// Puts out the bytes whose moments have come, and makes an appointment for the next.
Connection::Next Connection::drip() {
    // The client may act on the last byte before this goes on: so the time is taken first.
    idle_since_ = bench_.clock.now();
    for (; drips_at_ <= idle_since_; drips_at_ += per_byte_) {
        auto const result = stream_.write(std::string_view(output_).substr(output_sent_, 1));
        if (result.status == Stream::Status::ended)
            return Next::close;
        output_sent_ += result.size;
        if (output_sent_ == output_.size())
            return sent();
    }
    wakes_at_ = drips_at_;
    return Next::keep;
}

Connection::Next Connection::write(std::string_view data) {
    idle_since_ = bench_.clock.now();
    while (!data.empty()) {
        auto const result = stream_.write(data);
        if (result.status == Stream::Status::ended)
            return Next::close;
        if (result.status == Stream::Status::again) {
            stage_ = Stage::sending;
            output_.assign(data);
            output_sent_ = 0;
            return Next::keep;
        }
        data.remove_prefix(result.size);
    }
    return sent();
}

Connection::Next Connection::on_writable() {
    if (stage_ == Stage::handshake)
        return on_readable();
    if (stage_ != Stage::sending || per_byte_ > Instant(0))
        return read();
    std::string const rest = std::exchange(output_, {});
    return write(rest);
}

// The answer is out: the next request's turn comes.
Connection::Next Connection::sent() {
    per_byte_ = std::chrono::nanoseconds(0);
    output_.clear();
    if (end_ != Delivery::End::keep)
        return refused_ ? drain() : Next::close;
    bool const was_pending = std::exchange(stage_, Stage::reading) != Stage::reading;
    return was_pending ? resume() : Next::keep;
}

// To close a socket with unread bytes resets it, and the client would lose the answer: so they are read.
Connection::Next Connection::drain() {
    stage_ = Stage::draining;
    stream_.end_output();
    return Next::keep;
}

Connection::Next Connection::on_timer() {
    wakes_at_.reset();
    if (call_)
        return give_up();
    if (held_) {
        auto const held = std::exchange(held_, nullptr);
        return send(held->answer, held->delivery);
    }
    return per_byte_ > Instant(0) ? drip() : Next::keep;
}

void Connection::on_close() {
    if (stage_ == Stage::handshake)
        count(bench_.counters.handshakes_failed);
    if (call_ && bench_.cancel_on_hang_up)
        bench_.dispatcher.cancel(*call_);
    if (end_ == Delivery::End::announce)
        stream_.announce_end();
    if (end_ == Delivery::End::reset)
        stream_.reset_on_close();
}

} // namespace e2b::sim
