#include "core/reconcile.hpp"

#include <algorithm>
#include <utility>

namespace e2b::core {

namespace {

using Finding = Reconciliation::Finding;

Reconciliation finding(Finding what, std::string reason, std::optional<SnapshotInfo> snapshot = {}) {
    Reconciliation result;
    result.finding = what;
    result.reason = std::move(reason);
    result.snapshot = std::move(snapshot);
    return result;
}

Reconciliation conclude_unnamed(ReconcileRequest const& request, Evidence const& evidence) {
    if (!evidence.of_sandbox)
        return finding(Finding::unknown, "the sandbox's snapshots could not be listed");
    std::vector<SnapshotInfo> added;
    for (auto const& snapshot : *evidence.of_sandbox) {
        auto const& before = request.baseline;
        if (!before || std::ranges::find(*before, snapshot.snapshot_id) == before->end())
            added.push_back(snapshot);
    }
    if (added.empty())
        return finding(Finding::not_created, request.baseline
                                                 ? "the sandbox has no snapshot that it did not have before"
                                                 : "the sandbox has no snapshot at all");
    if (!request.baseline)
        return finding(Finding::unknown,
                       "the sandbox has snapshots, and it is not known which it had before");
    // What a request without a name makes has none at first, but the platform lets a template be rebuilt
    // under one, and then shows it by that alone. So a named one is not taken for this request's, and yet it
    // is not disproved that this request made it.
    std::erase_if(added, [](auto const& each) { return !each.names.empty(); });
    if (added.empty())
        return finding(Finding::unknown, "all that the sandbox has more than before has a name, which this "
                                         "request's may have been given since");
    if (added.size() > 1)
        return finding(Finding::unknown, "the sandbox has several snapshots more than before");
    return finding(Finding::created, "the sandbox has one snapshot more than before", added.front());
}

SnapshotInfo const* find_alias(std::vector<SnapshotInfo> const& snapshots, std::string const& alias) {
    auto const found = std::ranges::find_if(snapshots, [&](auto const& snapshot) {
        return std::ranges::any_of(snapshot.names, [&](auto const& name) { return alias_of(name) == alias; });
    });
    return found == snapshots.end() ? nullptr : &*found;
}

Reconciliation conclude_named(ReconcileRequest const& request, Evidence const& evidence) {
    bool const decided_by_list = request.uniqueness == Uniqueness::alias && evidence.of_sandbox;
    // This list is never an old one, unlike the answer for a name, and tells even where that could not be
    // had.
    if (decided_by_list)
        if (auto const* const made = find_alias(*evidence.of_sandbox, alias_of(*request.request.name)))
            return finding(Finding::created,
                           "the sandbox's snapshots show the alias that only this request used", *made);
    if (!evidence.of_name)
        return decided_by_list
                   ? finding(Finding::not_created, "the sandbox's snapshots do not show the alias")
                   : finding(Finding::unknown, "the name could not be looked up");
    if (!evidence.of_name->empty()) {
        if (request.uniqueness == Uniqueness::none)
            return finding(Finding::unknown,
                           "a snapshot has this name, and an earlier request may have made it");
        return finding(Finding::created, "a snapshot has the name that only this request used",
                       evidence.of_name->front());
    }
    if (decided_by_list)
        return finding(Finding::not_created, "neither the sandbox's snapshots nor the name show one");
    if (evidence.since_start < server_works_for + missing_alias_cached_for)
        return finding(Finding::unknown,
                       "the name is not found, but that may be an answer from before the request");
    return finding(Finding::not_created, "no build has this name");
}

} // namespace

Reconciliation conclude(ReconcileRequest const& request, Evidence const& evidence) {
    if (evidence.since_start < server_works_for)
        return finding(Finding::unknown, "the platform may still be at work on the request");
    return request.request.name ? conclude_named(request, evidence) : conclude_unnamed(request, evidence);
}

std::string alias_of(std::string_view name) {
    if (auto const slash = name.find('/'); slash != std::string_view::npos)
        name.remove_prefix(slash + 1);
    std::string alias(name.substr(0, name.find(':')));
    std::ranges::transform(alias, alias.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return alias;
}

} // namespace e2b::core
