#include "core/redact.hpp"

#include <algorithm>
#include <cstddef>

namespace e2b::core {

namespace {

constexpr std::size_t least_size = 8;

void redact_id(std::string& text, std::string_view secret) {
    if (secret.size() >= least_size && text.size() >= secret.size())
        redact(text, secret);
}

} // namespace

// First out with the secret, then the cut.
std::string redacted(std::string_view text, std::string_view secret, std::size_t most) {
    std::string result;
    while (result.size() <= most && !text.empty()) {
        auto const found = secret.empty() ? text.npos : text.find(secret);
        result.append(text.substr(0, found));
        text.remove_prefix(std::min(found, text.size()));
        if (found == text.npos)
            break;
        result.append("***");
        text.remove_prefix(secret.size());
    }
    if (result.size() > most) {
        auto end = most;
        while (end != 0 && (static_cast<unsigned char>(result[end]) & 0xc0) == 0x80)
            --end;
        result.resize(end);
    }
    return result;
}

void redact(std::string& text, std::string_view secret) {
    if (!secret.empty() && text.find(secret) != text.npos)
        text = redacted(text, secret, text.npos);
}

void redact_result(SnapshotInfo& info, std::string_view secret) {
    redact_id(info.snapshot_id, secret);
    redact_id(info.status, secret);
    redact_result(info.names, secret);
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

void redact_result(TemplateTag& tag, std::string_view secret) {
    for (auto* text : {&tag.tag, &tag.build_id, &tag.created_at})
        redact_id(*text, secret);
}

void redact_result(TemplateInfo& info, std::string_view secret) {
    redact_id(info.template_id, secret);
    redact_result(info.names, secret);
    for (auto& build : info.builds)
        for (auto* text : {&build.build_id, &build.status, &build.created_at})
            redact_id(*text, secret);
}

void redact_result(std::string& id, std::string_view secret) {
    redact_id(id, secret);
}

} // namespace e2b::core
