import { ROOM_LIBRARY } from './room-library.ts';

const LIST = `
local function list()
  local version = call('HMGET', ROOM, 'incarnation', 'counter')
  return { call('HGETALL', PLACES), version[1] or '', version[2] or '0' }
end
`;

export const PLACE_SCRIPTS = {
  /** edge, boot, participants, region, bound, then the incarnation that the edge knows of ('' for none) and its time */
  enterRoom: `${ROOM_LIBRARY}${LIST}
local edge, boot, known, knownMs = ARGV[5], ARGV[6], ARGV[10], tonumber(ARGV[11])
local old = call('HGET', PLACES, edge)
local oldBoot = old and string.match(old, '^([^\\t]*)\\t') or nil
if not old and call('HLEN', PLACES) >= tonumber(ARGV[9]) then return 'too_many_edges' end
if oldBoot ~= boot then
  hold(edge, boot, 1)
  if oldBoot then hold(edge, oldBoot, -1) end
end
call('HSET', PLACES, edge, boot .. '\\t' .. ARGV[7] .. '\\t' .. ARGV[8])
if known ~= '' then
  -- The room had a later version before its state was lost: go on above it.
  if knownMs > tonumber(call('HGET', SHARD, 'latest') or 0) then call('HSET', SHARD, 'latest', digits(knownMs)) end
  local incarnation = call('HGET', ROOM, 'incarnation')
  if incarnation and incarnation ~= known and tonumber(string.match(incarnation, '^%d+')) <= knownMs then
    call('HSET', ROOM, 'incarnation', newIncarnation())
  end
end
return list()
`,

  /** edge, boot */
  leaveRoom: `${ROOM_LIBRARY}
local old = call('HGET', PLACES, ARGV[5])
if old and string.match(old, '^([^\\t]*)\\t') == ARGV[6] then
  call('HDEL', PLACES, ARGV[5])
  hold(ARGV[5], ARGV[6], -1)
end
return 1
`,

  places: `${ROOM_LIBRARY}${LIST}
return list()
`,
};
