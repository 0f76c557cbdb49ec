#pragma once

#include "cli/options/options.hpp"

#include <e2b/sandbox.hpp>

namespace e2b::cli {

// What a selection asks the platform for.
inline SandboxQuery query_of(Selection const& selection) {
    SandboxQuery query;
    query.metadata = selection.metadata;
    query.states = selection.states;
    query.template_id = selection.template_id;
    return query;
}

} // namespace e2b::cli
