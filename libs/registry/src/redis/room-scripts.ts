import { ROOM_LIBRARY } from './room-library.ts';

export const ROOM_SCRIPTS = {
  /** mayCreate, given settings (empty when not given), default settings. */
  createRoom: `${ROOM_LIBRARY}
local given, defaults = { ARGV[6], ARGV[7], ARGV[8] }, { ARGV[9], ARGV[10], ARGV[11] }
if not exists() then
  if ARGV[5] == '0' then return { 'too_many_rooms' } end
  local settings = {}
  for i = 1, 3 do settings[i] = given[i] ~= '' and given[i] or defaults[i] end
  create(settings[1], settings[2], settings[3])
  change()
  return { 'created', record() }
end
local found = record()
for i = 1, 3 do
  if given[i] ~= '' and given[i] ~= found[i] then return { 'different_settings', found } end
end
return { 'found', found }
`,

  room: `${ROOM_LIBRARY}
return exists() and record() or false
`,

  /** Most members to remove. Answers how many are left. */
  removeMembers: `${ROOM_LIBRARY}
for _, streamId in ipairs(call('ZRANGE', ORDER, 0, ARGV[5] - 1)) do removeMember(streamId, memberAt(streamId)) end
return call('HLEN', MEMBERS)
`,

  /** Places stay: they are the edges' to end. */
  deleteRoom: `${ROOM_LIBRARY}
local existed = exists()
if existed then
  for _, streamId in ipairs(call('ZRANGE', ORDER, 0, -1)) do removeMember(streamId, memberAt(streamId)) end
  ended()
end
call('DEL', ROOM, SEATS, STREAMS, MEMBERS, ORDER, IDENTITIES, PENDING, SEEN, MODERATION)
call('ZREM', ROOMS, NAME)
call('ZREM', DUE, NAME)
call('ZREM', FORGOTTEN, NAME)
return existed and 1 or 0
`,
};
