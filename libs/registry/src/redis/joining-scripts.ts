import { ROOM_LIBRARY } from './room-library.ts';

const REMOVED_UNTIL = `
local function removedUntil(identity)
  local value = call('HGET', MODERATION, identity)
  return value and tonumber(string.match(value, '^%d\\t(%d+)\\t')) or 0
end
`;

export const JOINING_SCRIPTS = {
  /**
   * mayCreate, default settings (3), identity, edge, pending until, resume id ('' for none), stream id and
   * generation of a ticket ('' for none), a new resume id, bound of seats, later than which it is (0 for none),
   * candidates for a new stream id.
   */
  claimSeat: `${ROOM_LIBRARY}${REMOVED_UNTIL}
local identity, edge, pendingUntil, resumeId = ARGV[9], ARGV[10], tonumber(ARGV[11]), ARGV[12]
local ticketStream, ticketGeneration, newResumeId, maxSeats = ARGV[13], tonumber(ARGV[14]), ARGV[15], tonumber(ARGV[16])
local isTicket = ticketStream ~= ''

local untilMs = removedUntil(identity)
if untilMs > NOW then return { 'removed', untilMs } end
if not exists() then
  if ARGV[5] == '0' then return { 'too_many_rooms' } end
  create(ARGV[6], ARGV[7], ARGV[8])
end

local old = seatOf(identity)
local isSame = old ~= nil and resumeId ~= '' and old.resumeId == resumeId
if isTicket and old and not isSame then return { 'replaced' } end
local isSeated = old and (NOW < old.pendingUntil or call('HEXISTS', MEMBERS, old.streamId) == 1)
if not isSeated then
  local occupancy = call('HLEN', MEMBERS) + call('ZCOUNT', PENDING, '(' .. digits(NOW), '+inf')
  if occupancy >= tonumber(call('HGET', ROOM, 'maxParticipants')) then return { 'room_full' } end
end
if not old and call('HLEN', SEATS) >= maxSeats then return { 'room_full' } end

local claimedAt = math.max(NOW, tonumber(ARGV[17]) + 1, old and old.claimedAt + 1 or 0)
local seat = { pendingUntil = pendingUntil, claimedAt = claimedAt, edge = edge }
if isSame then
  seat.streamId, seat.resumeId = old.streamId, old.resumeId
  seat.generation = math.max(old.generation, ticketGeneration) + 1
elseif isTicket and resumeId ~= '' and call('HEXISTS', STREAMS, ticketStream) == 0 then
  seat.streamId, seat.resumeId, seat.generation = ticketStream, resumeId, ticketGeneration + 1
else
  for i = 18, #ARGV do
    if call('HEXISTS', STREAMS, ARGV[i]) == 0 and call('HEXISTS', MEMBERS, ARGV[i]) == 0 then
      seat.streamId = ARGV[i]
      break
    end
  end
  if not seat.streamId then return { 'again' } end
  seat.resumeId, seat.generation = newResumeId, 0
end

local replacedStream, replacedEdge = '', ''
if old and not isSame then
  local member = memberAt(old.streamId)
  replacedStream, replacedEdge = old.streamId, member and member.edge or old.edge
end
if old then dropSeat(identity, old) end
storeSeat(identity, seat)
call('HSET', STREAMS, seat.streamId, identity)
call('ZREMRANGEBYSCORE', PENDING, '-inf', digits(NOW))
if call('HEXISTS', MEMBERS, seat.streamId) == 0 then call('ZADD', PENDING, pendingUntil, identity) end
occupied()
seen(identity)
lookAt(NOW + emptyMs())
change()
return { 'ok', record(), seat.streamId, seat.resumeId, seat.generation, replacedStream, replacedEdge }
`,

  /** identity, resume id, generation */
  seatIsCurrent: `${ROOM_LIBRARY}${REMOVED_UNTIL}
local seat = seatOf(ARGV[5])
if not seat or seat.resumeId ~= ARGV[6] or tonumber(ARGV[7]) < seat.generation then return 0 end
return removedUntil(ARGV[5]) <= NOW and 1 or 0
`,

  /** identity */
  seat: `${ROOM_LIBRARY}
local seat = seatOf(ARGV[5])
return seat and { seat.streamId, seat.resumeId, seat.generation, seat.edge, digits(seat.claimedAt) } or false
`,

  /** identity, resume id */
  dropSeat: `${ROOM_LIBRARY}
local seat = seatOf(ARGV[5])
if seat and seat.resumeId == ARGV[6] then
  dropSeat(ARGV[5], seat)
  if exists() then change() end
end
return 1
`,
};
