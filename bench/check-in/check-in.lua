-- Rotates through the devices' tokens. All requests are formatted before the measurement, so that wrk's own work per request is an index.
local requests = {}
local next_request = 0

function init(args)
  for line in io.lines(args[1]) do
    local token, etag = line:match("^(%S+) (%S+)$")
    requests[#requests + 1] = wrk.format("GET", "/device/v1/desired", { ["Authorization"] = "Bearer " .. token, ["If-None-Match"] = etag })
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format("RESULT requests=%d microseconds=%d failures=%d p50=%d p99=%d\n", summary.requests, summary.duration,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50), latency:percentile(99)))
end
