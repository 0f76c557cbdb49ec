#include "core/unique_tag.hpp"

#include "engine/random_bits.hpp"

#include <e2b/reconcile.hpp>

#include <utility>

namespace e2b::inline v0 {

SnapshotRequest with_unique_tag(SnapshotRequest request) {
    return core::with_tag_of(std::move(request), engine::random_bits());
}

} // namespace e2b::inline v0
