#pragma once

#include <e2b/config.hpp>
#include <e2b/snapshot.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace e2b::core {

/// Makes the bytes of requests. All that is the same in every request is laid out once; what is left is one
/// pass that appends to a buffer, which allocates nothing once the buffer has grown.
///
/// `ClientConfig::validate` and `check` bound every part so that a snapshot request stays below 16 KiB: one
/// TLS record.
class RequestEncoder {
public:
    /// Precondition: `config.validate()` does not throw.
    explicit RequestEncoder(ClientConfig const& config);
    RequestEncoder(RequestEncoder const&) = delete;
    RequestEncoder& operator=(RequestEncoder const&) = delete;
    /// Wipes the API key out of the prepared text.
    ~RequestEncoder();

    using Headers = std::vector<std::pair<std::string, std::string>>;

    /// Replaces `out` by `POST {prefix}/sandboxes/{id}/snapshots`. `headers` are of this request alone; one
    /// of the same name as the configuration's replaces that. Precondition: `check` of the request and of its
    /// options found nothing.
    void create_snapshot(SnapshotRequest const& request, Headers const& headers, std::string& out) const;

    /// Replaces `out` by any other request. `target` is the path and query below the base URL's prefix,
    /// already percent-encoded. Without a body there is neither `Content-Type` nor `Content-Length`, except
    /// for the length 0 of a POST.
    void encode(std::string_view method, std::string_view target, std::string_view json_body_or_empty,
                Headers const& headers, std::string& out) const;

private:
    // One of the configuration's headers: where it is in `common_`.
    struct Field {
        std::string name;
        std::size_t begin;
        std::size_t size;
    };

    void append_common(Headers const& headers, std::string& out) const;

    std::string prefix_;
    std::string create_start_;  ///< up to the sandbox's id
    std::string common_;        ///< from the HTTP version to the last field that every request has
    std::vector<Field> fields_; ///< the last of `common_`
};

// How many bytes of fields an encoded request can still take: it stays within one TLS record.
[[nodiscard]] std::size_t room_for_fields(std::string const& request) noexcept;
// Puts fields at the end of an encoded request's head, in place of those that have their names. No copy of
// what it holds is left behind.
void insert_fields(RequestEncoder::Headers const& headers, std::string& request);

} // namespace e2b::core
