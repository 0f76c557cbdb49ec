#pragma once

#include "simulator/api.hpp"
#include "support/catch.hpp"

#include <e2b/simulator.hpp>

#include <boost/json.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace e2b::sim::test {

using namespace std::chrono_literals;

inline SimulatorOptions api_options() {
    SimulatorOptions options;
    options.api_key = "e2b_right";
    options.sandboxes = 5;
    options.nodes = 1;
    options.slots_per_node = 0;
    return options;
}

// The API without HTTP, on a clock that is moved by hand.
class ApiRig {
public:
    explicit ApiRig(SimulatorOptions const& options = api_options())
        : api(options, std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)) {}

    // A request that is answered at once.
    Answer ask(std::string_view method, std::string_view target, std::string_view body = {}) {
        Answer answer;
        REQUIRE_FALSE(api.handle(request(method, target, body), 0, now, answer));
        return answer;
    }
    Answer snapshot(SandboxIndex sandbox, std::string_view body = "{}") {
        return ask("POST", "/sandboxes/" + id(sandbox) + "/snapshots", body);
    }
    // A request for a snapshot that waits; its answer is found in `answers` under the connection.
    CallId begin(std::uint64_t connection, SandboxIndex sandbox, std::string_view body = "{}") {
        return begin_at(connection, "/sandboxes/" + id(sandbox) + "/snapshots", body);
    }
    CallId begin_at(std::uint64_t connection, std::string_view target, std::string_view body = "{}") {
        Answer answer;
        auto const call = api.handle(request("POST", target, body), connection, now, answer);
        REQUIRE(call);
        return *call;
    }
    void advance(std::chrono::nanoseconds duration) {
        now += duration;
        api.platform().advance(now);
        api.take_answers([this](std::uint64_t connection, Answer answer) {
            REQUIRE(answers.emplace(connection, std::move(answer)).second);
        });
    }

    [[nodiscard]] std::string id(SandboxIndex sandbox) const {
        return api.platform().sandboxes().id(sandbox);
    }

    Instant now{0};
    Api api;
    std::map<std::uint64_t, Answer> answers;
    std::optional<std::string> key = "e2b_right";
    std::optional<std::string> content_type = "application/json";

private:
    Request const& request(std::string_view method, std::string_view target, std::string_view body) {
        method_ = method;
        target_ = target;
        body_ = body;
        request_.method = method_;
        request_.target = target_;
        request_.body = body_;
        request_.api_key = key;
        request_.content_type = content_type;
        return request_;
    }

    std::string method_;
    std::string target_;
    std::string body_;
    Request request_;
};

inline boost::json::value json(Answer const& answer) {
    return boost::json::parse(answer.reply.body);
}

// The value of a field of the answer's header.
inline std::optional<std::string> field(Answer const& answer, std::string_view name) {
    std::string const start = std::string(name) + ": ";
    std::string_view rest = answer.reply.fields;
    while (!rest.empty()) {
        auto const line = rest.substr(0, rest.find("\r\n"));
        if (line.starts_with(start))
            return std::string(line.substr(start.size()));
        rest.remove_prefix(line.size() + 2);
    }
    return std::nullopt;
}

// Whether the answer is the API's error of this status.
inline bool is_error(Answer const& answer, int status) {
    if (answer.reply.status != status)
        return false;
    auto const body = json(answer).as_object();
    return body.at("code") == status && !body.at("message").as_string().empty() && body.size() == 2;
}

} // namespace e2b::sim::test
