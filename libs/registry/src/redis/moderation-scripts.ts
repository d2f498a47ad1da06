import { ROOM_LIBRARY } from './room-library.ts';
import { SHARD_LIBRARY } from './sweep-scripts.ts';

const STATES = `
local function isNone(muted, removedUntil, selection)
  return muted == '0' and tonumber(removedUntil) <= NOW and selection == 'auto'
end

local function stateOf(identity)
  local value = call('HGET', MODERATION, identity)
  if not value then return '0', '0', 'auto' end
  return string.match(value, '^(%d)\\t(%d+)\\t([^\\t]*)')
end
`;

export const MODERATION_SCRIPTS = {
  /** identity, then muted (0 or 1), removed until and selection ('' when unchanged), bound */
  moderate: `${ROOM_LIBRARY}${STATES}
local identity, max = ARGV[5], tonumber(ARGV[9])
local muted, removedUntil, selection = stateOf(identity)
if ARGV[6] ~= '' then muted = ARGV[6] end
if ARGV[7] ~= '' then removedUntil = ARGV[7] end
if ARGV[8] ~= '' then selection = ARGV[8] end
local state = { muted, removedUntil, selection }
if isNone(muted, removedUntil, selection) then
  call('HDEL', MODERATION, identity)
  return state
end
if call('HEXISTS', MODERATION, identity) == 0 and call('HLEN', MODERATION) >= max then
  -- Removals whose time is over are still there, as nobody has looked for them.
  for _, other in ipairs(call('HKEYS', MODERATION)) do
    if isNone(stateOf(other)) then call('HDEL', MODERATION, other) end
  end
  if call('HLEN', MODERATION) >= max then return { 'too_many_moderated' } end
end
call('HSET', MODERATION, identity, table.concat(state, '\\t'))
seen(identity)
if not exists() then call('ZADD', FORGOTTEN, 'NX', NOW, NAME) end
return state
`,

  /** identity */
  moderation: `${ROOM_LIBRARY}${STATES}
return { stateOf(ARGV[5]) }
`,

  /**
   * cursor, how many rooms to look at, prefix of moderation's keys. Answers the next cursor and the rooms that have some.
   * Keys are made here, but all in the slot of the first. Every room that has anything is due at some time.
   */
  moderatedRooms: `${SHARD_LIBRARY}
local walk = call('ZSCAN', DUE, ARGV[1], 'COUNT', ARGV[2])
local rooms, entries = {}, walk[2]
for i = 1, #entries, 2 do
  if call('HLEN', ARGV[3] .. entries[i]) > 0 then rooms[#rooms + 1] = entries[i] end
end
return { walk[1], rooms }
`,
};
