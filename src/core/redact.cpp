#include "core/redact.hpp"

#include <cstddef>
#include <utility>

namespace e2b::core {

namespace {

constexpr std::size_t least_size = 8;

void redact_id(std::string& text, std::string_view secret) {
    if (secret.size() >= least_size && text.size() >= secret.size())
        redact(text, secret);
}

} // namespace

void redact(std::string& text, std::string_view secret) {
    auto found = secret.empty() ? text.npos : text.find(secret);
    if (found == text.npos)
        return;
    std::string result;
    std::size_t done = 0;
    for (; found != text.npos; found = text.find(secret, done)) {
        result.append(text, done, found - done).append("***");
        done = found + secret.size();
    }
    text = std::move(result.append(text, done));
}

void redact_result(SnapshotInfo& info, std::string_view secret) {
    redact_id(info.snapshot_id, secret);
    for (auto& name : info.names)
        redact_id(name, secret);
}

void redact_result(SandboxInfo& info, std::string_view secret) {
    for (auto* text : {&info.sandbox_id, &info.template_id, &info.alias, &info.state, &info.started_at,
                       &info.end_at, &info.envd_version})
        redact_id(*text, secret);
    for (auto& [key, value] : info.metadata) {
        redact_id(key, secret);
        redact_id(value, secret);
    }
}

} // namespace e2b::core
