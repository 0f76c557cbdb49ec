#include "cli/basics/encoding.hpp"
#include "cli/basics/json_fields.hpp"
#include "cli/basics/key_form.hpp"
#include "cli/basics/repeated_key.hpp"
#include "cli/basics/same_file.hpp"
#include "cli/basics/timestamp.hpp"
#include "cli/basics/usage_error.hpp"
#include "cli/commands/commands.hpp"
#include "cli/fleet/reconciler.hpp"
#include "cli/input/input.hpp"
#include "cli/input/input_line.hpp"
#include "cli/input/line_joiner.hpp"
#include "cli/input/line_splitter.hpp"
#include "cli/journal/journal_state.hpp"
#include "cli/session/client_settings.hpp"
#include "cli/session/session.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using Finding = Reconciliation::Finding;

constexpr std::size_t at_a_time = 64; // as many questions as the reconciler asks

// The question of a record as the other subcommands print it; nothing where its outcome is known.
std::optional<Question> parse_record(std::string const& text, std::size_t number) {
    auto const refuse = [number](std::string const& problem) {
        throw UsageError("line " + std::to_string(number) + ": " + problem);
    };
    boost::system::error_code failed;
    auto const value = json::parse(text, failed);
    if (failed || !value.is_object())
        refuse("not a JSON object");
    if (auto const key = find_repeated_key(text))
        refuse(*key + ": stands twice in the object");
    auto const& object = value.get_object();
    if (text_at(object, "outcome").value_or("unknown") != "unknown")
        return std::nullopt;
    auto id = text_at(object, "sandboxID");
    if (!id)
        refuse("sandboxID: missing, or not a string");
    // Its end is the moment from which on nothing of it can have begun.
    auto const began =
        parse_time(text_at(object, "endedAt").value_or(text_at(object, "startedAt").value_or("")));
    if (!began)
        refuse("startedAt, or endedAt: must be a time such as 2026-11-24T05:03:12Z");
    if (*began > std::chrono::system_clock::now() + std::chrono::hours(24))
        refuse("startedAt: must be at most a day from now");
    auto const uniqueness = parse_uniqueness(text_at(object, "unique").value_or("none"));
    if (!uniqueness)
        refuse("unique: must be alias, tag or none");
    SnapshotRequest request(std::move(*id), text_at(object, "name"));
    request.memory = kind_at(object);
    if (*uniqueness != NameUniqueness::none && !request.name)
        refuse("unique: must be none, or left out, where there is no name");
    if (auto const problem = find_problem(request))
        refuse(*problem);
    if (is_key_form(request.sandbox_id) || is_key_form(request.name.value_or("")))
        refuse("has an API key in place of a sandbox id or a name");
    ReconcileRequest question(std::move(request), *began);
    question.uniqueness = *uniqueness;
    return Question(std::move(question));
}

// The questions of the records that were read so far.
class RecordReader {
public:
    explicit RecordReader(Input& input) : input_(input) {}

    // Completes at the end of the records, or when the input is stopped: then what was read is cut anywhere.
    // Throws UsageError for what is no record.
    asio::awaitable<void> read_all() {
        for (;;) {
            auto chunk = co_await input_.read();
            if (input_.stopped())
                co_return;
            bool const ended = chunk.empty();
            if (ended)
                splitter_.finish();
            else
                splitter_.feed(std::move(chunk));
            while (auto line = splitter_.next())
                take(std::move(*line));
            if (ended)
                break;
        }
        joiner_.finish();
        take_whole();
    }
    [[nodiscard]] std::vector<Question> take_questions() { return std::move(questions_); }

private:
    void take(LineSplitter::Line line) {
        if (line.too_long)
            throw UsageError("line " + std::to_string(line.number) + ": longer than " +
                             std::to_string(LineSplitter::max_line_bytes) + " bytes");
        if (line.number == 1) {
            require_utf8(input_.name(), line.text);
            line.text = without_bom(line.text);
        }
        joiner_.add(std::move(line));
        take_whole();
    }
    void take_whole() {
        while (auto const record = joiner_.next()) {
            if (is_blank(record->text))
                continue;
            if (auto question = parse_record(record->text, record->number))
                questions_.push_back(std::move(*question));
        }
    }

    Input& input_;
    LineSplitter splitter_;
    LineJoiner joiner_;
    std::vector<Question> questions_;
};

std::vector<Question> read_journal(std::string const& path, std::chrono::nanoseconds call_timeout) {
    JournalState state;
    state.load(path);
    std::optional<NameTemplate> names;
    if (state.run() && !state.run()->name_template.empty())
        names.emplace(state.run()->name_template);
    std::vector<Question> questions;
    for (auto const& [key, item] : state.items()) {
        if (!item.is_unknown())
            continue;
        auto const [request, copy] = JournalState::of_key(key);
        ReconcileRequest question(request, item.began_before(std::chrono::system_clock::now(), call_timeout));
        question.baseline = state.baseline(request, copy);
        if (names && request.name == names->expand(request.sandbox_id, state.run()->run))
            question.uniqueness = names->uniqueness();
        questions.emplace_back(std::move(question));
    }
    return questions;
}

std::string to_line(SnapshotRequest const& request, Reconciliation const& answer, OutputFormat format) {
    std::string text;
    if (format == OutputFormat::json) {
        JsonObjectWriter object(text);
        object.number("schema", std::to_string(record_schema));
        write_request(object, request);
        object.string("finding", to_string(answer.finding));
        if (answer.snapshot) {
            object.string("snapshotID", answer.snapshot->snapshot_id);
            object.strings("names", answer.snapshot->names);
        }
        object.string("sandbox", to_string(answer.sandbox));
        object.string("reason", answer.reason);
        if (answer.sure_from)
            object.string("sureFrom", format_time(*answer.sure_from));
        object.end();
    } else {
        text = to_string(answer.finding);
        text.resize(13, ' ');
        text += printable(request.sandbox_id) + "  ";
        if (answer.snapshot)
            text += printable(answer.snapshot->snapshot_id) + "  ";
        text += printable(answer.reason);
        if (answer.sure_from)
            text += "; sure from " + format_time(*answer.sure_from);
        text += " (sandbox: ";
        text += to_string(answer.sandbox);
        text += ')';
    }
    return text + '\n';
}

asio::awaitable<ExitCode> find_out(Session& session, OutputFormat format,
                                   std::optional<std::chrono::nanoseconds> settle,
                                   std::vector<Question> questions) {
    bool all = true;
    Reconciler::Sink const sink = [&](Question const& question, Reconciliation const& answer) {
        session.console().out(to_line(question.request.request, answer, format));
        all = all && answer.finding != Finding::unknown;
    };
    Reconciler reconciler(session.executor(), session.client(), settle, sink);
    session.interrupt().on_stop([&reconciler] { reconciler.stop(); });
    session.console().on_out_error([&reconciler] { reconciler.stop(); }); // nobody reads the answers
    for (auto& question : questions)
        reconciler.ask(std::move(question));
    co_await reconciler.drain();
    session.interrupt().on_stop({});
    session.console().on_out_error({});
    co_return all ? exit_all_created : exit_some_failed;
}

asio::awaitable<ExitCode> find_out_records(Session& session, ReconcileOptions const& options, Input& input) {
    session.interrupt().on_stop([&input] { input.stop(); });
    RecordReader reader(input);
    co_await reader.read_all();
    if (session.interrupt().stopping())
        co_return exit_interrupted;
    auto finding = find_out(session, output_format(options.send, session.console()), options.settle,
                            reader.take_questions());
    co_return co_await std::move(finding);
}

} // namespace

ExitCode run_command(ReconcileOptions const& options) {
    auto const read = options.journal ? UsedFile{"--journal " + *options.journal, *options.journal, -1}
                                      : used_list(options.file);
    require_different({used_stdout(), used_stderr(), read});
    auto config = client_settings(options.send, at_a_time);
    if (!options.journal) {
        Input input(options.file);
        Session session(std::move(config), options.send);
        return session.run([&](Session& running) { return find_out_records(running, options, input); });
    }
    auto questions = read_journal(*options.journal, config.timeout);
    Session session(std::move(config), options.send);
    return session.run([&](Session& running) {
        return find_out(running, output_format(options.send, running.console()), options.settle,
                        std::move(questions));
    });
}

} // namespace e2b::cli
