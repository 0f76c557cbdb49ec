// libcurl's multi interface, driven through epoll and curl_multi_socket_action as its documentation advises
// for many transfers; easy handles are reused, and the response is parsed by Boost.JSON.
#include "support/meter.hpp"
#include "support/options.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <curl/curl.h>
#include <deque>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <vector>

namespace {

using bench::Clock;

[[noreturn]] void die(std::string_view what) {
    std::cerr << "libcurl: " << what << '\n';
    std::_Exit(1);
}

struct Transfer {
    CURL* easy = nullptr;
    std::string url;
    std::string body;
    Clock::time_point start;
};

class Load {
public:
    explicit Load(bench::Options const& options)
        : options_(options),
          meter_(options),
          multi_(curl_multi_init()),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        auto const key = "X-API-Key: " + options.key;
        for (char const* line : {key.c_str(), "Accept: application/json", "Content-Type: application/json"})
            headers_ = curl_slist_append(headers_, line);
        curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Load::on_socket);
        curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Load::on_timer);
        curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options.concurrency));
    }

    int run() {
        std::vector<Transfer> transfers(options_.concurrency);
        for (std::size_t i = 0; i < transfers.size(); ++i) {
            prepare(transfers[i], i);
            next(transfers[i]);
        }
        std::array<epoll_event, 256> events{};
        while (meter_.running()) {
            int const count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms());
            if (count < 0 && errno != EINTR)
                die("epoll_wait");
            for (int i = 0; i < count; ++i)
                act(events[static_cast<std::size_t>(i)]);
            if (timer_ && *timer_ <= Clock::now()) {
                timer_.reset();
                curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &active_);
            }
            collect();
            start_due();
        }
        return meter_.report();
    }

private:
    void prepare(Transfer& transfer, std::size_t index) {
        transfer.easy = curl_easy_init();
        transfer.url = options_.url + "/sandboxes/" + bench::sandbox_id(index) + "/snapshots";
        auto* const easy = transfer.easy;
        curl_easy_setopt(easy, CURLOPT_URL, transfer.url.c_str());
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
        curl_easy_setopt(easy, CURLOPT_USERAGENT, "bench");
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{}");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 2L);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT, 30L);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Load::on_body);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
    }

    void next(Transfer& transfer) {
        transfer.start = meter_.next_start();
        if (options_.rate > 0 && transfer.start > Clock::now())
            return waiting_.push_back(&transfer);
        begin(transfer);
    }

    void begin(Transfer& transfer) {
        transfer.body.clear();
        if (curl_multi_add_handle(multi_, transfer.easy) != CURLM_OK)
            die("curl_multi_add_handle");
    }

    void start_due() {
        while (!waiting_.empty() && waiting_.front()->start <= Clock::now()) {
            begin(*waiting_.front());
            waiting_.pop_front();
        }
    }

    // Until curl's timer or the next start, whichever is earlier.
    int wait_ms() const {
        auto until = timer_;
        if (!waiting_.empty())
            until = std::min(until.value_or(Clock::time_point::max()), waiting_.front()->start);
        if (!until)
            return -1;
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(*until - Clock::now());
        return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }

    void act(epoll_event const& event) {
        int what = 0;
        if ((event.events & EPOLLIN) != 0)
            what |= CURL_CSELECT_IN;
        if ((event.events & EPOLLOUT) != 0)
            what |= CURL_CSELECT_OUT;
        if ((event.events & (EPOLLERR | EPOLLHUP)) != 0)
            what |= CURL_CSELECT_ERR;
        curl_multi_socket_action(multi_, event.data.fd, what, &active_);
    }

    void collect() {
        int left = 0;
        while (CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE)
                continue;
            CURLcode const result = message->data.result;
            CURL* const easy = message->easy_handle;
            Transfer* transfer = nullptr;
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
            curl_multi_remove_handle(multi_, easy);
            meter_.ended(transfer->start, result == CURLE_OK && succeeded(*transfer));
            if (meter_.running())
                next(*transfer);
        }
    }

    static bool succeeded(Transfer const& transfer) {
        long status = 0;
        curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
        return status == 201 && !boost::json::parse(transfer.body).at("snapshotID").as_string().empty();
    }

    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* transfer) {
        static_cast<Transfer*>(transfer)->body.append(data, size * count);
        return size * count;
    }

    static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
        auto& load = *static_cast<Load*>(self);
        if (what == CURL_POLL_REMOVE) {
            ::epoll_ctl(load.epoll_, EPOLL_CTL_DEL, socket, nullptr);
            return 0;
        }
        epoll_event event{};
        event.events =
            ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
        event.data.fd = socket;
        ::epoll_ctl(load.epoll_, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
        curl_multi_assign(load.multi_, socket, self);
        return 0;
    }

    static int on_timer(CURLM*, long milliseconds, void* self) {
        auto& timer = static_cast<Load*>(self)->timer_;
        timer.reset();
        if (milliseconds >= 0)
            timer = Clock::now() + std::chrono::milliseconds(milliseconds);
        return 0;
    }

    bench::Options options_;
    bench::Meter meter_;
    CURLM* multi_;
    int epoll_;
    curl_slist* headers_ = nullptr;
    std::optional<Clock::time_point> timer_;
    std::deque<Transfer*> waiting_; // for their time to start, the next in front
    int active_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int const status = Load(bench::Options::parse(argc, argv)).run();
    std::fflush(stdout);
    std::_Exit(status); // connections are not worth closing one by one
}
