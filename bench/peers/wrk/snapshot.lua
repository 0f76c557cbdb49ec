-- The create-snapshot exchange for wrk: wrk ... -s snapshot.lua URL -- KEY SANDBOXES. Prints one line of JSON.
-- wrk does not tell a connection its number, so that sandboxes are taken in turn; there are four times as many
-- as connections, and only errors would show that two requests met at one of them.
local turn, requests = -1, {}

function init(arguments)
    local headers = { ["X-API-Key"] = arguments[1], ["Accept"] = "application/json",
                      ["Content-Type"] = "application/json", ["User-Agent"] = "bench" }
    for i = 0, tonumber(arguments[2]) - 1 do
        requests[i] = wrk.format("POST", string.format("/sandboxes/i%020d/snapshots", i), headers, "{}")
    end
end

function request()
    turn = (turn + 1) % (#requests + 1)
    return requests[turn]
end

function done(summary, latency, _)
    local errors = summary.errors
    print(string.format(
        '{"requests": %d, "errors": %d, "seconds": %f, "p50_us": %f, "p90_us": %f, "p99_us": %f}',
        summary.requests, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        summary.duration / 1e6, latency:percentile(50), latency:percentile(90), latency:percentile(99)))
end
