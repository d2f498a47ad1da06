/** Keys: stream, lease of its consumer, counters. */
const EVENT_LIBRARY = `
local EVENTS, HOLDER, SHARD = unpack(KEYS)
local GROUP, READER = 'webhooks', 'reader'
local call = redis.call
`;

export const EVENT_SCRIPTS = {
  /**
   * consumer, ms that it holds the shard, most events. Answers false when another holds it; otherwise how many were
   * lost, and position, id and event of each. The group has one reader, whoever holds the shard, so that what was
   * read and not acknowledged comes again, and first.
   */
  readEvents: `${EVENT_LIBRARY}
local max = tonumber(ARGV[3])
local holder = call('GET', HOLDER)
if holder and holder ~= ARGV[1] then return false end
call('SET', HOLDER, ARGV[1], 'PX', ARGV[2])
local counters = call('HMGET', SHARD, 'appended', 'acknowledged')
local lost = tonumber(counters[1] or 0) - tonumber(counters[2] or 0) - call('XLEN', EVENTS)
if call('EXISTS', EVENTS) == 0 then return { lost } end
local made = redis.pcall('XGROUP', 'CREATE', EVENTS, GROUP, '0')
if made.err and not string.find(made.err, 'BUSYGROUP', 1, true) then return made end

local found = {}
local function read(from)
  while #found < max do
    local answer = call('XREADGROUP', 'GROUP', GROUP, READER, 'COUNT', max - #found, 'STREAMS', EVENTS, from)
    local entries = answer and answer[1] and answer[1][2] or {}
    local trimmed = 0
    for _, entry in ipairs(entries) do
      if entry[2] then
        found[#found + 1] = entry
      else
        call('XACK', EVENTS, GROUP, entry[1])
        trimmed = trimmed + 1
      end
    end
    -- Of those that wait for an acknowledgement some may have been cut off meanwhile: then others move up.
    if trimmed == 0 then return end
    if from == '0' then found = {} end
  end
end
read('0')
if #found < max then read('>') end
local answer = { lost }
for i, entry in ipairs(found) do answer[i + 1] = { entry[1], entry[2][2], entry[2][4] } end
return answer
`,

  /** consumer, positions. Of a shard that another holds by now nothing is acknowledged: it would lose the order. */
  acknowledgeEvents: `${EVENT_LIBRARY}
local holder = call('GET', HOLDER)
if holder and holder ~= ARGV[1] then return 0 end
local count = 0
for i = 2, #ARGV do
  call('XACK', EVENTS, GROUP, ARGV[i])
  count = count + call('XDEL', EVENTS, ARGV[i])
end
if count > 0 then call('HINCRBY', SHARD, 'acknowledged', count) end
return count
`,

  /** consumer */
  releaseEvents: `${EVENT_LIBRARY}
if call('GET', HOLDER) == ARGV[1] then call('DEL', HOLDER) end
return 1
`,
};
