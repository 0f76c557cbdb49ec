// What becomes of bytes: a request is laid out, and the platform's answer is read.
#include "core/request_encoder.hpp"
#include "core/response_reader.hpp"
#include "core/snapshot_body.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

namespace {

e2b::ClientConfig config() {
    e2b::ClientConfig config;
    config.base_url = "https://api.e2b.app";
    config.api_key = "e2b_0123456789abcdef0123456789abcdef01234567";
    return config;
}

constexpr std::string_view body =
    R"({"names":["acme/nightly"],"snapshotID":"acme/nightly:2026-11-24-r9k2m4p6q8s0"})";

std::string answer() {
    return "HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\n"
           "Date: Tue, 24 Nov 2026 18:00:00 GMT\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

void encode_request(benchmark::State& state) {
    e2b::core::RequestEncoder const encoder(config());
    e2b::SnapshotRequest const request("ixk29vm1c0q8t7z4w6e5r", "nightly:2026-11-24");
    std::string bytes;
    for (auto _ : state) {
        encoder.create_snapshot(request, {}, bytes);
        benchmark::DoNotOptimize(bytes.data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(encode_request);

// In pieces of `range(0)` bytes, as a network may cut it.
void read_answer(benchmark::State& state) {
    auto const bytes = answer();
    auto const piece = static_cast<std::size_t>(state.range(0));
    e2b::core::ResponseReader reader;
    for (auto _ : state) {
        reader.reset();
        std::size_t consumed = 0;
        for (std::size_t at = 0; at < bytes.size(); at += piece)
            reader.feed(std::string_view(bytes).substr(at, piece), consumed);
        if (reader.state() != e2b::core::ResponseReader::State::complete)
            state.SkipWithError("the answer was refused");
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(read_answer)->Arg(4096)->Arg(64)->Arg(1);

void read_body(benchmark::State& state) {
    for (auto _ : state) {
        auto info = e2b::core::parse_snapshot_info(body);
        if (!info)
            state.SkipWithError("the body was refused");
        benchmark::DoNotOptimize(info);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(read_body);

} // namespace
