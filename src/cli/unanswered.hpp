#pragma once

#include "cli/record.hpp"

#include <e2b/reconcile.hpp>

#include <cstddef>

namespace e2b::cli {

// An item whose outcome is unknown, and what is needed to find it out.
struct Unanswered {
    ReconcileRequest question;
    std::size_t line = 0;
    Record record; // what is said of it if it remains unknown
};

} // namespace e2b::cli
