#include "core/request_encoder.hpp"

#include "base/ascii.hpp"
#include "core/secret.hpp"
#include "core/url.hpp"

#include <e2b/version.hpp>

#include <boost/json/serializer.hpp>

#include <algorithm>
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

std::size_t size_of(RequestEncoder::Headers const& headers) {
    std::size_t size = 0;
    for (auto const& [name, value] : headers)
        size += name.size() + value.size() + 4;
    return size;
}

// Of this name, without regard to case.
bool contains(RequestEncoder::Headers const& headers, std::string_view name) {
    return std::ranges::any_of(headers, [&](auto const& each) { return base::iequals(each.first, name); });
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
                 config.user_agent.empty() ? "e2b-snapshot-cpp/" E2B_SNAPSHOT_VERSION_STRING
                                           : config.user_agent);
    append_field(common_, "X-API-Key", config.api_key.reveal());
    append_field(common_, "Accept", "application/json");
    for (auto const& [name, value] : config.headers) {
        auto const begin = common_.size();
        append_field(common_, name, value);
        fields_.push_back({name, begin, common_.size() - begin});
    }
}

RequestEncoder::~RequestEncoder() {
    wipe(common_);
}

void RequestEncoder::create_snapshot(SnapshotRequest const& request, Headers const& headers,
                                     std::string& out) const {
    NameBuffer buffer;
    auto const name = request.name ? to_json(*request.name, buffer) : std::string_view();
    std::string_view const start = request.name ? "{\"name\":" : "{";
    std::string_view end = "}";
    if (request.memory == SnapshotKind::filesystem)
        end = request.name ? ",\"memory\":false}" : "\"memory\":false}";
    constexpr std::size_t other_bytes = 48; // what is left of the target and of the body
    renew(out, create_start_.size() + request.sandbox_id.size() + common_.size() + size_of(headers) +
                   name.size() + other_bytes + head_end_size);
    out.append(create_start_).append(request.sandbox_id).append("/snapshots");
    append_common(headers, out);
    append_head_end(start.size() + name.size() + end.size(), out);
    out.append(start).append(name).append(end);
}

void RequestEncoder::encode(std::string_view method, std::string_view target,
                            std::string_view json_body_or_empty, Headers const& headers,
                            std::string& out) const {
    renew(out, method.size() + prefix_.size() + target.size() + common_.size() + size_of(headers) +
                   json_body_or_empty.size() + 1 + head_end_size);
    out.append(method).append(" ").append(prefix_).append(target);
    append_common(headers, out);
    if (!json_body_or_empty.empty())
        append_head_end(json_body_or_empty.size(), out);
    else if (method == "POST")
        out.append("Content-Length: 0\r\n\r\n");
    else
        out.append("\r\n");
    out.append(json_body_or_empty);
}

std::size_t room_for_fields(std::string const& request) noexcept {
    constexpr std::size_t one_record = 16 * 1024;
    return one_record - std::min(one_record, request.size());
}

void insert_fields(RequestEncoder::Headers const& headers, std::string& request) {
    std::string whole;
    whole.reserve(request.size() + size_of(headers));
    auto const end = request.find("\r\n\r\n") + 2;
    std::string_view head(request.data(), end);
    while (!head.empty()) { // a request line has spaces before any colon, which no name has
        auto const line = head.substr(0, head.find("\r\n") + 2);
        if (!contains(headers, line.substr(0, line.find(':'))))
            whole.append(line);
        head.remove_prefix(line.size());
    }
    for (auto const& [name, value] : headers)
        append_field(whole, name, value);
    whole.append(request, end);
    request.swap(whole);
    wipe(whole);
}

void RequestEncoder::append_common(Headers const& headers, std::string& out) const {
    if (headers.empty()) {
        out.append(common_);
        return;
    }
    out.append(common_, 0, fields_.empty() ? common_.size() : fields_.front().begin);
    for (auto const& field : fields_) {
        if (!contains(headers, field.name))
            out.append(common_, field.begin, field.size);
    }
    for (auto const& [name, value] : headers)
        append_field(out, name, value);
}

} // namespace e2b::core
