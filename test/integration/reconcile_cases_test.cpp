// What can be found out of a request without an answer: every kind of name, every end, every kind of server.
#include "integration/runner.hpp"
#include "support/catch.hpp"

#include <e2b/client.hpp>
#include <e2b/reconcile.hpp>
#include <e2b/simulator.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <future>
#include <iostream>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace e2b;
using test::Runner;
using namespace std::chrono_literals;
using Profile = SimulatorOptions::Profile;
using Finding = Reconciliation::Finding;

namespace {

enum class Name {
    own_alias,
    new_alias,
    own_tag,
    used_tag,
    template_own_tag,
    template_new_tag,
    known,
    unnamed
};
enum class End { made, made_late, not_made, failed, abandoned };

struct Column {
    Profile profile;
    char const* title;
    std::chrono::seconds time_limit;
};
constexpr std::array columns = {
    Column{Profile::e2b, "e2b", 90s},       Column{Profile::older, "older", 90s},
    Column{Profile::kruise, "kruise", 90s}, Column{Profile::cube, "cube", 250s},
    Column{Profile::none, "none", 90s},
};

struct Row {
    Name name;
    char const* title;
};
constexpr std::array rows = {
    Row{Name::own_alias, "a new alias, the request's own"},
    Row{Name::new_alias, "a new alias, perhaps of others too"},
    Row{Name::own_tag, "a tag of its own, of a snapshot"},
    Row{Name::used_tag, "a tag that a snapshot has"},
    Row{Name::template_own_tag, "a tag of its own, of an ordinary template"},
    Row{Name::template_new_tag, "a new tag of an ordinary template, perhaps of others too"},
    Row{Name::known, "no name, and what was there before is known"},
    Row{Name::unnamed, "no name"},
};
constexpr std::array ends = {End::made, End::made_late, End::not_made, End::failed, End::abandoned};

struct Case {
    Name name;
    End end;
    SnapshotRequest request;
    NameUniqueness uniqueness = NameUniqueness::none;
    std::optional<std::vector<std::string>> baseline;
    std::string other; // a sandbox whose snapshot has the alias already
};

struct Unknowns {
    int at_once = 0;
    int later = 0;
};

// A server, and one request for each name and end, none of which is answered.
class Fleet {
public:
    explicit Fleet(Column const& column)
        : column_(column),
          platform_(options(column.profile)),
          client_(runner_.executor(), config()) {
        prepare();
        send();
    }
    ~Fleet() {
        auto end = client_.close(0s);
        runner_.run(std::move(end));
    }
    Fleet(Fleet const&) = delete;
    Fleet& operator=(Fleet const&) = delete;

    [[nodiscard]] std::vector<Case> const& cases() const { return cases_; }
    void advance(std::chrono::seconds time) { platform_.advance(time); }

    // As if it began so long before.
    [[nodiscard]] Reconciliation ask(Case const& of, std::chrono::seconds ago) {
        ReconcileRequest question(of.request, std::chrono::system_clock::now() - ago);
        question.uniqueness = of.uniqueness;
        question.baseline = of.baseline;
        return runner_.run(reconcile(client_, std::move(question)));
    }

    // What it really made.
    [[nodiscard]] std::set<std::string> made(Case const& of) const {
        std::set<std::string> ids;
        auto const records = platform_.snapshots();
        for (auto record = records.begin() + static_cast<std::ptrdiff_t>(before_); record != records.end();
             ++record)
            if (record->sandbox_id == of.request.sandbox_id)
                ids.insert(record->snapshot_id);
        return ids;
    }
    [[nodiscard]] bool is_alive(Case const& of) const { return platform_.is_alive(of.request.sandbox_id); }

private:
    static SimulatorOptions options(Profile profile) {
        SimulatorOptions options;
        options.profile = profile;
        options.sandboxes = 0;
        options.slots_per_node = 0;
        options.manual_time = true;
        options.latency = 4s;
        options.status_delay = 60s;
        return options;
    }

    [[nodiscard]] ClientConfig config() const {
        auto config = test::config_for(platform_);
        config.platform_time_limit = column_.time_limit;
        return config;
    }

    [[nodiscard]] bool has_snapshots() const { return column_.profile != Profile::none; }

    // Each case has a sandbox of its own, with a snapshot from before.
    void prepare() {
        int number = 0;
        for (auto const& row : rows)
            for (auto const end : ends)
                cases_.push_back(make_case(row.name, end, std::to_string(number++)));
        std::vector<std::future<Result<SnapshotInfo>>> earlier;
        std::vector<std::future<Result<SnapshotInfo>>> others;
        for (auto const& each : cases_)
            earlier.push_back(runner_.start(client_.try_create_snapshot(each.request.sandbox_id)));
        for (auto const& each : cases_)
            if (!each.other.empty())
                others.push_back(runner_.start(client_.try_create_snapshot(SnapshotRequest(
                    each.other, each.request.name->substr(0, each.request.name->find(':'))))));
        if (has_snapshots())
            REQUIRE(platform_.wait_for_in_flight(earlier.size() + others.size()));
        platform_.advance(70s);
        for (std::size_t i = 0; i != cases_.size(); ++i) {
            auto const result = earlier[i].get();
            REQUIRE(result.has_value() == has_snapshots());
            if (cases_[i].name == Name::known)
                cases_[i].baseline.emplace(has_snapshots() ? std::vector{result->snapshot_id}
                                                           : std::vector<std::string>());
        }
        for (auto& each : others)
            REQUIRE(each.get().has_value() == has_snapshots());
        before_ = platform_.snapshots().size();
    }

    Case make_case(Name name, End end, std::string const& number) {
        Case made{name, end, SnapshotRequest(platform_.add_sandbox()), NameUniqueness::none, {}, {}};
        auto const alias = "alias-" + number;
        switch (name) {
        case Name::own_alias:
            made.uniqueness = NameUniqueness::alias;
            made.request.name = alias;
            break;
        case Name::new_alias:
            made.request.name = alias;
            break;
        case Name::own_tag:
            made.uniqueness = NameUniqueness::tag;
            made.request = with_unique_tag({made.request.sandbox_id, alias});
            made.other = platform_.add_sandbox();
            break;
        case Name::used_tag:
            made.request.name = alias;
            made.other = platform_.add_sandbox();
            break;
        case Name::template_own_tag:
            platform_.add_template(alias);
            made.uniqueness = NameUniqueness::tag;
            made.request = with_unique_tag({made.request.sandbox_id, alias});
            break;
        case Name::template_new_tag:
            platform_.add_template(alias);
            made.request.name = alias + ":v2";
            break;
        case Name::known:
        case Name::unnamed:
            break;
        }
        return made;
    }

    // All at the same time: those that are hung up on have clients of their own.
    void send() {
        Client abandoning(runner_.executor(), config());
        Client leaving_late(runner_.executor(), config());
        std::vector<std::future<Result<SnapshotInfo>>> calls;
        std::size_t at_work = 0;
        for (auto const& each : cases_) {
            auto& client = each.end == End::abandoned   ? abandoning
                           : each.end == End::made_late ? leaving_late
                                                        : client_;
            if (each.end == End::made || each.end == End::not_made)
                platform_.script(each.request.sandbox_id,
                                 SimulatorFault::close(each.end == End::made
                                                           ? SimulatorFault::Moment::after
                                                           : SimulatorFault::Moment::before));
            at_work += each.end == End::not_made ? 0 : 1;
            calls.push_back(runner_.start(client.try_create_snapshot(each.request)));
        }
        if (has_snapshots())
            REQUIRE(platform_.wait_for_in_flight(at_work));
        else
            std::ranges::for_each(calls, [](auto const& call) { call.wait(); });
        platform_.advance(1s);
        for (auto const& each : cases_)
            if (each.end == End::failed)
                platform_.kill_sandbox(each.request.sandbox_id);
        hang_up(abandoning);
        platform_.advance(5s); // the sandboxes run again, and what they made is not ready yet
        hang_up(leaving_late);
        platform_.advance(60s);
        for (auto& call : calls) {
            auto const result = call.get();
            REQUIRE_FALSE(result);
            INFO(result.error().to_string());
            CHECK((result.outcome() == Outcome::unknown) == has_snapshots());
        }
    }

    // And waits until the server has noticed: there was a connection for each request.
    void hang_up(Client& client) {
        auto const open = platform_.stats().connections_open;
        runner_.run(client.close(0s));
        auto const until = std::chrono::steady_clock::now() + 20s;
        auto const left = [&] {
            return platform_.stats().connections_open + (has_snapshots() ? rows.size() : 0);
        };
        while (left() > open && std::chrono::steady_clock::now() < until)
            std::this_thread::sleep_for(1ms);
        REQUIRE(left() <= open);
    }

    Column column_;
    Runner runner_;
    Simulator platform_;
    Client client_;
    std::vector<Case> cases_;
    std::size_t before_ = 0;
};

// Whether an answer claims nothing that is not so.
void check_claims(Fleet const& fleet, Case const& of, Reconciliation const& answer) {
    auto const made = fleet.made(of);
    CAPTURE(static_cast<int>(of.name), static_cast<int>(of.end), answer.reason, made.size());
    if (answer.finding == Finding::created) {
        REQUIRE(answer.snapshot);
        CHECK(made.contains(answer.snapshot->snapshot_id));
    }
    if (answer.finding == Finding::not_created)
        CHECK(made.empty());
    if (answer.sandbox == Reconciliation::Sandbox::running)
        CHECK(fleet.is_alive(of));
    CHECK(answer.sure_from.has_value() <= (answer.finding == Finding::unknown));
}

std::string table(std::vector<std::vector<Unknowns>> const& cells) {
    std::ostringstream text;
    text << "| name |";
    for (auto const& column : columns)
        text << ' ' << column.title << " |";
    text << "\n|---|";
    for (std::size_t i = 0; i != columns.size(); ++i)
        text << "---|";
    text << '\n';
    for (std::size_t row = 0; row != rows.size(); ++row) {
        text << "| " << rows[row].title << " |";
        for (auto const& cell : cells[row]) {
            text << ' ' << cell.at_once;
            if (cell.later != cell.at_once)
                text << ", " << cell.later;
            text << " |";
        }
        text << '\n';
    }
    return text.str();
}

} // namespace

TEST_CASE("of a request without an answer nothing is claimed that is not so", "[reconcile]") {
    std::vector<std::vector<Unknowns>> cells(rows.size(), std::vector<Unknowns>(columns.size()));
    for (std::size_t column = 0; column != columns.size(); ++column) {
        CAPTURE(columns[column].title);
        Fleet fleet(columns[column]);
        auto const limit = columns[column].time_limit;
        fleet.advance(limit - 66s);
        std::vector<Reconciliation> answers;
        for (auto const& each : fleet.cases()) {
            answers.push_back(fleet.ask(each, limit + 1s));
            bool const is_unknown = answers.back().finding == Finding::unknown;
            cells[static_cast<std::size_t>(each.name)][column].at_once += is_unknown ? 1 : 0;
        }
        fleet.advance(301s);
        for (auto const& each : fleet.cases()) {
            answers.push_back(fleet.ask(each, limit + 302s));
            bool const is_unknown = answers.back().finding == Finding::unknown;
            cells[static_cast<std::size_t>(each.name)][column].later += is_unknown ? 1 : 0;
        }
        fleet.advance(3600s); // nothing more comes of what was said not to be
        for (std::size_t i = 0; i != answers.size(); ++i)
            check_claims(fleet, fleet.cases()[i % fleet.cases().size()], answers[i]);
    }
    auto const text = table(cells);
    std::ifstream file(E2B_SOURCE_DIR "/test/README.md");
    std::string const readme((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (readme.find(text) == std::string::npos) {
        std::cout << text;
        FAIL("test/README.md shows another table");
    }
}
