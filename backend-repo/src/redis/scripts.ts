/** What Redis decides, each in one atomic step. Time is Redis's own, since nodes' clocks differ. Every key expires by itself. */

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Takes one of each limit in turn, up to the first that refuses. The same arithmetic as TokenBuckets and WindowCounters.
 *
 * KEYS: the caller's count under each limit. ARGV: kind, capacity, span and lockout in ms of each.
 * Returns allowed (1 or 0), remaining, ms until there is room and ms until full, for each limit that was asked.
 */
export const TAKE_OF_LIMITS = `${NOW}
local answer = {}
local function say(allowed, remaining, wait, full)
  for _, value in ipairs({allowed and 1 or 0, math.floor(remaining), math.ceil(wait), math.ceil(full)}) do answer[#answer + 1] = value end
end
for i, key in ipairs(KEYS) do
  local kind, capacity, span, lockout = ARGV[4 * i - 3], tonumber(ARGV[4 * i - 2]), tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  local allowed
  if kind == 'bucket' then
    local known = redis.call('HMGET', key, 'left', 'at')
    local ms_per_one = span / capacity
    local left = tonumber(known[1]) or capacity
    left = math.min(capacity, left + math.max(0, now - (tonumber(known[2]) or now)) / ms_per_one)
    allowed = left >= 1
    if allowed then
      left = left - 1
      redis.call('HSET', key, 'left', string.format('%.6f', left), 'at', string.format('%.0f', now))
      redis.call('PEXPIRE', key, math.ceil((capacity - left) * ms_per_one) + 1000)
    end
    say(allowed, left, (1 - left) * ms_per_one, (capacity - left) * ms_per_one)
  else
    local count = tonumber(redis.call('GET', key)) or 0
    allowed = count < capacity
    if allowed then
      count = redis.call('INCR', key)
      if count == 1 then redis.call('PEXPIRE', key, span) end
    elseif lockout > 0 and count == capacity then
      redis.call('SET', key, count + 1, 'PX', lockout)
    end
    local rest = redis.call('PTTL', key)
    say(allowed, math.max(0, capacity - count), rest, rest)
  end
  if not allowed then break end
end
return answer
`;

/**
 * KEYS: a partner's label tokens of a day. ARGV: the least they can be, how many may be given out, ms the count is kept. Returns 1, or 0 when that many were.
 */
export const RESERVE_LABEL_TOKEN = `
local count = math.max(tonumber(redis.call('GET', KEYS[1])) or 0, tonumber(ARGV[1]))
if count >= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], count + 1, 'PX', ARGV[3])
return 1
`;

/**
 * KEYS: the user's open tokens, by their expiry. ARGV: jti, ms it lives, how many may be open. Returns 1, or 0 when that many are open.
 */
export const RESERVE_OPEN_TOKEN = `${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.max(tonumber(ARGV[2]), redis.call('PTTL', KEYS[1])))
return 1
`;
