#include "core/reconcile.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace e2b::core {

namespace {

using Finding = Reconciliation::Finding;
using Moment = std::optional<std::chrono::system_clock::time_point>;
using Step = std::variant<Question, Reconciliation>;
using Rows = Evidence::Rows;

constexpr Moment never = std::nullopt;

// `[namespace/]alias[:tag]` as the platform compares it: without the namespace, in lower case.
struct NameParts {
    explicit NameParts(std::string_view name) {
        if (auto const slash = name.find('/'); slash != std::string_view::npos)
            name.remove_prefix(slash + 1);
        auto const colon = name.find(':');
        alias = base::to_lower(name.substr(0, colon));
        if (colon != std::string_view::npos)
            tag = base::to_lower(name.substr(colon + 1));
    }

    std::string alias;
    std::optional<std::string> tag;
};

Reconciliation created(std::string reason, SnapshotInfo snapshot) {
    Reconciliation result;
    result.finding = Finding::created;
    result.reason = std::move(reason);
    result.snapshot = std::move(snapshot);
    return result;
}

Reconciliation not_created(std::string reason) {
    Reconciliation result;
    result.finding = Finding::not_created;
    result.reason = std::move(reason);
    return result;
}

Reconciliation unknown(std::string reason, Moment sure_from) {
    Reconciliation result;
    result.reason = std::move(reason);
    result.sure_from = sure_from;
    return result;
}

// Of what an answer would have told.
Reconciliation unknown(std::string reason, std::optional<Failure> const& failure, Moment sure_from) {
    if (!failure)
        return unknown(std::move(reason), sure_from);
    bool const is_for_good = failure->error == Errc::no_such_endpoint;
    return unknown(std::move(reason) + ": " + failure->to_string(), is_for_good ? never : sure_from);
}

// The platform lists what is ready, and says nothing of it; some compatible servers list all, with a status.
enum class State : unsigned char { ready, failed, at_work };

State state_of(SnapshotInfo const& row) {
    auto const status = base::to_lower(row.status);
    if (status.empty() || status == "ready")
        return State::ready;
    return status == "failed" || status == "error" ? State::failed : State::at_work;
}

// Some compatible servers name what has no name by its id.
bool is_unnamed(SnapshotInfo const& row) {
    return std::ranges::all_of(row.names, [&](auto const& name) { return name == row.snapshot_id; });
}

bool is_in(std::optional<std::vector<std::string>> const& baseline, SnapshotInfo const& row) {
    return baseline && std::ranges::find(*baseline, row.snapshot_id) != baseline->end();
}

// A request without a name is found by what the sandbox has more than before.
class Unnamed {
public:
    Unnamed(ReconcileRequest const& request, Evidence const& evidence)
        : request_(request),
          evidence_(evidence) {}

    [[nodiscard]] Step next() const {
        if (!evidence_.of_sandbox)
            return Question::snapshots_of_sandbox;
        auto const& rows = evidence_.of_sandbox->value;
        if (!rows)
            return unknown("the sandbox's snapshots could not be listed", evidence_.of_sandbox->failure,
                           evidence_.settled_at);
        auto const added = added_to(*rows);
        if (added.empty())
            return not_created(request_.baseline ? "the sandbox has no snapshot that it did not have before"
                                                 : "the sandbox has no snapshot at all");
        if (!request_.baseline)
            return unknown("the sandbox has snapshots, and it is not known which it had before", never);
        return among(added);
    }

private:
    [[nodiscard]] Rows added_to(Rows const& rows) const {
        Rows added;
        std::ranges::copy_if(rows, std::back_inserter(added), [this](auto const& row) {
            return state_of(row) != State::failed && !is_in(request_.baseline, row);
        });
        return added;
    }

    // What a request without a name makes has none at first, but the platform lets a template be rebuilt
    // under one, and then shows it by that alone. So a named one is not taken for this request's, and yet it
    // is not disproved that this request made it.
    [[nodiscard]] Reconciliation among(Rows added) const {
        std::erase_if(added, [](auto const& row) { return !is_unnamed(row); });
        if (added.empty())
            return unknown("all that the sandbox has more than before has a name, which this request's may "
                           "have been given since",
                           never);
        if (added.size() > 1)
            return unknown("the sandbox has several snapshots more than before", never);
        if (state_of(added.front()) == State::at_work)
            return unknown("the sandbox has one snapshot more than before, but it is not ready",
                           evidence_.settled_at);
        return created("the sandbox has one snapshot more than before", added.front());
    }

    ReconcileRequest const& request_;
    Evidence const& evidence_;
};

// One with a name is found by that, as far as it is known to be the request's own.
class Named {
public:
    Named(ReconcileRequest const& request, Evidence const& evidence)
        : request_(request),
          evidence_(evidence),
          wanted_(*request.request.name),
          wanted_tag_(wanted_.tag.value_or("default")) {}

    [[nodiscard]] Step next() const {
        if (is_own() && !evidence_.of_sandbox)
            return Question::snapshots_of_sandbox;
        if (is_own())
            if (auto const* const made = find(evidence_.of_sandbox->value, State::ready))
                return created("the sandbox's snapshots show the name that only this request used", *made);
        if (!evidence_.tags)
            return Question::tags;
        auto const& tags = evidence_.tags->value;
        if (tags && *tags)
            return with_tags(**tags);
        if (!evidence_.of_name)
            return Question::snapshots_of_name;
        return without_tags();
    }

private:
    [[nodiscard]] bool is_own() const { return request_.uniqueness != NameUniqueness::none; }

    enum class Match : unsigned char { no, maybe, yes };

    [[nodiscard]] Match compare(std::string const& alias, std::optional<std::string> const& tag) const {
        if (alias != wanted_.alias || (tag && *tag != wanted_tag_))
            return Match::no;
        return tag || wanted_tag_ == "default" ? Match::yes : Match::maybe;
    }

    // By alias and tag, as servers that do not filter list others as well. Names may go without the tag,
    // which is in the id then.
    [[nodiscard]] Match compare(SnapshotInfo const& row) const {
        NameParts const id(row.snapshot_id);
        Match best = compare(id.alias, id.tag);
        for (auto const& name : row.names) {
            NameParts const parts(name);
            best = std::max(best, compare(parts.alias, parts.tag ? parts.tag : id.tag));
        }
        return best;
    }

    [[nodiscard]] SnapshotInfo const* find(std::optional<Rows> const& rows, State state) const {
        if (!rows)
            return nullptr;
        auto const found = std::ranges::find_if(
            *rows, [&](auto const& row) { return state_of(row) == state && compare(row) == Match::yes; });
        return found == rows->end() ? nullptr : &*found;
    }

    // The template is known. A tag is given before the build is begun.
    [[nodiscard]] Step with_tags(Evidence::Tags const& tags) const {
        if (std::ranges::none_of(tags, [this](auto const& each) { return has_wanted_tag(each); }))
            return not_created("the template of this alias has no such tag");
        if (!is_own())
            return unknown("the name is in use, and an earlier request may have made it", never);
        if (!evidence_.of_name)
            return Question::snapshots_of_name;
        if (auto const* const made = find(evidence_.of_name->value, State::ready))
            return created("a snapshot has the name that only this request used", *made);
        // Builds of ordinary templates are not listed as snapshots.
        if (!evidence_.builds)
            return Question::builds;
        return by_builds(tags);
    }

    [[nodiscard]] Step by_builds(Evidence::Tags const& tags) const {
        auto const& answer = *evidence_.builds;
        if (!answer.value || !*answer.value)
            return unknown("the tag shows that the request arrived, but its build could not be looked at",
                           answer.failure, evidence_.settled_at);
        auto const& built = **answer.value;
        auto const build = std::ranges::find_if(built.builds, [&](auto const& each) {
            return std::ranges::any_of(
                tags, [&](auto const& tag) { return has_wanted_tag(tag) && tag.build_id == each.build_id; });
        });
        if (build == built.builds.end())
            return built.has_next() ? Step(Question::builds)
                                    : unknown("the tag shows that the request arrived, but its build is not "
                                              "among those of the template",
                                              evidence_.settled_at);
        if (build->status == "ready")
            return created("the build of the tag that only this request used is ready", info(built));
        if (build->status == "error")
            return not_created("the build of the tag that only this request used has failed");
        return unknown("the platform shows the build of the tag as " + build->status, evidence_.settled_at);
    }

    // Nothing is said of a tag: the template is not found, or this server has no tags to ask for.
    [[nodiscard]] Reconciliation without_tags() const {
        auto const& rows = evidence_.of_name->value;
        if (auto const* const made = find(rows, State::ready))
            return is_own()
                       ? created("a snapshot has the name that only this request used", *made)
                       : unknown("a snapshot has this name, and an earlier request may have made it", never);
        if (find(rows, State::at_work) != nullptr || is_at_work_in_sandbox())
            return unknown("a snapshot has this name, but it is not ready", evidence_.settled_at);
        if (request_.uniqueness == NameUniqueness::alias && would_show_in_sandbox())
            return not_created("the sandbox's snapshots do not show the alias that only this request used");
        if (rows && !rows->empty())
            return unknown("this server does not filter by name: it lists others as well", never);
        if (!evidence_.tags->value)
            return unknown("no snapshot has this name, but it could be a build of an ordinary template, and "
                           "the tags of that could not be had",
                           evidence_.tags->failure, evidence_.settled_at);
        return not_found();
    }

    [[nodiscard]] Reconciliation not_found() const {
        auto const certain_from = evidence_.settled_at + missing_alias_cached_for;
        if (!evidence_.of_name->value)
            return unknown("the snapshots of the name could not be listed", evidence_.of_name->failure,
                           certain_from);
        if (evidence_.asked_at < certain_from)
            return unknown("the name is not found, but that may be an answer from before the request",
                           certain_from);
        return not_created("no template has this alias");
    }

    [[nodiscard]] bool is_at_work_in_sandbox() const {
        return evidence_.of_sandbox && find(evidence_.of_sandbox->value, State::at_work) != nullptr;
    }

    // Whether a snapshot under an alias of its own would be seen in the sandbox's list. There are servers
    // that show no names: to them each row could be it. One that filters by name knows and shows them.
    [[nodiscard]] bool would_show_in_sandbox() const {
        auto const& rows = evidence_.of_sandbox->value;
        if (!rows)
            return false;
        bool const all_are_others = std::ranges::all_of(*rows, [this](auto const& row) {
            return state_of(row) == State::failed || is_in(request_.baseline, row) ||
                   (!is_unnamed(row) && compare(row) == Match::no);
        });
        auto const& of_name = evidence_.of_name->value;
        return all_are_others || (of_name && of_name->empty());
    }

    [[nodiscard]] bool has_wanted_tag(TemplateTag const& each) const {
        return base::to_lower(each.tag) == wanted_tag_;
    }

    // As the platform prints it.
    [[nodiscard]] SnapshotInfo info(TemplateInfo const& built) const {
        auto const named = std::ranges::find_if(
            built.names, [this](auto const& name) { return NameParts(name).alias == wanted_.alias; });
        auto const& base = named == built.names.end() ? built.template_id : *named;
        return {base + ':' + wanted_tag_, built.names};
    }

    ReconcileRequest const& request_;
    Evidence const& evidence_;
    NameParts wanted_;
    std::string wanted_tag_;
};

} // namespace

Step next_step(ReconcileRequest const& request, Evidence const& evidence) {
    if (evidence.asked_at < evidence.settled_at)
        return unknown("the platform may still be at work on the request", evidence.settled_at);
    return request.request.name ? Named(request, evidence).next() : Unnamed(request, evidence).next();
}

} // namespace e2b::core
