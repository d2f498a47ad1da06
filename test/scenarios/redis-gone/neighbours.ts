import type { Expectations } from '@partyline/harness';
import type { Caller } from '../../support/caller.ts';
import { continuityOf } from '../../support/continuity.ts';
import { speech } from '../../support/synthetic-voice.ts';
import type { System } from '../../support/system.ts';
import type { Talkers } from '../../support/talkers.ts';
import { holdsWithin } from '../../support/wait.ts';

/** A call of two people on one edge. */
interface Call {
  edge: string;
  speaker: Caller;
  listener: Caller;
}

/** On each edge two people in a room of their own: nothing that happens between edges is to be heard here. */
export class Neighbours {
  readonly calls: readonly Call[];

  private constructor(calls: readonly Call[]) {
    this.calls = calls;
  }

  static async gather(system: System, talkers: Talkers, name: string): Promise<Neighbours> {
    const calls: Call[] = [];
    for (const edge of system.edges) {
      const room = `${name}-${edge}`;
      const [speaker, listener] = await Promise.all([
        system.call({ room, identity: 'speaker', edge }),
        system.call({ room, identity: 'listener', edge }),
      ]);
      calls.push({ edge, speaker, listener });
    }
    for (const { speaker } of calls) talkers.say(speaker, speech(60));
    return new Neighbours(calls);
  }

  get everybody(): Caller[] {
    return this.calls.flatMap(({ speaker, listener }) => [speaker, listener]);
  }

  /** Ends the talk, and expects that every frame of it was heard and nobody was said to have left. */
  async expectUntouched(
    checks: Expectations,
    talkers: Talkers,
    part: string,
  ): Promise<{ frames: number; lost: number; longestGapMs: number }> {
    talkers.hush(...this.calls.map(({ speaker }) => speaker));
    const heard = ({ speaker, listener }: Call): number => continuityOf(listener.of(speaker.streamId)).frames;
    await holdsWithin(() => this.calls.every((call) => heard(call) === call.speaker.spoken), 2_000, 50);
    let [frames, lost, longestGapMs] = [0, 0, 0];
    for (const call of this.calls) {
      const { edge, speaker, listener } = call;
      const missing = speaker.spoken - heard(call);
      frames += heard(call);
      lost += missing;
      longestGapMs = Math.max(longestGapMs, continuityOf(listener.of(speaker.streamId)).longestGapMs);
      checks.expect(
        missing === 0,
        `${part}: ${missing} frames of a call within ${edge} were lost; this process stood still for ${talkers.longestTickMs.toFixed(0)} ms at most`,
      );
    }
    const departures = this.everybody.reduce((sum, caller) => sum + caller.departures.length, 0);
    checks.expect(
      departures === 0,
      `${part}: ${departures} times somebody of a call within an edge was said to have left`,
    );
    return { frames, lost, longestGapMs };
  }

  async leave(): Promise<void> {
    await Promise.all(this.everybody.map((caller) => caller.leave()));
  }
}
