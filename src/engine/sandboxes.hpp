#pragma once

#include "engine/snapshots.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace e2b::engine {

// `GET /v2/sandboxes`
class ListSandboxes {
public:
    using Value = ListPage<SandboxInfo>;

    ListSandboxes(SandboxQuery query, CallOptions options)
        : query_(std::move(query)),
          options_(std::move(options)) {}

    [[nodiscard]] core::CallLimits limits(ClientConfig const& config) const {
        return idempotent_limits(config, options_, 200);
    }
    [[nodiscard]] std::optional<std::string> problem() const {
        auto found = core::check(query_);
        return found ? found : core::check(options_);
    }
    void encode(core::RequestEncoder const& encoder, std::string& out) const {
        encoder.encode("GET", core::list_sandboxes_target(query_), {}, options_.headers, out);
    }
    [[nodiscard]] std::optional<Value> read(core::Response const& response) const {
        return page_of(core::parse_sandboxes(response.body), response);
    }
    [[nodiscard]] std::string_view subject() const noexcept { return {}; }
    [[nodiscard]] RequestKind kind() const noexcept { return {"list_sandboxes", "GET", "/v2/sandboxes"}; }

private:
    SandboxQuery query_;
    CallOptions options_;
};

// `GET /sandboxes/{sandboxID}`
class GetSandbox {
public:
    using Value = SandboxInfo;

    GetSandbox(std::string id, CallOptions options) : id_(std::move(id)), options_(std::move(options)) {}

    [[nodiscard]] core::CallLimits limits(ClientConfig const& config) const {
        return idempotent_limits(config, options_, 200);
    }
    [[nodiscard]] std::optional<std::string> problem() const {
        auto found = core::check_sandbox_id(id_);
        return found ? found : core::check(options_);
    }
    void encode(core::RequestEncoder const& encoder, std::string& out) const {
        encoder.encode("GET", core::get_sandbox_target(id_), {}, options_.headers, out);
    }
    [[nodiscard]] std::optional<Value> read(core::Response const& response) const {
        return core::parse_sandbox(response.body);
    }
    static void interpret(Result<Value>& result) noexcept { interpret_lookup(result); }
    [[nodiscard]] std::string_view subject() const noexcept { return id_; }
    [[nodiscard]] RequestKind kind() const noexcept {
        return {"get_sandbox", "GET", "/sandboxes/{sandboxID}"};
    }

private:
    std::string id_;
    CallOptions options_;
};

// `POST /v2/sandboxes`, or `POST /sandboxes` of servers that are older than that.
class CreateSandbox {
public:
    using Value = SandboxInfo;

    CreateSandbox(std::string_view target, SandboxRequest request, CallOptions options)
        : target_(target),
          request_(std::move(request)),
          options_(std::move(options)) {}

    [[nodiscard]] core::CallLimits limits(ClientConfig const& config) const {
        return call_limits(config, options_);
    }
    [[nodiscard]] std::optional<std::string> problem() const {
        auto found = core::check(request_);
        return found ? found : core::check(options_);
    }
    void encode(core::RequestEncoder const& encoder, std::string& out) const {
        encoder.encode("POST", target_, core::create_sandbox_body(request_), options_.headers, out);
    }
    [[nodiscard]] std::optional<Value> read(core::Response const& response) const {
        return core::parse_sandbox(response.body);
    }
    [[nodiscard]] std::string_view subject() const noexcept { return request_.template_id; }
    [[nodiscard]] RequestKind kind() const noexcept { return {"create_sandbox", "POST", target_}; }

    void describe(LateResponse& report) const { report.sandbox_id = request_.template_id; }
    static void describe(SandboxInfo const& info, LateResponse& report) { report.sandbox = &info; }

private:
    std::string_view target_; // of a literal
    SandboxRequest request_;
    CallOptions options_;
};

} // namespace e2b::engine
