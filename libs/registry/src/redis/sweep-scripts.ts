import { ROOM_LIBRARY } from './room-library.ts';

/** What the scripts of one shard share. */
export const SHARD_LIBRARY = `
local ROOMS, DUE, HELD, FORGOTTEN, SHARD = unpack(KEYS)
local call = redis.call
`;

export const SWEEP_SCRIPTS = {
  /**
   * time, most rooms to name, most rooms remembered. Answers the beat, the number of rooms, rooms that are due,
   * rooms that are remembered beyond the bound, and whoever (edge and boot) has members or places.
   */
  sweepShard: `${SHARD_LIBRARY}
local max = tonumber(ARGV[2])
local over = math.min(max, call('ZCARD', FORGOTTEN) - tonumber(ARGV[3]))
local holders, cursor = {}, '-'
while true do
  local found = call('ZRANGEBYLEX', HELD, cursor, '+', 'LIMIT', 0, 1)[1]
  if not found then break end
  local holder = string.match(found, '^(.*)\\t[^\\t]*$')
  holders[#holders + 1] = holder
  cursor = '(' .. holder .. '\\t\\255'
end
return {
  call('HINCRBY', SHARD, 'beat', 1),
  call('ZCARD', ROOMS),
  call('ZRANGEBYSCORE', DUE, '-inf', ARGV[1], 'LIMIT', 0, max),
  over > 0 and call('ZRANGE', FORGOTTEN, 0, over - 1) or {},
  holders,
}
`,

  /** most identities to look at. Answers whether the room was forgotten. */
  sweepRoom: `${ROOM_LIBRARY}
local max, next, isForgotten = tonumber(ARGV[5]), math.huge, 0
local over = call('ZRANGEBYSCORE', SEEN, '-inf', digits(NOW - RETENTION), 'LIMIT', 0, max)
for _, identity in ipairs(over) do
  if presentAs(identity) then
    call('ZADD', SEEN, NOW, identity)
  else
    local seat = seatOf(identity)
    if seat then dropSeat(identity, seat) end
    local moderation = call('HGET', MODERATION, identity)
    local removedUntil = moderation and tonumber(string.match(moderation, '^%d\\t(%d+)')) or 0
    if removedUntil > NOW then
      call('ZADD', SEEN, removedUntil - RETENTION, identity)
    else
      call('HDEL', MODERATION, identity)
      call('ZREM', SEEN, identity)
    end
  end
end

if exists() and call('HLEN', MEMBERS) == 0 then
  local pending = call('ZREVRANGE', PENDING, 0, 0, 'WITHSCORES')[2]
  local since = math.max(tonumber(call('HGET', ROOM, 'occupiedAt')), tonumber(pending or 0))
  next = since + emptyMs()
  if NOW >= next then
    ended()
    call('DEL', ROOM, PENDING, IDENTITIES, ORDER)
    call('ZREM', ROOMS, NAME)
    call('ZADD', FORGOTTEN, NOW, NAME)
    next, isForgotten = math.huge, 1
  end
end

local first = call('ZRANGE', SEEN, 0, 0, 'WITHSCORES')[2]
if first then next = math.min(next, tonumber(first) + RETENTION) end
if next == math.huge then
  call('ZREM', DUE, NAME)
  call('ZREM', FORGOTTEN, NAME)
else
  call('ZADD', DUE, math.max(next, NOW + 1), NAME)
end
return isForgotten
`,

  /**
   * edge and boot, which are dead; stream id to go on after; most members to look at. Answers how many were removed,
   * and the stream id to go on after ('' at the end).
   */
  dropHolder: `${ROOM_LIBRARY}
local edge, boot, after, max, removed = ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8]), 0
local place = call('HGET', PLACES, edge)
if place and string.match(place, '^([^\\t]*)\\t') == boot then
  call('HDEL', PLACES, edge)
  hold(edge, boot, -1)
end
local ids = call('ZRANGEBYSCORE', ORDER, '(' .. after, '+inf', 'LIMIT', 0, max)
for _, streamId in ipairs(ids) do
  local member = memberAt(streamId)
  if member.edge == edge and member.boot == boot then
    removeMember(streamId, member)
    removed = removed + 1
  end
end
if #ids == max then return { removed, ids[max] } end
if after == '0' and removed == 0 then
  -- Nothing of it is here, whatever its count says.
  call('HDEL', HOLDERS, edge .. '\\t' .. boot)
  call('ZREM', HELD, edge .. '\\t' .. boot .. '\\t' .. NAME)
end
return { removed, '' }
`,
};
