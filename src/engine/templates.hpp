#pragma once

#include "engine/snapshots.hpp"

#include <e2b/template.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace e2b::engine {

// `GET /templates/{aliasOrID}/tags`
class ListTags {
public:
    using Value = std::vector<TemplateTag>;

    ListTags(std::string name, CallOptions options) : name_(std::move(name)), options_(std::move(options)) {}

    [[nodiscard]] core::CallLimits limits(ClientConfig const& config) const {
        return idempotent_limits(config, options_, 200);
    }
    [[nodiscard]] std::optional<std::string> problem() const {
        auto found = core::check_template(name_);
        return found ? found : core::check(options_);
    }
    void encode(core::RequestEncoder const& encoder, std::string& out) const {
        encoder.encode("GET", core::list_tags_target(name_), {}, options_.headers, out);
    }
    [[nodiscard]] std::optional<Value> read(core::Response const& response) const {
        return core::parse_tags(response.body);
    }
    static void interpret(Result<Value>& result) noexcept { interpret_lookup(result); }
    [[nodiscard]] std::string_view subject() const noexcept { return name_; }
    [[nodiscard]] RequestKind kind() const noexcept {
        return {"list_tags", "GET", "/templates/{templateID}/tags"};
    }

private:
    std::string name_;
    CallOptions options_;
};

// `GET /templates/aliases/{alias}`
class FindTemplate {
public:
    using Value = std::string;

    FindTemplate(std::string alias, CallOptions options)
        : alias_(std::move(alias)),
          options_(std::move(options)) {}

    [[nodiscard]] core::CallLimits limits(ClientConfig const& config) const {
        return idempotent_limits(config, options_, 200);
    }
    [[nodiscard]] std::optional<std::string> problem() const {
        auto found = core::check_template(alias_);
        return found ? found : core::check(options_);
    }
    void encode(core::RequestEncoder const& encoder, std::string& out) const {
        encoder.encode("GET", core::find_template_target(alias_), {}, options_.headers, out);
    }
    [[nodiscard]] std::optional<Value> read(core::Response const& response) const {
        return core::parse_template_id(response.body);
    }
    static void interpret(Result<Value>& result) noexcept { interpret_lookup(result); }
    [[nodiscard]] std::string_view subject() const noexcept { return alias_; }
    [[nodiscard]] RequestKind kind() const noexcept {
        return {"find_template", "GET", "/templates/aliases/{alias}"};
    }

private:
    std::string alias_;
    CallOptions options_;
};

// `GET /templates/{templateID}`
class GetTemplate {
public:
    using Value = TemplateInfo;

    GetTemplate(std::string id, std::string next_token, CallOptions options)
        : id_(std::move(id)),
          next_token_(std::move(next_token)),
          options_(std::move(options)) {}

    [[nodiscard]] core::CallLimits limits(ClientConfig const& config) const {
        return idempotent_limits(config, options_, 200);
    }
    [[nodiscard]] std::optional<std::string> problem() const {
        auto found = core::check_template(id_);
        if (!found)
            found = core::check_next_token(next_token_);
        return found ? found : core::check(options_);
    }
    void encode(core::RequestEncoder const& encoder, std::string& out) const {
        encoder.encode("GET", core::get_template_target(id_, next_token_), {}, options_.headers, out);
    }
    [[nodiscard]] std::optional<Value> read(core::Response const& response) const {
        auto info = core::parse_template(response.body);
        if (info)
            info->next_token = response.next_token;
        return info;
    }
    static void interpret(Result<Value>& result) noexcept { interpret_lookup(result); }
    [[nodiscard]] std::string_view subject() const noexcept { return id_; }
    [[nodiscard]] RequestKind kind() const noexcept {
        return {"get_template", "GET", "/templates/{templateID}"};
    }

private:
    std::string id_;
    std::string next_token_;
    CallOptions options_;
};

} // namespace e2b::engine
