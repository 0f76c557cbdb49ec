#include "core/request_encoder.hpp"

#include "core/secret.hpp"
#include "core/url.hpp"

#include <boost/json/serializer.hpp>

#include <array>
#include <cassert>
#include <charconv>

namespace e2b::core {

namespace {

// A name of 255 bytes if JSON escaped every one of them, and its quotes.
using NameBuffer = std::array<char, 255 * 6 + 2>;

std::string_view to_json(std::string_view name, NameBuffer& buffer) {
    boost::json::serializer serializer;
    serializer.reset(boost::json::string_view(name.data(), name.size()));
    auto const text = serializer.read(buffer.data(), buffer.size());
    assert(serializer.done());
    return {text.data(), text.size()};
}

// More than what `append_head_end` appends.
constexpr std::size_t head_end_size = 80;

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

void append_head_end(std::size_t body_size, std::string& out) {
    std::array<char, 20> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), body_size).ptr;
    out.append("Content-Type: application/json\r\nContent-Length: ")
        .append(digits.data(), end)
        .append("\r\n\r\n");
}

} // namespace

RequestEncoder::RequestEncoder(ClientConfig const& config) {
    auto const url = parse_base_url(config.base_url);
    prefix_ = url.prefix;
    create_start_ = "POST " + prefix_ + "/sandboxes/";
    // Room for all of it, so that no copy of the key is left behind in a buffer that was outgrown.
    common_.reserve(16 * 1024);
    common_ = " HTTP/1.1\r\n";
    append_field(common_, "Host", url.host_header);
    append_field(common_, "User-Agent",
                 config.user_agent.empty() ? "e2b-snapshot-cpp/" E2B_SNAPSHOT_VERSION : config.user_agent);
    append_field(common_, "X-API-Key", config.api_key.reveal());
    append_field(common_, "Accept", "application/json");
    for (auto const& [name, value] : config.headers)
        append_field(common_, name, value);
}

RequestEncoder::~RequestEncoder() {
    wipe(common_);
}

void RequestEncoder::create_snapshot(SnapshotRequest const& request, std::string& out) const {
    NameBuffer buffer;
    auto const name = request.name ? to_json(*request.name, buffer) : std::string_view();
    constexpr std::string_view before_name = "{\"name\":";
    renew(out, create_start_.size() + request.sandbox_id.size() + common_.size() + name.size() + 32 +
                   head_end_size);
    out.append(create_start_).append(request.sandbox_id).append("/snapshots").append(common_);
    if (request.name) {
        append_head_end(before_name.size() + name.size() + 1, out);
        out.append(before_name).append(name).append("}");
    } else {
        append_head_end(2, out);
        out.append("{}");
    }
}

void RequestEncoder::encode(std::string_view method, std::string_view target,
                            std::string_view json_body_or_empty, std::string& out) const {
    renew(out, method.size() + prefix_.size() + target.size() + common_.size() + json_body_or_empty.size() +
                   1 + head_end_size);
    out.append(method).append(" ").append(prefix_).append(target).append(common_);
    if (!json_body_or_empty.empty())
        append_head_end(json_body_or_empty.size(), out);
    else if (method == "POST")
        out.append("Content-Length: 0\r\n\r\n");
    else
        out.append("\r\n");
    out.append(json_body_or_empty);
}

} // namespace e2b::core
