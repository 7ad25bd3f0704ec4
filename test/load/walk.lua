-- wrk: walks a list of paths with a stride, so that each slice asks for other tiles in an order that no read-ahead knows.
--   WALK_LIST  file with one path a line      WALK_START, WALK_STRIDE  first index, step (no common factor with the count)
--   WALK_COOKIE  value of the cookie header, if any
local requests, at, stride, count = {}, 0, 1, 0

function init(args)
  local headers = { Host = wrk.host }
  local cookie = os.getenv("WALK_COOKIE")
  if cookie and cookie ~= "" then headers["Cookie"] = cookie end
  for path in io.lines(os.getenv("WALK_LIST")) do
    count = count + 1
    requests[count] = wrk.format("GET", path, headers)
  end
  at = tonumber(os.getenv("WALK_START"))
  stride = tonumber(os.getenv("WALK_STRIDE"))
end

function request()
  at = (at + stride) % count
  return requests[at + 1]
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'WALK {"requests":%d,"durationUs":%d,"bytes":%d,"p50Us":%d,"p99Us":%d,"failed":%d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
