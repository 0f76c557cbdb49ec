#pragma once

#include "core/proxy_url.hpp"
#include "core/url.hpp"

#include <e2b/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace e2b::core {

// The request for a tunnel to `url`. The proxy sees its own credentials, never the API key. To be wiped.
[[nodiscard]] std::string tunnel_request(Url const& url, ProxyUrl const& proxy);

// Reads a proxy's response to CONNECT. Up to five interim responses (1xx) may precede it.
class TunnelReply {
public:
    enum class State : unsigned char { need_more, open, refused };

    static constexpr std::size_t max_head = 32 * 1024;
    static constexpr int max_interim = 5;

    State feed(std::string_view bytes);

    // After `refused`.
    [[nodiscard]] Errc error() const noexcept { return error_; }
    [[nodiscard]] std::string const& detail() const noexcept { return detail_; }
    // The same request may fare better in a while: 502, 503, 504.
    [[nodiscard]] bool may_pass_later() const noexcept { return may_pass_later_; }

private:
    State finish(std::string const& code, bool ends_here);
    State refuse(Errc error, std::string detail);

    std::string head_;
    int interim_ = 0;
    Errc error_{};
    std::string detail_;
    bool may_pass_later_ = false;
};

} // namespace e2b::core
