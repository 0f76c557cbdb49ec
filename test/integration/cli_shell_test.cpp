// What shells and man(1) make of the texts that the command prints for them.
#include "integration/cli_process.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>

using namespace e2b::test;

namespace {

bool is_installed(std::string const& program) {
    return std::system(("command -v " + program + " > /dev/null 2>&1").c_str()) == 0;
}

// What bash offers for a command line; its last word is the one that is completed.
std::string bash_offers(std::string const& words, int word) {
    return run_shell("exec bash -c 'source <(\"$E2B\" completion bash) || exit 9\n"
                     "COMP_WORDS=(" +
                     words + ")\nCOMP_CWORD=" + std::to_string(word) +
                     "\n_e2b_snapshot\nprintf \"%s \" \"${COMPREPLY[@]}\"'")
        .out;
}

} // namespace

TEST_CASE("bash completes subcommands, options, values and files", "[cli][shell]") {
    CHECK(bash_offers("e2b-snapshot bu", 1) == "bulk ");
    CHECK(bash_offers("e2b-snapshot bulk --jour", 2) == "--journal ");
    CHECK(bash_offers("e2b-snapshot bulk --output ''", 3) == "json text ");
    CHECK(bash_offers("e2b-snapshot bulk --journal /etc/hostn", 3) == "/etc/hostname ");
    CHECK(bash_offers("e2b-snapshot bulk --rate ''", 3).find_first_not_of(' ') == std::string::npos);
    CHECK(bash_offers("e2b-snapshot completion z", 2) == "zsh ");
}

TEST_CASE("bash completes file names with blanks and other special characters", "[cli][shell]") {
    TemporaryDirectory const directory;
    directory.write("my list.txt", "");
    directory.write("my*.txt", "");
    auto const offers = [&](std::string const& before) {
        return run_shell("cd \"$DIRECTORY\" && exec bash -c 'source <(\"$E2B\" completion bash) || exit 9\n"
                         "COMP_WORDS=(e2b-snapshot bulk " +
                             before +
                             " my)\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_e2b_snapshot\n"
                             "printf \"[%s]\" \"${COMPREPLY[@]}\" | LC_ALL=C sort'",
                         {{"DIRECTORY", directory.path()}})
            .out;
    };
    for (std::string const before : {"", "--journal"}) {
        auto const offered = offers(before);
        INFO(offered);
        CHECK(offered.find("[my list.txt]") != std::string::npos);
        CHECK(offered.find("[my*.txt]") != std::string::npos);
        CHECK(std::ranges::count(offered, '[') == 2);
    }
}

TEST_CASE("fish completes subcommands and options", "[cli][shell]") {
    if (!is_installed("fish")) {
        WARN("SKIPPED: fish is not installed");
        return;
    }
    TemporaryDirectory const home;
    auto const offers = [&](std::string const& line) {
        return run_shell("\"$E2B\" completion fish > \"$HOME/it.fish\" && fish --no-config -c 'source "
                         "$HOME/it.fish; complete -C \"" +
                             line + "\"'",
                         {{"HOME", home.path()}})
            .out;
    };
    CHECK(offers("e2b-snapshot bu").find("bulk") == 0);
    CHECK(offers("e2b-snapshot bulk --jour").find("--journal") == 0);
    CHECK(offers("e2b-snapshot list --output t").find("text") == 0);
    CHECK(offers("e2b-snapshot he").find("help") == 0);
    CHECK(offers("e2b-snapshot help bu").find("bulk") == 0);
    CHECK(offers("e2b-snapshot bulk --he").find("--help") != std::string::npos);
}

TEST_CASE("zsh takes its completion", "[cli][shell]") {
    if (!is_installed("zsh")) {
        WARN("SKIPPED: zsh is not installed");
        return;
    }
    TemporaryDirectory const home;
    auto const loaded = run_shell(
        "mkdir \"$HOME/f\" && \"$E2B\" completion zsh > \"$HOME/f/_e2b-snapshot\" && zsh -n "
        "\"$HOME/f/_e2b-snapshot\" && zsh -fc 'fpath=($HOME/f $fpath); autoload -Uz compinit && compinit "
        "-u -d $HOME/dump && print $_comps[e2b-snapshot]'",
        {{"HOME", home.path()}});
    INFO(loaded.err);
    CHECK(loaded.exit_code == 0);
    CHECK(loaded.out == "_e2b-snapshot\n");
    // What it offers is not shown before somebody types; it knows the subcommand, and what may follow.
    auto const script = run_command({"completion", "zsh"}).out;
    CHECK(script.find("'help:Show help on a subcommand'") != std::string::npos);
    CHECK(script.find("help)\n            _arguments '1:subcommand:(") != std::string::npos);
}

TEST_CASE("man shows the manual page, and has nothing to say against it", "[cli][shell]") {
    if (!is_installed("man")) {
        WARN("SKIPPED: man is not installed");
        return;
    }
    TemporaryDirectory const home;
    auto const shown =
        run_shell("\"$E2B\" man-page > \"$HOME/page.1\" && LC_ALL=C MANWIDTH=80 man --warnings -l "
                  "\"$HOME/page.1\" | cat",
                  {{"HOME", home.path()}});
    CHECK(shown.exit_code == 0);
    CHECK(shown.err.empty());
    CHECK(shown.out.find("--journal FILE") != std::string::npos);
    CHECK(shown.out.find("NAME") != std::string::npos);
    std::istringstream text(shown.out);
    for (std::string line; std::getline(text, line);) {
        INFO(line);
        CHECK(line.size() <= 80);
    }
}
