/** Events of one shard that wait for a webhook at most; the oldest go first. */
export const MAX_EVENTS_PER_SHARD = 10_000;

/**
 * What the scripts of one room share. Every key that a room has is named here and given to every script: a slot that
 * is being moved to another master then refuses the whole script instead of a half of it.
 *
 * A later version may put fields at the end of a line that is stored, behind a tab; here they are ignored, and lost when
 * the line is written again.
 *
 * - `SEATS` identity → stream id, generation, pending until, claimed at, edge, resume id
 * - `STREAMS` stream id → identity of its seat
 * - `MEMBERS` stream id → head (see `parseMember`), name, record; `ORDER` the same ids by number; `IDENTITIES`
 *   identity → stream id of its last member, for rooms whose seats were lost
 * - `PENDING` identity → until when its seat counts although nobody sits there
 * - `SEEN` identity → when it was last here: seat and moderation go `retention` later
 * - `PLACES` edge → boot, participants, region; `HOLDERS` edge and boot → its members and places here
 * - `HELD` (shard) edge, boot and room, for finding what a dead edge left behind
 * - `DUE` (shard) room → when a sweep has to look at it
 * - `SHARD` (shard) counters: `latest` incarnation, `beat`, `appended`, `acknowledged`
 *
 * Texts come escaped (see `encoding.ts`), so that tabs and line ends separate fields.
 */
export const ROOM_LIBRARY = `
local ROOMS, DUE, HELD, EVENTS, FORGOTTEN, SHARD, ROOM, SEATS, STREAMS, MEMBERS, ORDER, IDENTITIES, PENDING,
  SEEN, PLACES, HOLDERS, MODERATION = unpack(KEYS)
local NAME, NOW, RANDOM, RETENTION = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local call = redis.call

local function digits(number) return string.format('%.0f', number) end

local function exists() return call('EXISTS', ROOM) == 1 end

-- A sweep looks at this room at that time, or before.
local function lookAt(timeMs) call('ZADD', DUE, 'LT', timeMs, NAME) end

local function emptyMs() return tonumber(call('HGET', ROOM, 'emptyTimeoutSeconds')) * 1000 end

local function seen(identity)
  call('ZADD', SEEN, NOW, identity)
  lookAt(NOW + RETENTION)
end

-- One step of the room's version.
local function change() return call('HINCRBY', ROOM, 'counter', 1) end

local function append(id, json)
  call('XADD', EVENTS, 'MAXLEN', '~', ${MAX_EVENTS_PER_SHARD}, '*', 'id', id, 'event', json)
  call('HINCRBY', SHARD, 'appended', 1)
end

local function event(type, more)
  local counter = digits(change())
  local incarnation = call('HGET', ROOM, 'incarnation')
  append(incarnation .. '.' .. counter, '{"type":"' .. type .. '","at":' .. digits(NOW) .. ',"room":"' .. NAME ..
    '","version":{"incarnation":"' .. incarnation .. '","counter":' .. counter .. '}' .. more .. '}')
end

local function participant(type, identity, streamId, name)
  event(type, ',"identity":"' .. identity .. '","streamId":' .. streamId .. ',"name":' .. name)
end

-- Later than every other that this shard has seen, whatever the caller's clock says.
local function newIncarnation()
  local atMs = math.max(NOW, tonumber(call('HGET', SHARD, 'latest') or 0) + 1)
  call('HSET', SHARD, 'latest', digits(atMs))
  return digits(atMs) .. '-' .. RANDOM
end

local function create(maxParticipants, emptyTimeoutSeconds, metadata)
  call('HSET', ROOM, 'maxParticipants', maxParticipants, 'emptyTimeoutSeconds', emptyTimeoutSeconds,
    'metadata', metadata, 'createdAt', digits(NOW), 'occupiedAt', digits(NOW), 'publishers', 0,
    'incarnation', newIncarnation(), 'counter', 0)
  call('ZADD', ROOMS, 0, NAME)
  call('ZREM', FORGOTTEN, NAME)
  lookAt(NOW + emptyMs())
end

local function record()
  local fields = call('HMGET', ROOM, 'maxParticipants', 'emptyTimeoutSeconds', 'metadata', 'createdAt', 'publishers')
  fields[6] = call('HLEN', MEMBERS)
  return fields
end

local function occupied() call('HSET', ROOM, 'occupiedAt', digits(NOW)) end

local function seatOf(identity)
  local value = call('HGET', SEATS, identity)
  if not value then return nil end
  local streamId, generation, pendingUntil, claimedAt, edge, resumeId =
    string.match(value, '^(%d+)\\t(%d+)\\t(%d+)\\t(%d+)\\t([^\\t]*)\\t([^\\t]*)')
  return { streamId = streamId, generation = tonumber(generation), pendingUntil = tonumber(pendingUntil),
    claimedAt = tonumber(claimedAt), edge = edge, resumeId = resumeId }
end

local function storeSeat(identity, seat)
  call('HSET', SEATS, identity, seat.streamId .. '\\t' .. digits(seat.generation) .. '\\t' ..
    digits(seat.pendingUntil) .. '\\t' .. digits(seat.claimedAt) .. '\\t' .. seat.edge .. '\\t' .. seat.resumeId)
end

local function dropSeat(identity, seat)
  call('HDEL', SEATS, identity)
  call('HDEL', STREAMS, seat.streamId)
  call('ZREM', PENDING, identity)
end

local function parseMember(value)
  local generation, publisher, edge, boot, identity, name =
    string.match(value, '^(%d+)\\t(%d)\\t([^\\t]*)\\t([^\\t]*)\\t([^\\t\\n]*)[^\\n]*\\n([^\\n]*)\\n')
  return { generation = tonumber(generation), publisher = tonumber(publisher), edge = edge, boot = boot,
    identity = identity, name = name }
end

local function memberAt(streamId)
  local value = call('HGET', MEMBERS, streamId)
  return value and parseMember(value) or nil
end

-- The stream of the identity's newest seat, if a member is on it; without a seat that of its last member.
local function presentAs(identity)
  local seat = seatOf(identity)
  local streamId = seat and seat.streamId or call('HGET', IDENTITIES, identity)
  return streamId and call('HEXISTS', MEMBERS, streamId) == 1 and streamId or nil
end

local function hold(edge, boot, by)
  local holder = edge .. '\\t' .. boot
  local count = call('HINCRBY', HOLDERS, holder, by)
  if count <= 0 then
    call('HDEL', HOLDERS, holder)
    call('ZREM', HELD, holder .. '\\t' .. NAME)
  elseif count == by then
    call('ZADD', HELD, 0, holder .. '\\t' .. NAME)
  end
end

local function removeMember(streamId, member)
  call('HDEL', MEMBERS, streamId)
  call('ZREM', ORDER, streamId)
  -- Not the negative of 0, which Redis does not take for an integer.
  call('HINCRBY', ROOM, 'publishers', 0 - member.publisher)
  if call('HGET', IDENTITIES, member.identity) == streamId then call('HDEL', IDENTITIES, member.identity) end
  hold(member.edge, member.boot, -1)
  -- A new hello of the same seat may be on its way.
  local seat = seatOf(member.identity)
  if seat and seat.streamId == streamId and seat.pendingUntil > NOW then
    call('ZADD', PENDING, seat.pendingUntil, member.identity)
  end
  occupied()
  seen(member.identity)
  lookAt(NOW + emptyMs())
  participant('participant_left', member.identity, streamId, member.name)
end

local function ended()
  if call('HGET', ROOM, 'started') then event('room_ended', '') end
end
`;
