import type { SpanAttributes } from './span.ts';
import type { Tracing } from './tracing.ts';

/**
 * The same object, whose calls are spans below the active one; calls without one are passed on as they are. With
 * tracing off it is the object itself.
 * @param prefix of the spans' names, as in `registry claimSeat`
 */
export const tracedCalls = <Target extends object>(
  target: Target,
  prefix: string,
  tracing: Tracing,
  attributes: SpanAttributes = {},
): Target => {
  if (!tracing.on) return target;
  const wrapped = new Map<PropertyKey, unknown>();
  return new Proxy(target, {
    get: (_, key) => {
      const known = wrapped.get(key);
      if (known !== undefined) return known;
      // Of the target itself, whose private fields a proxy does not have.
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const call = (...given: unknown[]): unknown =>
        tracing.below(`${prefix} ${String(key)}`, { kind: 'client', attributes }, () =>
          Reflect.apply(value, target, given),
        );
      wrapped.set(key, call);
      return call;
    },
  });
};
