#include "engine/engine.hpp"
#include "engine/initiate.hpp"
#include "fleet/bulk_state.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace e2b {

namespace asio = boost::asio;

// Starts a run, and calls the handler on its own executor.
struct BulkRun::Initiate {
    std::shared_ptr<State> state;

    template <class Handler>
    void operator()(Handler&& handler, BulkSource* source, std::optional<BulkSink> sink) const {
        auto const executor = asio::get_associated_executor(handler);
        bool const is_first = state && state->claim();
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected() && is_first)
            slot.assign(Canceller{state});
        auto shared = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
        auto done = [working = engine::keep_working(executor), shared](std::exception_ptr error,
                                                                       BulkProgress progress) {
            asio::post(working, [shared, error, progress] {
                asio::get_associated_cancellation_slot(*shared).clear();
                auto own = std::move(*shared);
                std::move(own)(error, progress);
            });
        };
        if (is_first)
            return state->execute(executor, *source, sink ? std::move(*sink) : state->take_sink(),
                                  std::move(done));
        std::logic_error const error("BulkRun::execute: a run executes once");
        done(std::make_exception_ptr(error), {});
    }

private:
    struct Canceller {
        std::weak_ptr<State> state;

        void operator()(asio::cancellation_type type) const {
            using Type = asio::cancellation_type;
            bool const at_once = (type & (Type::terminal | Type::partial)) != Type::none;
            if (auto const alive = state.lock())
                alive->stop(at_once ? State::Stop::cut : State::Stop::drain);
        }
    };
};

BulkRun::BulkRun(Client& client, BulkOptions options)
    : state_(std::make_shared<State>(client.engine(), std::move(options))) {}

BulkRun::BulkRun(BulkRun&&) noexcept = default;
BulkRun& BulkRun::operator=(BulkRun&&) noexcept = default;
BulkRun::~BulkRun() = default;

asio::awaitable<BulkProgress> BulkRun::execute(BulkSource& source) {
    return execute(source, std::nullopt);
}

asio::awaitable<BulkProgress> BulkRun::execute(BulkSource& source, std::optional<BulkSink> sink) {
    return asio::async_initiate<asio::use_awaitable_t<> const, void(std::exception_ptr, BulkProgress)>(
        Initiate{state_}, asio::use_awaitable, &source, std::move(sink));
}

asio::awaitable<std::vector<Result<SnapshotInfo>>> BulkRun::collect(std::vector<SnapshotRequest> requests) {
    Failure missing(Outcome::not_sent, Errc::cancelled, Phase::pool_wait);
    std::vector<Result<SnapshotInfo>> results(requests.size(), Result<SnapshotInfo>(std::move(missing)));
    BulkRange<std::vector<SnapshotRequest>> source(std::move(requests));
    BulkSink const sink = [&results](BulkResult result) {
        results[static_cast<std::size_t>(result.item.tag)] = std::move(result.result);
    };
    auto run = execute(source, std::optional(sink));
    co_await std::move(run);
    co_return results;
}

asio::any_io_executor BulkRun::get_executor() const {
    if (!state_)
        throw std::logic_error("e2b::BulkRun: the run was moved from");
    return state_->executor();
}

void BulkRun::drain() {
    state_->stop(State::Stop::drain);
}

void BulkRun::cut() {
    state_->stop(State::Stop::cut);
}

BulkProgress BulkRun::progress() const {
    return state_->progress();
}

} // namespace e2b
