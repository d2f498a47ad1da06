import { ROOM_LIBRARY } from './room-library.ts';

export const MEMBER_SCRIPTS = {
  /** mayCreate, default settings (3), stream id, bound of members, the member's value as it is stored. */
  putMember: `${ROOM_LIBRARY}
local streamId, maxMembers, value = ARGV[9], tonumber(ARGV[10]), ARGV[11]
local member = parseMember(value)
if not exists() then
  if ARGV[5] == '0' then return 'too_many_rooms' end
  create(ARGV[6], ARGV[7], ARGV[8])
end
local old = memberAt(streamId)
if old and old.generation > member.generation then return 'older' end
if not old and call('HLEN', MEMBERS) >= maxMembers then return 'too_many_members' end

call('HSET', MEMBERS, streamId, value)
call('HSET', IDENTITIES, member.identity, streamId)
call('HINCRBY', ROOM, 'publishers', member.publisher - (old and old.publisher or 0))
hold(member.edge, member.boot, 1)
if old then
  hold(old.edge, old.boot, -1)
  if old.identity ~= member.identity and call('HGET', IDENTITIES, old.identity) == streamId then
    call('HDEL', IDENTITIES, old.identity)
  end
else
  call('ZADD', ORDER, streamId, streamId)
end
occupied()
seen(member.identity)
local seat = seatOf(member.identity)
if seat and seat.streamId == streamId then
  call('ZREM', PENDING, member.identity)
  if member.generation >= seat.generation then
    seat.pendingUntil, seat.generation = 0, member.generation
    storeSeat(member.identity, seat)
  end
end
if old then
  change()
else
  if call('HSETNX', ROOM, 'started', 1) == 1 then event('room_started', '') end
  participant('participant_joined', member.identity, streamId, member.name)
end
return 'ok'
`,

  /** stream id, edge, generation */
  dropMember: `${ROOM_LIBRARY}
local member = memberAt(ARGV[5])
if member and member.edge == ARGV[6] and member.generation <= tonumber(ARGV[7]) then
  removeMember(ARGV[5], member)
end
return 1
`,

  /** stream id that comes before, how many */
  members: `${ROOM_LIBRARY}
local ids = call('ZRANGEBYSCORE', ORDER, '(' .. ARGV[5], '+inf', 'LIMIT', 0, ARGV[6])
return #ids > 0 and call('HMGET', MEMBERS, unpack(ids)) or {}
`,

  /** identity */
  member: `${ROOM_LIBRARY}
local streamId = presentAs(ARGV[5])
return streamId and call('HGET', MEMBERS, streamId) or false
`,
};
