#pragma once

#include "engine/initiate.hpp"
#include "engine/sandboxes.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>

#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace e2b::engine {

// Starts a sandbox by the endpoint that the server has: it tells by its response where that is not the
// newest. A composed operation, for boost::asio::async_compose.
class CreateSandboxByNewest {
public:
    CreateSandboxByNewest(std::shared_ptr<Engine> engine, SandboxRequest request, CallOptions options)
        : engine_(std::move(engine)),
          request_(std::move(request)),
          options_(std::move(options)) {}

    template <class Self>
    void operator()(Self& self) {
        std::optional<CreateSandbox> newest;
        try {
            self.reset_cancellation_state(boost::asio::enable_total_cancellation());
            newest.emplace("/v2/sandboxes", request_, options_);
        } catch (std::bad_alloc const&) {
            return self.complete(failure_before_start(Errc::resource, Phase::argument, {}));
        }
        ask(self, *std::move(newest));
    }

    template <class Self>
    void operator()(Self& self, Result<SandboxInfo> result) {
        if (first_)
            return self.complete(after(*first_, std::move(result)));
        auto const left = options_.timeout.value_or(engine_->config().timeout) - result.elapsed();
        bool const is_cancelled = self.cancelled() != boost::asio::cancellation_type::none;
        if (result || result.error() != Errc::no_such_endpoint || left <= left.zero() || is_cancelled)
            return self.complete(std::move(result));
        first_ = std::move(result);
        options_.timeout = left;
        ask(self, CreateSandbox("/sandboxes", std::move(request_), std::move(options_)));
    }

private:
    template <class Self>
    void ask(Self& self, CreateSandbox endpoint) {
        auto const engine = engine_; // lives in `self`
        detail::start_erased<detail::Plainly, SandboxInfo>(
            std::move(self), engine->strand().executor(), [&](detail::ResultHandler<SandboxInfo> any) {
                start_endpoint(engine, std::move(endpoint), std::move(any));
            });
    }

    // The result of two calls, of which the first did nothing.
    static Result<SandboxInfo> after(Result<SandboxInfo> const& first, Result<SandboxInfo> second) {
        auto const attempts = first.attempts() + second.attempts();
        auto const elapsed = first.elapsed() + second.elapsed();
        if (second)
            return {*std::move(second), attempts, elapsed, second.outcome()};
        auto failure = std::move(second).error();
        failure.attempts = attempts;
        failure.elapsed = elapsed;
        return failure;
    }

    std::shared_ptr<Engine> engine_;
    SandboxRequest request_;
    CallOptions options_;
    std::optional<Result<SandboxInfo>> first_;
};

} // namespace e2b::engine
