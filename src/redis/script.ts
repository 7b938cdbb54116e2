/**
 * The shared circuit, changed atomically where it lies. `KEYS[1]` is its hash: state `s`, epoch `g`, failures `f`, open
 * until `u`, tester `p`, its lease until `l`; times are the server's, in milliseconds. Arguments: channel, target, who asks,
 * what, and what goes with it. Answers: state, epoch, failures, how much longer it holds, whether the asker is the tester.
 */
export const circuitScript = `
local channel, target, asker, command = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 's', 'g', 'f', 'u', 'p', 'l')
local state, epoch, failures = kept[1] or 'closed', tonumber(kept[2] or 0), tonumber(kept[3] or 0)
local openUntil, tester, leaseUntil = tonumber(kept[4] or 0), kept[5] or '', tonumber(kept[6] or 0)

local function hold()
  if state == 'open' then return math.max(0, openUntil - now) end
  if state == 'half_open' and tester ~= '' then return math.max(0, leaseUntil - now) end
  return 0
end
local function tell(reason)
  redis.call('PUBLISH', channel, cjson.encode({
    target = target, by = asker, reason = reason, state = state, epoch = epoch, failures = failures, holdMs = hold() }))
end
local function save()
  redis.call('HSET', KEYS[1], 's', state, 'g', epoch, 'f', failures, 'u', openUntil, 'p', tester, 'l', leaseUntil)
  redis.call('PEXPIRE', KEYS[1], math.max(86400000, 2 * hold()))
end
local function move(to, reason, holdMs)
  state, epoch, failures, tester = to, epoch + 1, 0, ''
  if to == 'open' then openUntil = now + holdMs end
  save()
  tell(reason)
end

if command == 'failure' then
  local known, limit, cooldown = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
  if state == 'closed' and known >= epoch then
    failures = failures + 1
    if failures >= limit then move('open', 'failures', cooldown) else save() tell('count') end
  elseif state == 'half_open' and tester == asker then
    move('open', 'probe_failed', cooldown)
  end
elseif command == 'success' then
  if state == 'closed' and tonumber(ARGV[5]) >= epoch and failures > 0 then
    failures = 0
    save()
    tell('count')
  elseif state == 'half_open' and tester == asker then
    move('closed', 'probe_succeeded', 0)
  end
elseif command == 'neutral' or command == 'release' then
  if state == 'half_open' and tester == asker then
    tester = ''
    save()
    tell('released')
  end
elseif command == 'lease' then
  local lease = tonumber(ARGV[5])
  if state == 'open' and now >= openUntil then
    state, epoch, tester, leaseUntil = 'half_open', epoch + 1, asker, now + lease
    save()
    tell('cooldown')
  elseif state == 'half_open' and (tester == '' or tester == asker or now >= leaseUntil) then
    local isNew = tester ~= asker
    tester, leaseUntil = asker, now + lease
    save()
    if isNew then tell('cooldown') end
  end
elseif command == 'trip' then
  local holdMs, reason = tonumber(ARGV[5]), ARGV[6]
  if state ~= 'open' then
    move('open', reason, holdMs)
  elseif now + holdMs > openUntil then
    openUntil = now + holdMs
    save()
    tell(reason)
  end
elseif command == 'reset' then
  if state ~= 'closed' or failures > 0 then move('closed', 'reset', 0) end
end
return { state, epoch, failures, hold(), (tester == asker and state == 'half_open') and 1 or 0 }
`
