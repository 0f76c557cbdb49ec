#include "simulator/dialect.hpp"

namespace e2b::sim {
namespace {

// Self-hosted, as it was between February and July 2026.
Dialect older() {
    Dialect dialect;
    dialect.creates_by_v2 = false;
    dialect.filters_by_name = false;
    dialect.knows_memory = false;
    dialect.failure_kills = true;
    return dialect;
}

Dialect kruise() {
    Dialect dialect;
    dialect.prefix = "/kruise/api";
    dialect.names = Dialect::Names::none;
    dialect.ids = Dialect::Ids::brief;
    dialect.missing = Dialect::Missing::text_or_405;
    dialect.has_tags = false;
    dialect.has_aliases = false;
    dialect.creates_by_v2 = false;
    dialect.filters_by_name = false;
    dialect.knows_memory = false;
    dialect.has_alias_cache = false;
    dialect.hang_up_cancels = false;
    dialect.paused_is_400 = true;
    dialect.deletes_what_is_not = true;
    dialect.works_for = std::chrono::hours(24);
    dialect.trace_field = "X-Request-ID";
    return dialect;
}

Dialect cube() {
    Dialect dialect;
    dialect.prefix = "/cubeapi/v1";
    dialect.names = Dialect::Names::labels;
    dialect.ids = Dialect::Ids::snap;
    dialect.missing = Dialect::Missing::empty_or_405;
    dialect.has_tags = false;
    dialect.creates_by_v2 = false;
    dialect.filters_by_name = false;
    dialect.knows_memory = false;
    dialect.has_alias_cache = false;
    dialect.hang_up_cancels = false;
    dialect.busy_says_when = true;
    dialect.deletes_with_200 = true;
    dialect.rows_have_state = true;
    dialect.works_for = std::chrono::seconds(240);
    dialect.trace_field = {};
    return dialect;
}

// A server of sandboxes that knows no snapshots.
Dialect none() {
    Dialect dialect;
    dialect.missing = Dialect::Missing::text;
    dialect.has_snapshots = false;
    dialect.has_tags = false;
    dialect.has_aliases = false;
    return dialect;
}

} // namespace

Dialect Dialect::of(SimulatorOptions::Profile profile) {
    switch (profile) {
    case SimulatorOptions::Profile::e2b:
        return {};
    case SimulatorOptions::Profile::older:
        return older();
    case SimulatorOptions::Profile::kruise:
        return kruise();
    case SimulatorOptions::Profile::cube:
        return cube();
    case SimulatorOptions::Profile::none:
        return none();
    }
    return {};
}

} // namespace e2b::sim
