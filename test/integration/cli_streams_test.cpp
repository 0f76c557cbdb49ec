// Files, disks and standard streams as shells, cron and containers hand them to the command.
#include "integration/cli_place.hpp"
#include "support/catch.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("where the journal cannot be synced, nothing of that batch is sent", "[cli][journal][disk]") {
    for (std::string const error : {"EROFS", "EIO", "EINVAL", "ENOSPC"}) {
        Place const place;
        auto const finished =
            place.run(with_faults("FAIL_FDATASYNC=" + error, "bulk ids.txt --journal run.jsonl"));
        INFO(error << finished.err);
        CHECK(finished.exit_code == 1);
        CHECK_THAT(finished.err, ContainsSubstring("cannot write the journal"));
        CHECK(place.requests() == 0);
    }
}

TEST_CASE("a disk that fails in the middle of a run ends it, and what was sent is in the journal",
          "[cli][journal][disk]") {
    Place const place(50);
    auto const finished = place.run(with_faults("FAIL_FDATASYNC=EROFS GOOD_FDATASYNCS=5",
                                                "bulk ids.txt --journal run.jsonl --concurrency 2"));
    CHECK(finished.exit_code == 1);
    CHECK(place.requests() < 50);
    auto const journal = place.directory.read("run.jsonl");
    for (auto const& made : place.platform.simulator.snapshots())
        CHECK_THAT(journal, ContainsSubstring(R"({"event":"try","sandboxID":")" + made.sandbox_id));
}

TEST_CASE("a new journal whose directory cannot be synced is refused", "[cli][journal][disk]") {
    Place const place;
    auto const finished = place.run(with_faults("FAIL_FSYNC=EIO", "bulk ids.txt --journal run.jsonl"));
    CHECK(finished.exit_code == 2);
    CHECK_THAT(finished.err, ContainsSubstring("its directory cannot be synced"));
    CHECK(place.requests() == 0);
}

TEST_CASE("a link to a journal has the directory synced that the journal is in", "[cli][journal][disk]") {
    Place const place;
    auto const finished = place.run("mkdir far; ln -s far/run.jsonl run.jsonl; "
                                    "ASAN_OPTIONS=detect_leaks=0 strace -f -y -e trace=fsync -o calls "
                                    "\"$E2B\" bulk ids.txt --journal run.jsonl");
    if (finished.exit_code == 127) {
        WARN("SKIPPED: there is no strace");
        return;
    }
    CHECK(finished.exit_code == 0);
    CHECK_THAT(place.directory.read("calls"), ContainsSubstring("fsync(") && ContainsSubstring("/far>"));
}

TEST_CASE("an ext4 that was aborted ends the run, and what was sent is known after a remount",
          "[cli][journal][disk]") {
    Place place(frozen(40));
    // In a mount namespace of its own, so that nothing is left behind.
    place.directory.write("run.sh", R"(
        cd "$DIR"
        dd if=/dev/zero of=disk bs=1M count=16 status=none && mkfs.ext4 -q disk && mkdir mnt &&
            mount -o loop,errors=remount-ro disk mnt && trigger=/sys/fs/ext4/$(basename $(findmnt -no SOURCE mnt))/trigger_fs_error &&
            test -w $trigger || { echo "no ext4" >&2; exit 77; }
        echo mounted >&2
        "$E2B" bulk ids.txt --journal mnt/run.jsonl --concurrency 4 &
        read line
        echo test > $trigger
        echo aborted >&2
        wait $!
        code=$?
        umount mnt && mount -o loop disk mnt && cp mnt/run.jsonl after.jsonl; umount mnt
        exit $code
    )");
    auto process = Process::shell("exec unshare -m sh \"$DIR/run.sh\"", place.environment());
    if (!process.wait_for_err("mounted")) {
        process.wait();
        WARN("SKIPPED: no ext4 can be mounted and aborted here: " << process.err());
        return;
    }
    REQUIRE(place.platform.simulator.wait_for_in_flight(4));
    process.write("\n");
    REQUIRE(process.wait_for_err("aborted"));
    place.platform.simulator.advance(1s);
    CHECK(process.wait() == 1);
    CHECK_THAT(process.err(), ContainsSubstring("cannot write the journal"));
    CHECK(place.requests() == 4);
    auto const journal = place.directory.read("after.jsonl");
    for (auto const& made : place.platform.simulator.snapshots())
        CHECK_THAT(journal, ContainsSubstring(R"({"event":"try","sandboxID":")" + made.sandbox_id));
}

TEST_CASE("a journal is for its owner alone", "[cli][journal]") {
    Place const place;
    CHECK(place.run("umask 0; \"$E2B\" bulk ids.txt --journal run.jsonl").exit_code == 0);
    struct stat status{};
    REQUIRE(::stat(place.directory.file("run.jsonl").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("what is no regular file is no journal", "[cli][journal]") {
    Place const place;
    CHECK(place.run("mkfifo pipe").exit_code == 0);
    for (std::string const path : {"/dev/null", "pipe", "."}) {
        auto const finished = place.run("\"$E2B\" bulk ids.txt --journal " + path);
        CHECK(finished.exit_code == 2);
        CHECK_THAT(finished.err, ContainsSubstring("--journal " + path + ": is not a regular file"));
    }
    CHECK(place.requests() == 0);
}

TEST_CASE("no file is both read and written, whatever the shell calls it", "[cli][streams]") {
    for (std::string const script : {
             "\"$E2B\" bulk ids.txt --journal run.jsonl > run.jsonl",
             "\"$E2B\" bulk ids.txt --journal run.jsonl 2> run.jsonl",
             "\"$E2B\" bulk ids.txt --journal ids.txt",
             "\"$E2B\" bulk ids.txt --journal ids.txt --resume",
             "ln ids.txt link; \"$E2B\" bulk ids.txt >> link",
             "\"$E2B\" bulk ids.txt >> ids.txt",
             "\"$E2B\" bulk ids.txt 2>> ids.txt",
             "\"$E2B\" bulk - < ids.txt >> ids.txt",
             "mkfifo pipe; timeout 20 \"$E2B\" bulk - <> pipe >&0",
             "\"$E2B\" create - < ids.txt >> ids.txt",
             "\"$E2B\" create - < ids.txt 2>> ids.txt",
             "\"$E2B\" bulk - --dry-run < ids.txt >> ids.txt",
             "touch r; \"$E2B\" reconcile - < r >> r",
             "touch r; \"$E2B\" reconcile r >> r",
             "touch r; \"$E2B\" reconcile --journal r >> r",
             "touch r; \"$E2B\" report r >> r",
             "\"$E2B\" simulate --ledger made.jsonl > made.jsonl",
             "\"$E2B\" simulate --ledger ids.new --ids ids.new",
             // That are not there yet.
             "\"$E2B\" bulk ids.txt --journal x.jsonl --report x.jsonl",
             "\"$E2B\" bulk ids.txt --journal x.jsonl --report \"$PWD/x.jsonl\"",
             "mkdir d; ln -s d e; \"$E2B\" bulk ids.txt --journal d/x.jsonl --report e/x.jsonl",
             "ln -s target link; \"$E2B\" bulk ids.txt --journal link --report target",
             "ln -s \"$PWD/target\" one; ln -s one two; \"$E2B\" bulk ids.txt --journal two --report target",
             "\"$E2B\" simulate --ledger new --ids \"$PWD/new\"",
             "ln -s new link; \"$E2B\" simulate --ledger ./link --ids new",
             "echo k > key; \"$E2B\" bulk ids.txt --api-key-file key --report key",
             "cp \"$SSL_CERT_FILE\" ca; \"$E2B\" bulk ids.txt --ca-file ca --report ca",
         }) {
        Place const place;
        auto const before = place.directory.read("ids.txt");
        auto const finished = place.run(script);
        INFO(script << ": " << finished.err);
        CHECK(finished.exit_code == 2);
        CHECK(place.requests() == 0);
        bool const is_list_for_messages = script.find("2>> ids.txt") != std::string::npos;
        CHECK((is_list_for_messages || place.directory.read("ids.txt") == before));
    }
}

TEST_CASE("results and messages may go to one file, and a terminal or /dev/null to all", "[cli][streams]") {
    Place const place;
    CHECK(place.run("\"$E2B\" bulk ids.txt --journal run.jsonl > log 2>&1").exit_code == 0);
    CHECK_THAT(place.directory.read("log"), ContainsSubstring("5 of 5 created"));
    CHECK(place.run("\"$E2B\" bulk - < /dev/null > /dev/null 2> /dev/null").exit_code == 0);
}

TEST_CASE("a closed stdin is no list", "[cli][streams]") {
    Place const place;
    for (std::string const command : {"bulk", "create", "reconcile"}) {
        auto const finished = place.run("\"$E2B\" " + command + " - <&-");
        CHECK(finished.exit_code == 2);
        CHECK_THAT(finished.err, ContainsSubstring("stdin is closed"));
        CHECK(finished.err.find("name of a file") == std::string::npos); // create takes none
    }
}

TEST_CASE("where stdout cannot be written, nothing is sent", "[cli][streams]") {
    for (std::string const stream : {">&-", "1< ids.txt", "1< /dev/null"}) {
        for (std::string const command :
             {"bulk ids.txt", "bulk ids.txt --journal run.jsonl", "create i0000000000000000000x", "list",
              "sandboxes", "report ids.txt", "simulate"}) {
            Place const place;
            auto const finished = place.run("\"$E2B\" " + command + ' ' + stream);
            INFO(command << ' ' << stream << ": " << finished.err);
            CHECK(finished.exit_code == 2);
            CHECK_THAT(finished.err, ContainsSubstring("stdout"));
            CHECK(place.platform.simulator.stats().requests == 0);
        }
    }
    Place const place;
    // A pipe whose reader is gone.
    auto const finished =
        place.run("mkfifo pipe; exec 4<> pipe 5> pipe; exec 4<&-; \"$E2B\" bulk ids.txt >&5");
    CHECK(finished.exit_code == 2);
    CHECK(place.requests() == 0);
}

TEST_CASE("a closed stderr takes nothing of the results", "[cli][streams]") {
    Place const place;
    auto const finished = place.run("\"$E2B\" bulk ids.txt --journal run.jsonl 2>&-");
    CHECK(finished.exit_code == 0);
    CHECK(finished.lines.size() == 5);
    CHECK(place.run("\"$E2B\" bulk ids.txt --journal all.jsonl 0<&- 2>&-").lines.size() == 5);
    CHECK(place.directory.read("all.jsonl").starts_with("{\"event\":\"run\""));
}

TEST_CASE("output of the simulator does not reach its ledger", "[cli][streams]") {
    Place const place;
    CHECK(place.run("\"$E2B\" simulate --ledger made.jsonl >&-").exit_code == 2);
    CHECK(place.directory.read("made.jsonl").empty());
}

TEST_CASE("a terminal that hangs up is an interrupt like any other", "[cli][signals]") {
    Place place(frozen(10));
    auto process =
        Process::shell("cd \"$DIR\"; exec \"$E2B\" bulk ids.txt --concurrency 3", place.environment());
    REQUIRE(place.platform.simulator.wait_for_in_flight(3));
    process.send_signal(SIGHUP);
    REQUIRE(process.wait_for_err("waiting for 3 snapshots under way"));
    place.platform.simulator.advance(1s);
    CHECK(process.wait() == 130);
    CHECK(process.out_lines().size() == 10);
}

TEST_CASE("signals that were ignored at the start stay ignored", "[cli][signals]") {
    for (int const signal : {SIGHUP, SIGINT, SIGTERM}) {
        Place place(frozen(6));
        auto process =
            Process::shell("cd \"$DIR\"; trap '' HUP INT TERM; exec \"$E2B\" bulk ids.txt --concurrency 3",
                           place.environment());
        REQUIRE(place.platform.simulator.wait_for_in_flight(3));
        process.send_signal(signal);
        place.platform.simulator.advance(1s);
        REQUIRE(place.platform.simulator.wait_for_in_flight(3));
        place.platform.simulator.advance(1s);
        CHECK(process.wait() == 0);
        CHECK(process.out_lines().size() == 6);
    }
}

TEST_CASE("a simulator whose SIGHUP is ignored goes on", "[cli][signals]") {
    auto process = Process::shell("trap '' HUP; exec \"$E2B\" simulate", {{"E2B_API_KEY", "e2b_secret"}});
    REQUIRE(process.wait_for_out("CA file"));
    process.send_signal(SIGHUP);
    process.send_signal(SIGINT);
    CHECK(process.wait() == 0);
    auto other = Process::shell("exec \"$E2B\" simulate", {{"E2B_API_KEY", "e2b_secret"}});
    REQUIRE(other.wait_for_out("CA file"));
    other.send_signal(SIGHUP);
    CHECK(other.wait() == 0);
}

TEST_CASE("a file that may not grow is a failed write, and not the end of the process", "[cli][signals]") {
    Place const place(200);
    auto const results = place.run("ulimit -f 4; \"$E2B\" bulk ids.txt > results.jsonl");
    CHECK(results.exit_code == 1);
    CHECK_THAT(results.err, ContainsSubstring("cannot write the results"));
    auto const journal = place.run("ulimit -f 4; \"$E2B\" bulk ids.txt --journal run.jsonl");
    CHECK(journal.exit_code == 1);
    CHECK_THAT(journal.err, ContainsSubstring("cannot write the journal"));
}

TEST_CASE("a report that could not be written is refused before anything is sent", "[cli][report]") {
    for (std::string const path : {"''", "nowhere/run.html", "ids.txt/run.html", ".", "run.html/"}) {
        Place const place;
        auto const sent = place.run("\"$E2B\" bulk ids.txt --report " + path);
        INFO(path << ": " << sent.err);
        CHECK(sent.exit_code == 2);
        CHECK_THAT(sent.err, ContainsSubstring("--report"));
        CHECK(place.requests() == 0);
        auto const summed =
            place.run("\"$E2B\" bulk ids.txt --journal j && \"$E2B\" report j --html " + path);
        CHECK(summed.exit_code == 2);
        CHECK_THAT(summed.err, ContainsSubstring("--html"));
    }
}

TEST_CASE("a link to a report that is not there yet stays a link", "[cli][report]") {
    Place const place;
    CHECK(place
              .run("mkdir far; ln -s far/run.html run.html; \"$E2B\" bulk ids.txt --report run.html && "
                   "test -L run.html && test -s far/run.html")
              .exit_code == 0);
}

TEST_CASE("what waits for its input can be interrupted", "[cli][signals]") {
    for (std::string const command : {"bulk - --dry-run", "bulk -", "create -", "reconcile -"}) {
        for (int const signal : {SIGINT, SIGTERM, SIGHUP}) {
            Place const place;
            auto process = Process::shell("exec \"$E2B\" " + command + " --output json", place.environment());
            INFO(command << ' ' << signal);
            // What comes of the beginning shows that the rest is waited for.
            auto const id = place.platform.simulator.sandbox_ids().front();
            bool const is_list = command != "reconcile -";
            if (is_list) {
                process.write(id + "\nicut");
                REQUIRE(process.wait_for_out(id));
            } else {
                // More than the pipe holds, so that the first of it was read when all is written.
                std::string known;
                while (known.size() < 256 * 1024)
                    known += "{\"outcome\":\"created\"}\n";
                process.write(known + "{\"cut");
            }
            process.send_signal(signal);
            CHECK(process.wait() == 130);
            CHECK(place.requests() == (command == "bulk -" || command == "create -" ? 1 : 0));
        }
    }
    Place const place;
    auto report =
        Process::shell("cd \"$DIR\"; mkfifo pipe; exec 4<> pipe; echo ready; exec \"$E2B\" report pipe",
                       place.environment());
    REQUIRE(report.wait_for_out("ready"));
    report.send_signal(SIGTERM);
    CHECK(report.wait() == -1); // as of any program that does nothing about it
}

TEST_CASE("a list that cannot be read to its end: what was sent is waited for, and is exit code 1",
          "[cli][streams]") {
    Place place(frozen(5));
    auto const ids = place.platform.simulator.sandbox_ids();
    for (std::string const command : {"bulk - --journal run.jsonl", "create -"}) {
        auto const before = place.requests();
        auto process = Process::shell("cd \"$DIR\"; " + with_faults("FAIL_READ=EIO GOOD_READS=1", command),
                                      place.environment());
        process.write(ids[0] + '\n' + ids[1] + '\n');
        REQUIRE(place.platform.simulator.wait_for_in_flight(2));
        process.close_stdin();
        place.platform.simulator.advance(1s);
        CHECK(process.wait() == 1);
        INFO(process.out() << process.err());
        CHECK_THAT(process.err(), ContainsSubstring("cannot read stdin: Input/output error"));
        CHECK(process.out_lines().size() == 2);
        for (auto const& line : process.out_lines())
            CHECK(text_at(parse_line(line), "outcome") == "created");
        CHECK(place.requests() == before + 2);
    }
    CHECK_THAT(place.directory.read("run.jsonl"), ContainsSubstring(R"("outcome":"created")"));
    // Where nothing was sent, it is an argument like any other.
    auto const unread = place.run(with_faults("FAIL_READ=EIO", "bulk -"), ids[0]);
    CHECK(unread.exit_code == 2);
    CHECK_THAT(unread.err, ContainsSubstring("cannot read stdin: Input/output error"));
}

TEST_CASE("output that is lost ends the command, with the reason", "[cli][streams]") {
    for (std::string const command :
         {"simulate", "--help", "--version", "bulk --help", "completion bash", "man-page", "list",
          "sandboxes", "bulk ids.txt --dry-run", "report run.jsonl", "create $(head -1 ids.txt)",
          "demo --sandboxes 5", "delete --yes some", "bulk ids.txt"}) {
        Place const place;
        CHECK(place.run("\"$E2B\" bulk ids.txt --journal run.jsonl").exit_code == 0);
        auto const finished = place.run("timeout 60 \"$E2B\" " + command + " > /dev/full");
        INFO(command << ": " << finished.err);
        CHECK(finished.exit_code == 1);
        CHECK_THAT(finished.err, ContainsSubstring("No space left on device"));
    }
    // Without an end of its own.
    Place const place;
    auto const endless = place.run("yes iabc | timeout 60 \"$E2B\" bulk - --dry-run > /dev/full");
    CHECK(endless.exit_code == 1);
}

TEST_CASE("a command that is out of descriptors says so", "[cli][descriptors]") {
#ifdef E2B_TEST_UBSAN
    WARN("SKIPPED: UndefinedBehaviorSanitizer needs descriptors itself, to see which memory can be read");
    return;
#endif
    Place const place;
    auto const id = place.platform.simulator.sandbox_ids().front();
    bool at_the_ca = false;
    for (int limit = 5; limit <= 12; ++limit) {
        auto const finished = place.run("ulimit -n " + std::to_string(limit) + "; \"$E2B\" create " + id +
                                        " --timeout 1s --max-attempts 1");
        INFO(limit << ": " << finished.out << finished.err);
        if (finished.exit_code != 0)
            CHECK_THAT(finished.out + finished.err, ContainsSubstring("Too many open files"));
        at_the_ca |=
            finished.err.find("SSL_CERT_FILE: cannot be read: Too many open files") != std::string::npos;
    }
    CHECK(at_the_ca);
}
