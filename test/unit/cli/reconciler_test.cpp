#include "cli/reconciler.hpp"
#include "support/catch.hpp"

#include <e2b/simulator.hpp>

#include <boost/asio/post.hpp>

#include <chrono>
#include <csignal>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace e2b;
using namespace e2b::cli;

namespace {

Unanswered about(std::string sandbox_id, std::chrono::system_clock::time_point began) {
    return {ReconcileRequest(SnapshotRequest(std::move(sandbox_id)), began), 0, {}};
}

} // namespace

// As after a clock that was set back by days.
TEST_CASE("a question that cannot be asked stays unknown, with the reason, and the others are asked",
          "[cli][reconcile]") {
    Simulator const simulator;
    auto const ids = simulator.sandbox_ids();
    ClientConfig config;
    config.base_url = simulator.url();
    config.api_key = simulator.api_key();
    config.tls.ca_pem = simulator.ca_pem();
    Session session(std::move(config), false);
    auto const now = std::chrono::system_clock::now();
    std::vector<Unanswered> questions;
    questions.push_back(about(ids.at(0), now + std::chrono::hours(48)));
    questions.push_back(about(ids.at(1), now - std::chrono::hours(1)));
    std::map<std::string, Reconciliation> answers;
    auto const find_out = [&](Session& running) -> boost::asio::awaitable<ExitCode> {
        Reconciler reconciler(running);
        Reconciler::Sink const sink = [&](Unanswered const& item, Reconciliation answer) {
            answers[item.question.request.sandbox_id] = std::move(answer);
        };
        auto work = reconciler.answer(std::move(questions), sink);
        co_await std::move(work);
        co_return exit_all_created;
    };
    CHECK(session.run(find_out) == exit_all_created);
    REQUIRE(answers.size() == 2);
    CHECK(answers[ids[0]].finding == Reconciliation::Finding::unknown);
    CHECK(answers[ids[0]].reason.find("it cannot be asked: started_at: must be") == 0);
    CHECK_FALSE(answers[ids[0]].sure_from);
    CHECK(answers[ids[1]].finding == Reconciliation::Finding::not_created);
}

TEST_CASE("an interrupted question says from when on it can be asked", "[cli][reconcile]") {
    Simulator const simulator;
    ClientConfig config;
    config.base_url = simulator.url();
    config.api_key = simulator.api_key();
    config.tls.ca_pem = simulator.ca_pem();
    config.platform_time_limit = std::chrono::seconds(100);
    Session session(std::move(config), false);
    auto const began = std::chrono::system_clock::now();
    std::vector<Unanswered> questions;
    questions.push_back(about("iabc", began));
    questions.push_back(about("idef", began));
    questions.back().question.settle_time = std::chrono::hours(1);
    std::map<std::string, Reconciliation> answers;
    auto const find_out = [&](Session& running) -> boost::asio::awaitable<ExitCode> {
        Reconciler reconciler(running);
        Reconciler::Sink const sink = [&](Unanswered const& item, Reconciliation answer) {
            answers[item.question.request.sandbox_id] = std::move(answer);
        };
        boost::asio::post(running.executor(), [] { std::raise(SIGINT); });
        auto work = reconciler.answer(std::move(questions), sink);
        co_await std::move(work);
        co_return exit_all_created;
    };
    CHECK(session.run(find_out) == exit_interrupted);
    REQUIRE(answers.size() == 2);
    CHECK(answers["iabc"].reason == "interrupted before it was found out");
    CHECK(answers["iabc"].sure_from == began + std::chrono::seconds(100));
    CHECK(answers["idef"].sure_from == began + std::chrono::hours(1));
}
