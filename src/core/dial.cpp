#include "core/dial.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

namespace e2b::core {

using boost::system::error_code;

namespace {

constexpr Duration longest_stagger = std::chrono::milliseconds(250);

error_code timed_out() noexcept {
    return {ETIMEDOUT, boost::system::system_category()};
}

} // namespace

Dial::Dial(DialPlan const& plan, TimePoint now) noexcept : plan_(plan), deadline_(now + plan.timeout) {}

void Dial::enter(Step step) noexcept {
    step_ = step;
    entered_ = true;
}

void Dial::resolved(std::size_t addresses) noexcept {
    assert(step_ == Step::resolving && addresses > 0);
    addresses_ = addresses;
    enter(Step::connecting);
}

void Dial::not_resolved(Errc error, error_code cause) {
    fail(error, Phase::dns, cause, {}, error == Errc::dns_not_found);
}

void Dial::no_address_allowed(std::string detail) {
    fail(Errc::connect_failed, Phase::connect, {}, std::move(detail), true);
}

void Dial::connected(std::size_t address) noexcept {
    if (step_ != Step::connecting)
        return; // another one was faster
    address_ = address;
    enter(plan_.through_proxy ? Step::tunnelling : plan_.encrypted ? Step::securing : Step::open);
}

void Dial::connect_failed(error_code cause, bool out_of_resources) noexcept {
    if (step_ != Step::connecting)
        return;
    --running_;
    connect_error_ = cause;
    out_of_resources_ = out_of_resources;
}

void Dial::tunnel_received(std::string_view bytes) {
    if (!tunnel_)
        tunnel_ = std::make_unique<TunnelReply>();
    switch (tunnel_->feed(bytes)) {
    case TunnelReply::State::need_more:
        return;
    case TunnelReply::State::open:
        tunnel_.reset();
        return enter(plan_.encrypted ? Step::securing : Step::open);
    case TunnelReply::State::refused:
        return fail(tunnel_->error(), Phase::proxy, {}, tunnel_->detail(), !tunnel_->may_pass_later());
    }
}

void Dial::tunnel_failed(error_code cause, std::string detail, bool by_peer) {
    fail(by_peer ? Errc::proxy_protocol : Errc::proxy_rejected, Phase::proxy, cause, std::move(detail),
         false);
}

void Dial::secured() noexcept {
    enter(Step::open);
}

void Dial::handshake_failed(HandshakeFailure how, error_code cause, std::string detail) {
    auto const error = how == HandshakeFailure::not_trusted      ? Errc::tls_verify
                       : how == HandshakeFailure::client_refused ? Errc::tls_client_auth
                                                                 : Errc::tls_handshake;
    fail(error, Phase::handshake, cause, std::move(detail), how != HandshakeFailure::transient);
}

void Dial::out_of_resources(error_code cause) {
    auto const phase = step_ == Step::resolving    ? Phase::dns
                       : step_ == Step::connecting ? Phase::connect
                       : step_ == Step::tunnelling ? Phase::proxy
                                                   : Phase::handshake;
    fail(Errc::resource, phase, cause, {}, false);
}

void Dial::fail(Errc error, Phase phase, error_code cause, std::string detail, bool is_final) {
    if (step_ == Step::failed || step_ == Step::over)
        return;
    failure_ = {{error, phase, cause, std::move(detail)}, is_final};
    enter(Step::failed);
}

void Dial::fail_in_time() {
    switch (step_) {
    case Step::resolving:
        return fail(Errc::dns_temporary, Phase::dns, timed_out(), {}, false);
    case Step::connecting:
        return fail(Errc::connect_timeout, Phase::connect, timed_out(), {}, false);
    case Step::tunnelling:
        return fail(Errc::proxy_rejected, Phase::proxy, timed_out(), {}, false);
    case Step::securing:
        return fail(Errc::tls_handshake, Phase::handshake, timed_out(), {}, false);
    default:
        return;
    }
}

Dial::Action Dial::next(TimePoint now) noexcept {
    if (now >= deadline_)
        fail_in_time();
    if (step_ == Step::connecting)
        return next_connect(now);
    if (!std::exchange(entered_, false))
        return Action::none;
    switch (step_) {
    case Step::tunnelling:
        return Action::open_tunnel;
    case Step::securing:
        return Action::secure;
    case Step::open:
        step_ = Step::over;
        return Action::finish;
    case Step::failed:
        step_ = Step::over;
        return Action::fail;
    default:
        return Action::none;
    }
}

Dial::Action Dial::next_connect(TimePoint now) noexcept {
    if (begun_ == addresses_) {
        if (running_ != 0)
            return Action::none;
        fail(out_of_resources_ ? Errc::resource : Errc::connect_failed, Phase::connect, connect_error_, {},
             false);
        return next(now);
    }
    if (running_ != 0 && now < next_connect_at_)
        return Action::none;
    if (begun_ == 0)
        stagger_ = std::min(longest_stagger, (deadline_ - now) / static_cast<Duration::rep>(2 * addresses_));
    ++begun_;
    ++running_;
    next_connect_at_ = now + stagger_;
    return Action::connect;
}

TimePoint Dial::wake_at() const noexcept {
    bool const more_addresses = step_ == Step::connecting && begun_ != addresses_;
    return more_addresses ? std::min(deadline_, next_connect_at_) : deadline_;
}

} // namespace e2b::core
