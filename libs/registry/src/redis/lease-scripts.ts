import { MAX_EVENTS_PER_SHARD } from './room-library.ts';

/**
 * A lease is a key that Redis itself lets expire, so that no clock but its own decides who is alive. Its value is
 * boot, the lease's own incarnation and whether it was told that the edge is drained; in the next line the record.
 */
const LEASE_LIBRARY = `
local IDS, INCARNATION, EVENTS, SHARD = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call = redis.call

local function parse(value)
  local boot, own, drained, record = string.match(value, '^([^\\t]*)\\t([^\\t]*)\\t(%d)[^\\n]*\\n(.*)$')
  return { boot = boot, own = own, drained = drained == '1', record = record }
end

local function value(lease)
  return lease.boot .. '\\t' .. lease.own .. '\\t' .. (lease.drained and 1 or 0) .. '\\n' .. lease.record
end

-- Of all ids, those whose lease is gone are forgotten. Keys are made here, but all in the slot of the first.
local function live(prefix)
  local ids = call('SMEMBERS', IDS)
  local found = {}
  for _, id in ipairs(ids) do
    local stored = call('GET', prefix .. id)
    if stored then
      found[#found + 1] = id
      found[#found + 1] = stored
    else
      call('SREM', IDS, id)
    end
  end
  return found
end

local function tellDrained(edge, region, nowMs, own)
  local number = call('HINCRBY', SHARD, 'appended', 1)
  call('XADD', EVENTS, 'MAXLEN', '~', ${MAX_EVENTS_PER_SHARD}, '*', 'id', own .. '.' .. number,
    'event', '{"type":"edge_drained","at":' .. nowMs .. ',"edge":"' .. edge .. '","region":' .. region .. '}')
end
`;

export const LEASE_SCRIPTS = {
  /**
   * edge, boot, region as JSON, record, ms to live, bound, incarnations to use for a new lease and a new state,
   * time, whether it is draining and whether it is empty, prefix of leases
   */
  renewLease: `${LEASE_LIBRARY}
local LEASE = KEYS[5]
local edge, boot, region, record, ttlMs, own, all, nowMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[7], ARGV[8], ARGV[9]
local isDraining, isEmpty = ARGV[10] == '1', ARGV[11] == '1'
local stored = call('GET', LEASE)
local lease = stored and parse(stored) or { boot = boot, own = own, drained = false }
if lease.boot ~= boot then return { 'edge_id_taken' } end
if call('SISMEMBER', IDS, edge) == 0 then
  local max = tonumber(ARGV[6])
  if call('SCARD', IDS) >= max then live(ARGV[12]) end
  if call('SCARD', IDS) >= max then return { 'too_many_edges' } end
  call('SADD', IDS, edge)
end
lease.record = record
if not isDraining then
  lease.drained = false
elseif isEmpty and not lease.drained then
  lease.drained = true
  tellDrained(edge, region, nowMs, lease.own)
end
call('SET', LEASE, value(lease), 'PX', ttlMs)
call('SETNX', INCARNATION, all)
return { 'ok', call('GET', INCARNATION) .. '.' .. lease.own }
`,

  /** edge, boot, region as JSON, time, whether it was draining */
  dropLease: `${LEASE_LIBRARY}
local stored = call('GET', KEYS[5])
local lease = stored and parse(stored)
if not lease or lease.boot ~= ARGV[2] then return 0 end
call('DEL', KEYS[5])
call('SREM', IDS, ARGV[1])
local record = cjson.decode(lease.record)
if record.draining and not lease.drained then
  tellDrained(ARGV[1], cjson.encode(record.region), ARGV[3], lease.own)
end
return 1
`,

  /** prefix of leases */
  edges: `${LEASE_LIBRARY}
local found, records = live(ARGV[1]), {}
for i = 2, #found, 2 do records[#records + 1] = parse(found[i]).record end
return records
`,

  /**
   * prefix of leases. Answers the incarnation ('' while there is none), whether a sweep has seen all shards in it,
   * and edge and boot of each lease.
   */
  survey: `${LEASE_LIBRARY}
local found = live(ARGV[1])
for i = 2, #found, 2 do found[i] = parse(found[i]).boot end
local incarnation = call('GET', INCARNATION)
return { incarnation or '', incarnation and call('HGET', SHARD, 'surveyed') == incarnation and 1 or 0, found }
`,

  /** incarnation in which a sweep has seen all shards */
  surveyed: `${LEASE_LIBRARY}
if call('GET', INCARNATION) == ARGV[1] then call('HSET', SHARD, 'surveyed', ARGV[1]) end
return 1
`,

  /** boot, another incarnation for its lease: the edge then tells everything anew */
  tellAnew: `${LEASE_LIBRARY}
local stored = call('GET', KEYS[5])
local lease = stored and parse(stored)
if not lease or lease.boot ~= ARGV[1] then return 0 end
lease.own = ARGV[2]
call('SET', KEYS[5], value(lease), 'KEEPTTL')
return 1
`,

  /** A part of the stored state was lost: another incarnation for all of it. */
  tellAllAnew: `${LEASE_LIBRARY}
call('SET', INCARNATION, ARGV[1])
call('HSET', SHARD, 'surveyed', ARGV[1])
return 1
`,
};
