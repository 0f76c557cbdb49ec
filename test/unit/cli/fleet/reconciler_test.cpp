#include "cli/fleet/reconciler.hpp"
#include "cli/session/session.hpp"
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

Question about(std::string sandbox_id, std::chrono::system_clock::time_point began) {
    return Question(ReconcileRequest(SnapshotRequest(std::move(sandbox_id)), began));
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
    Session session(std::move(config), SendOptions());
    auto const now = std::chrono::system_clock::now();
    std::vector<Question> questions;
    questions.push_back(about(ids.at(0), now + std::chrono::hours(48)));
    questions.push_back(about(ids.at(1), now - std::chrono::hours(1)));
    std::map<std::string, Reconciliation> answers;
    auto const find_out = [&](Session& running) -> boost::asio::awaitable<ExitCode> {
        Reconciler::Sink const sink = [&](Question const& question, Reconciliation answer) {
            answers[question.request.request.sandbox_id] = std::move(answer);
        };
        Reconciler reconciler(running.executor(), running.client(), std::nullopt, sink);
        for (auto& question : questions)
            reconciler.ask(std::move(question));
        co_await reconciler.drain();
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
    Session session(std::move(config), SendOptions());
    auto const began = std::chrono::system_clock::now();
    std::map<std::string, Reconciliation> answers;
    auto const find_out = [&](Session& running) -> boost::asio::awaitable<ExitCode> {
        Reconciler::Sink const sink = [&](Question const& question, Reconciliation answer) {
            answers[question.request.request.sandbox_id] = std::move(answer);
        };
        Reconciler as_the_client_says(running.executor(), running.client(), std::nullopt, sink);
        Reconciler as_asked(running.executor(), running.client(), std::chrono::hours(1), sink);
        running.interrupt().on_stop([&] {
            as_the_client_says.stop();
            as_asked.stop();
        });
        as_the_client_says.ask(about("iabc", began));
        as_asked.ask(about("idef", began));
        boost::asio::post(running.executor(), [] { std::raise(SIGINT); });
        co_await as_the_client_says.drain();
        co_await as_asked.drain();
        co_return exit_all_created;
    };
    CHECK(session.run(find_out) == exit_interrupted);
    REQUIRE(answers.size() == 2);
    CHECK(answers["iabc"].reason == "interrupted before it was found out");
    CHECK(answers["iabc"].sure_from == began + std::chrono::seconds(100));
    CHECK(answers["idef"].sure_from == began + std::chrono::hours(1));
}
