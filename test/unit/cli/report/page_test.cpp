#include "cli/report/charts.hpp"
#include "cli/report/page.hpp"
#include "support/catch.hpp"

#include <string>

using namespace e2b;
using namespace e2b::cli;
using namespace std::chrono_literals;

namespace {

bool contains(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("what a server says is text on the page and nothing else", "[cli][report]") {
    CHECK(html_escaped("<script>alert(\"&\")</script>\n") ==
          "&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;\\x0a");
    History history;
    Record record;
    record.sandbox_id = "i<b>";
    record.name = "\"><img src=x>";
    record.outcome = Outcome::rejected;
    record.error = Record::Error{Errc::not_found, "<script>steal()</script>"};
    history.add(record);
    RunLine run{{std::chrono::system_clock::time_point(), "0badcafe"}};
    run.settings = {{"list", "<i>.txt"}};
    history.add(JournalLine(run));
    auto const page = format_page(history);
    CHECK_FALSE(contains(page, "<script"));
    CHECK_FALSE(contains(page, "<img"));
    CHECK_FALSE(contains(page, "<b>\""));
    CHECK_FALSE(contains(page, "<i>.txt"));
    CHECK(contains(page, "&lt;script&gt;steal()"));
}

TEST_CASE("a page of nothing, and one of much, are whole", "[cli][report]") {
    History history;
    CHECK(format_page(history).ends_with("</html>\n"));
    for (int i = 0; i < 3000; ++i) {
        Record record;
        record.sandbox_id = "i" + std::to_string(i);
        record.outcome = i % 3 == 0 ? Outcome::unknown : Outcome::created;
        record.elapsed = std::chrono::milliseconds(i);
        record.ended_at = std::chrono::system_clock::time_point(std::chrono::seconds(i));
        if (i % 3 == 0)
            record.error = Record::Error{Errc::reset, "connection reset"};
        history.add(record);
        history.add(JournalLine(EndLine{record}));
        history.add(
            JournalLine(ProgressLine{std::chrono::system_clock::time_point(std::chrono::seconds(i)), 5, 10}));
    }
    auto const page = format_page(history);
    CHECK(contains(page, "Snapshots of 3,000 sandboxes"));
    CHECK(contains(page, "2,000</b>"));
    CHECK(contains(page, "The first 200 of 1,000"));
    CHECK(contains(page, "window: may be in flight"));
    CHECK(page.size() < 200'000);
    // Nothing is fetched.
    for (auto const* const part : {"http://", "https://", "src=", "url(", "@import", "<link", "<script"})
        CHECK_FALSE(contains(page, part));
    // Each tag that is opened is closed.
    for (std::string const tag : {"div", "section", "table", "tr", "td", "details", "main", "p", "span"}) {
        auto const count = [&page](std::string const& what) {
            std::size_t found = 0;
            for (auto at = page.find(what); at != std::string::npos; at = page.find(what, at + 1))
                ++found;
            return found;
        };
        CAPTURE(tag);
        CHECK(count("<" + tag + ">") + count("<" + tag + " ") == count("</" + tag + ">"));
    }
}
