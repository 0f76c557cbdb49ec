#pragma once

#include "core/call.hpp"
#include "core/check.hpp"
#include "core/request_encoder.hpp"
#include "core/response.hpp"
#include "core/snapshot_body.hpp"

#include <e2b/config.hpp>
#include <e2b/observer.hpp>
#include <e2b/snapshot.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace e2b::engine {

[[nodiscard]] inline core::CallLimits call_limits(ClientConfig const& config, CallOptions const& options) {
    core::CallLimits limits;
    limits.timeout = options.timeout.value_or(config.timeout);
    limits.attempt_timeout = options.attempt_timeout.value_or(config.attempt_timeout);
    limits.policy = options.retry.value_or(config.retry);
    limits.hangs_up = options.hang_up_on_cancel;
    return limits;
}

// `POST /sandboxes/{sandboxID}/snapshots`, as initiate.hpp asks for it.
class CreateSnapshot {
public:
    using Value = SnapshotInfo;

    // `awaits_response`: once the request is committed, no deadline ends the call before the platform's time
    // limit does.
    CreateSnapshot(SnapshotRequest&& request, CallOptions&& options, bool awaits_response = false)
        : request_(std::move(request)),
          options_(std::move(options)),
          awaits_response_(awaits_response) {}

    [[nodiscard]] core::CallLimits limits(ClientConfig const& config) const {
        auto limits = call_limits(config, options_);
        limits.awaits_response = awaits_response_;
        return limits;
    }

    [[nodiscard]] std::optional<std::string> problem() const {
        auto found = core::check(request_);
        return found ? found : core::check(options_);
    }

    void encode(core::RequestEncoder const& encoder, std::string& out) const {
        encoder.create_snapshot(request_, options_.headers, out);
    }

    [[nodiscard]] std::optional<Value> read(core::Response const& response) const {
        return core::parse_snapshot_info(response.body);
    }

    [[nodiscard]] std::string_view subject() const noexcept { return request_.sandbox_id; }
    [[nodiscard]] RequestKind kind() const noexcept {
        return {"create_snapshot", "POST", "/sandboxes/{sandboxID}/snapshots"};
    }

    void describe(LateResponse& report) const {
        report.sandbox_id = request_.sandbox_id;
        if (request_.name)
            report.name = *request_.name;
    }
    static void describe(SnapshotInfo const& info, LateResponse& report) { report.snapshot = &info; }

private:
    SnapshotRequest request_;
    CallOptions options_;
    bool awaits_response_;
};

} // namespace e2b::engine
