#pragma once

#include "cli/report/history.hpp"

#include <string>

namespace e2b::cli {

// A report as one page of HTML that needs nothing else: no network and no script.
[[nodiscard]] std::string format_page(History const& history);

} // namespace e2b::cli
