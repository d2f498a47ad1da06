import type { RunEdgeOptions } from '@partyline/edge/process';
import type { HopFault } from './hop-fault.ts';

type FanOutClass = Parameters<NonNullable<RunEdgeOptions['fanOut']>>[0];
type FanOut = InstanceType<FanOutClass>;

/**
 * A fan-out which frames that were chosen for listeners reach late, or not at all. Held ones are pending in its
 * books, as those are that wait for others; lost ones are in no book, as if the edge had a bug.
 */
export const faultyFanOut = (Base: FanOutClass, fault: HopFault): FanOutClass =>
  class FaultyFanOut extends Base {
    override publish(...[room, message, arrivedAtMs]: Parameters<FanOut['publish']>): void {
      if (fault.loses(1)) return;
      if (!fault.holds) {
        super.publish(room, message, arrivedAtMs);
        return;
      }
      // The bytes are the connection's again as soon as the call returns.
      const kept = message.slice();
      this.#hold(() => super.publish(room, kept, arrivedAtMs));
    }

    override append(...[room, bytes, start, end, flags, ...rest]: Parameters<FanOut['append']>): void {
      if (fault.loses(1)) return;
      if (!fault.holds) {
        super.append(room, bytes, start, end, flags, ...rest);
        return;
      }
      const kept = bytes.slice(start, end);
      this.#hold(() => {
        super.append(room, kept, 0, kept.length, flags, ...rest);
        const [, arrivedAtMs] = rest;
        super.commit(room, arrivedAtMs);
      });
    }

    #hold(handOn: () => void): void {
      this.pendingFrames += 1;
      fault.hold(1, () => {
        this.pendingFrames -= 1;
        handOn();
      });
    }
  };
