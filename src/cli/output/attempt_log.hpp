#pragma once

#include "cli/output/console.hpp"

#include <e2b/observer.hpp>

#include <functional>
#include <string>
#include <utility>

namespace e2b::cli {

// Tells the user on stderr what the client meets on its way: each attempt where `verbose`, and why
// connections cannot be opened in any case, but the same reason only once in a row.
//
// Thread safety: the console's thread must be the only one that runs the client.
class AttemptLog : public ClientObserver {
public:
    AttemptLog(Console& console, bool verbose) : console_(console), verbose_(verbose) {}

    void on_attempt(AttemptReport const& report) override;
    void on_late_response(LateResponse const& response) override;
    void on_connect_failed(Errc error, boost::system::error_code const& cause,
                           std::string_view detail) override;
    void on_warning(std::string_view text) override;

    // Who is told of late responses besides; at most one.
    using LateHook = std::function<void(LateResponse const&)>;
    void tell_late(LateHook told) { late_hook_ = std::move(told); }

private:
    Console& console_;
    bool verbose_;
    std::string last_connect_problem_;
    LateHook late_hook_;
};

// One line for one attempt, without a line feed.
std::string format_attempt(AttemptReport const& report);
std::string format_late_response(LateResponse const& response);

} // namespace e2b::cli
