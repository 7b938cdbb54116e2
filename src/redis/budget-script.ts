/**
 * Budgets, changed atomically where they lie. `KEYS[1]` is the sorted set of what is under way, by the end of its lease;
 * `KEYS[2]` the hash of what each has reserved; from `KEYS[3]` on follow the counters, hashes of `s` spent, `l` likely and `m`
 * most reserved. Times are the server's, in milliseconds. Amounts go in and out as text: Redis adds whole numbers of 64 bits, of
 * which Lua's would lose the last digits. Only the comparison with the limit is Lua's, exact to 15 digits.
 */
const common = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function add(key, field, amount)
  if amount ~= '0' and amount ~= '-0' then redis.call('HINCRBY', key, field, amount) end
end
local function keep(key, ms)
  redis.call('PEXPIRE', key, string.format('%d', math.max(redis.call('PTTL', key), ms)))
end
local function giveBack(id, spends)
  local held = redis.call('HGET', KEYS[2], id)
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
  if not held then return false end
  for _, entry in ipairs(cjson.decode(held)) do
    local key, likely, most = entry[1], entry[2], entry[3]
    if redis.call('EXISTS', key) == 1 then
      add(key, 'l', '-' .. likely)
      add(key, 'm', '-' .. most)
      if spends then add(key, 's', likely) end
    end
  end
  return true
end
local function tallies()
  local found = {}
  for at = 3, #KEYS do
    local kept = redis.call('HMGET', KEYS[at], 's', 'l', 'm')
    for part = 1, 3 do found[#found + 1] = kept[part] or '0' end
  end
  return found
end
-- Whoever has died without a word is taken to have spent what was likely.
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%d', now), 'LIMIT', 0, 100)) do
  giveBack(id, true)
end
`

/**
 * Arguments: id, lease; of each counter: start and end of its window, limit, ceiling, likely, most. Answers `moved` and the time,
 * or 0, or the place of the counter that has no room, and all tallies.
 */
export const reserveScript = `${common}
local id, lease = ARGV[1], tonumber(ARGV[2])
local function argument(counter, place) return ARGV[2 + (counter - 1) * 6 + place] end
local counters = #KEYS - 2
for counter = 1, counters do
  if now < tonumber(argument(counter, 1)) or now >= tonumber(argument(counter, 2)) then
    return { 'moved', string.format('%d', now) }
  end
end
for counter = 1, counters do
  local kept = redis.call('HMGET', KEYS[counter + 2], 's', 'l', 'm')
  local spent = tonumber(kept[1] or 0)
  local limit, ceiling = tonumber(argument(counter, 3)), tonumber(argument(counter, 4))
  local likely, most = tonumber(argument(counter, 5)), tonumber(argument(counter, 6))
  if spent + tonumber(kept[2] or 0) + likely > limit or spent + tonumber(kept[3] or 0) + most > ceiling then
    return { counter, unpack(tallies()) }
  end
end
local held = {}
for counter = 1, counters do
  local key, likely, most = KEYS[counter + 2], argument(counter, 5), argument(counter, 6)
  held[counter] = { key, likely, most }
  redis.call('HINCRBY', key, 's', '0')
  add(key, 'l', likely)
  add(key, 'm', most)
  keep(key, math.max(tonumber(argument(counter, 2)) - now, lease) + 3600000)
end
redis.call('ZADD', KEYS[1], string.format('%d', now + lease), id)
redis.call('HSET', KEYS[2], id, cjson.encode(held))
keep(KEYS[1], lease + 86400000)
keep(KEYS[2], lease + 86400000)
return { 0, unpack(tallies()) }
`

/** Arguments: id; of each counter: the amount that was taken. Answers whether there was such a reservation. */
export const settleScript = `${common}
if not giveBack(ARGV[1], false) then return 0 end
for at = 3, #KEYS do
  if redis.call('EXISTS', KEYS[at]) == 1 then add(KEYS[at], 's', ARGV[at - 1]) end
end
return 1
`

/** Arguments: id; of each counter: the end of its window, the amount. Answers whether the id was new. */
export const chargeScript = `${common}
local id = ARGV[1]
if redis.call('ZSCORE', KEYS[1], id) then return 0 end
redis.call('ZADD', KEYS[1], string.format('%d', now + 3600000), id)
keep(KEYS[1], 86400000)
for at = 3, #KEYS do
  local ends, amount = tonumber(ARGV[2 * at - 4]), ARGV[2 * at - 3]
  if ends > now then
    redis.call('HINCRBY', KEYS[at], 's', amount)
    keep(KEYS[at], ends - now + 3600000)
  end
end
return 1
`

/** Answers the tallies. */
export const readScript = `${common}
return tallies()
`
