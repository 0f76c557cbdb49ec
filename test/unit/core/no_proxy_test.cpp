#include "core/no_proxy.hpp"
#include "support/catch.hpp"

using namespace e2b::core;

TEST_CASE("Which hosts are reached without the proxy") {
    struct Case {
        char const* no_proxy;
        char const* url;
        bool bypassed;
    };
    auto const c = GENERATE(values<Case>({
        {"", "https://api.e2b.app", false},
        {" , ", "https://api.e2b.app", false},
        {"*", "https://api.e2b.app", true},
        {"localhost, *", "https://api.e2b.app", true},
        {"api.e2b.app", "https://api.e2b.app", true},
        {"other,\tAPI.e2b.APP ", "https://api.e2b.app", true},
        {"e2b.app", "https://api.e2b.app", true},
        {"2b.app", "https://api.e2b.app", false},
        {"api.e2b.app.", "https://api.e2b.app", true},
        {"other api.e2b.app", "https://api.e2b.app", true},
        {"other\tAPI.e2b.app\nmore", "https://api.e2b.app", true},
        {"*.e2b.app", "https://api.e2b.app", true},
        {"*.e2b.app", "https://e2b.app", false},
        {"*.e2b.app:8443", "https://api.e2b.app", false},
        {".", "https://api.e2b.app", false},
        {"*.", "https://api.e2b.app", false},
        {"10.0.0.0/8", "https://10.1.2.3", true},
        {"10.0.0.0/8", "https://11.1.2.3", false},
        {"10.1.2.3/32", "https://10.1.2.3", true},
        {"10.1.2.2/31", "https://10.1.2.3", true},
        {"10.1.2.4/31", "https://10.1.2.3", false},
        {"0.0.0.0/0", "https://10.1.2.3", true},
        {"10.0.0.0/33", "https://10.1.2.3", false},
        {"10.0.0.0/x", "https://10.1.2.3", false},
        {"10.0.0.0/", "https://10.1.2.3", false},
        {"10.0.0.0/8", "https://api.e2b.app", false},
        {"fd00::/8", "https://[fd12::1]", true},
        {"fd00::/8", "https://[fe12::1]", false},
        {"fd00::/8", "https://10.1.2.3", false},
        {"fd12:0::1", "https://[fd12::1]", true},
        {"2.3", "https://10.1.2.3", false},
        {".e2b.app", "https://api.e2b.app", true},
        {".e2b.app", "https://e2b.app", true},
        {".e2b.app", "https://note2b.app", false},
        {"api.e2b.app:443", "https://api.e2b.app", true},
        {"api.e2b.app:443", "https://api.e2b.app:8443", false},
        {".e2b.app:8443", "https://api.e2b.app:8443", true},
        {"10.0.0.1", "https://10.0.0.1", true},
        {"10.0.0", "https://10.0.0.1", false},
        {"::1", "https://[::1]", true},
        {"[::1]", "https://[::1]", true},
        {"[::1]:443", "https://[::1]", true},
        {"[::1]:8443", "https://[::1]", false},
    }));
    CAPTURE(c.no_proxy, c.url);
    CHECK(bypasses_proxy(c.no_proxy, parse_base_url(c.url)) == c.bypassed);
}
