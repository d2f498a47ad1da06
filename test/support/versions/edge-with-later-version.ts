/** An edge as a process that speaks as one of a later version does, on the bus and to the registry; for tests. */
import { runEdge } from '@partyline/edge/process';
import type { Registry } from '@partyline/registry';
import { LaterBus } from './later-bus.ts';

/** What it stores has fields that are not known yet. */
const laterRegistry = (registry: Registry): Registry =>
  new Proxy(registry, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (name === 'renewLease') args[0] = { ...(args[0] as object), later: { slots: 7 } };
        if (name === 'putMember') args[1] = { ...(args[1] as object), later: { mood: 'good' } };
        return value.apply(target, args) as unknown;
      };
    },
  });

await runEdge(process.env, { wrapBus: (bus) => new LaterBus(bus), wrapRegistry: laterRegistry });
