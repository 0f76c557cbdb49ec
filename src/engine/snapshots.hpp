#pragma once

#include "core/list_body.hpp"
#include "core/query.hpp"
#include "engine/create_snapshot.hpp"

#include <e2b/deletion.hpp>
#include <e2b/page.hpp>
#include <e2b/result.hpp>
#include <e2b/sandbox.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace e2b::engine {

// What the endpoints that read or delete have in common: carried out twice, they do the same as once.
[[nodiscard]] inline core::CallLimits idempotent_limits(ClientConfig const& config,
                                                        CallOptions const& options, unsigned success) {
    auto limits = call_limits(config, options);
    limits.effect = core::Effect::idempotent;
    limits.success = success;
    return limits;
}

// A page of a list, where its items could be read.
template <class T>
[[nodiscard]] std::optional<ListPage<T>> page_of(std::optional<std::vector<T>> items,
                                                 core::Response const& response) {
    if (!items)
        return std::nullopt;
    return ListPage<T>(std::move(*items), std::string(response.next_token));
}

// Whether a call failed because the platform says that there is no such thing. A 404 that was cut may have
// been anybody's.
template <class T>
[[nodiscard]] bool is_absent(Result<T> const& result) noexcept {
    return result.error() == Errc::not_found && result.error().phase == Phase::complete;
}

// Of what looks something up: that it is not there is claimed only where the platform said so.
template <class T>
void interpret_lookup(Result<T>& result) noexcept {
    if (result.error() == Errc::not_found && !is_absent(result))
        result.error().error = Errc::truncated;
}

// `GET /snapshots`
class ListSnapshots {
public:
    using Value = ListPage<SnapshotInfo>;

    ListSnapshots(SnapshotQuery query, CallOptions options)
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
        encoder.encode("GET", core::list_snapshots_target(query_), {}, options_.headers, out);
    }
    [[nodiscard]] std::optional<Value> read(core::Response const& response) const {
        return page_of(core::parse_snapshots(response.body), response);
    }
    [[nodiscard]] std::string_view subject() const noexcept { return query_.sandbox_id; }
    [[nodiscard]] RequestKind kind() const noexcept { return {"list_snapshots", "GET", "/snapshots"}; }

private:
    SnapshotQuery query_;
    CallOptions options_;
};

// `DELETE /templates/{snapshotID}`
class DeleteSnapshot {
public:
    using Value = Deletion;

    DeleteSnapshot(std::string id, CallOptions options) : id_(std::move(id)), options_(std::move(options)) {}

    [[nodiscard]] core::CallLimits limits(ClientConfig const& config) const {
        return idempotent_limits(config, options_, 204);
    }
    [[nodiscard]] std::optional<std::string> problem() const {
        auto found = core::check_snapshot_id(id_);
        return found ? found : core::check(options_);
    }
    void encode(core::RequestEncoder const& encoder, std::string& out) const {
        encoder.encode("DELETE", core::delete_template_target(id_), {}, options_.headers, out);
    }
    // Older servers say 200, and add a body of JSON; a page of HTML proves nothing.
    [[nodiscard]] std::optional<Value> read(core::Response const& response) const {
        bool const is_good = response.status == 204 || response.body.empty() || core::is_json(response.body);
        return is_good ? std::optional(Deletion::deleted) : std::nullopt;
    }
    static void interpret(Result<Deletion>& result) {
        if (is_absent(result))
            result = Result<Deletion>(Deletion::absent, result.attempts(), result.elapsed());
        else if (result.error() == Errc::bad_request)
            result.error().error = Errc::in_use;
    }
    [[nodiscard]] std::string_view subject() const noexcept { return id_; }
    [[nodiscard]] RequestKind kind() const noexcept {
        return {"delete_snapshot", "DELETE", "/templates/{templateID}"};
    }

private:
    std::string id_;
    CallOptions options_;
};

} // namespace e2b::engine
