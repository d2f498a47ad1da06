import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { DirectoryConfig } from './config.ts';
import type { RateLimits } from './http/context.ts';
import type { DirectoryMetrics } from './metrics.ts';
import { Problem } from './problem.ts';

/** Addresses and identities remembered; beyond it the least recent are forgotten. */
const MAX_REMEMBERED = 20_000;
const MINUTE_MS = 60_000;
/** IPv6 clients change the lower half of their address as they like. */
const IPV6_PREFIX_BITS = 64;

type Limiter = (request: FastifyRequest) => Promise<void>;

/**
 * Limits by client address and by identity. They are asked for by the routes and not by a hook, because the
 * identity is known only after the credential was checked.
 */
export const rateLimits = async (
  app: FastifyInstance,
  config: DirectoryConfig,
  metrics: DirectoryMetrics,
): Promise<RateLimits> => {
  await app.register(fastifyRateLimit, { global: false, cache: MAX_REMEMBERED });
  // One store keeps all counts: the limit's name keeps its keys apart.
  const limiter = (name: string, max: number, keyOf: (request: FastifyRequest) => string): Limiter => {
    const check = app.createRateLimit({
      max,
      timeWindow: MINUTE_MS,
      keyGenerator: (request) => `${name}:${keyOf(request)}`,
    });
    return async (request) => {
      const state = await check(request);
      if (state.isAllowed || !state.isExceeded) return;
      metrics.rateLimited(name);
      const retryAfterSeconds = Math.max(1, state.ttlInSeconds);
      const detail = `More than ${max} a minute: wait ${retryAfterSeconds} s (see Retry-After).`;
      throw new Problem(429, 'rate_limited', detail, { retryAfterSeconds });
    };
  };
  const address = (request: FastifyRequest): string => normalizeIP(request.ip, IPV6_PREFIX_BITS);
  const identities = new WeakMap<FastifyRequest, string>();
  const byIdentity = limiter(
    'join_identity',
    config.joinsPerMinutePerIdentity,
    (request) => identities.get(request) ?? '',
  );
  return {
    request: limiter('request', config.requestsPerMinutePerAddress, address),
    joinAddress: limiter('join_address', config.joinsPerMinutePerAddress, address),
    identity: (request, room, identity) => {
      identities.set(request, `${room}\n${identity}`);
      return byIdentity(request);
    },
  };
};
