import type { Expectations } from '@partyline/harness';
import { ApiClient } from '../../support/api-client.ts';
import type { Caller } from '../../support/caller.ts';
import { continuityOf } from '../../support/continuity.ts';
import { nowMs } from '../../support/raw-client.ts';
import { speech } from '../../support/synthetic-voice.ts';
import type { System } from '../../support/system.ts';
import type { Talkers } from '../../support/talkers.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';

const SPEAKERS = 2;

/** One call over all edges: somebody on each, of whom two in different regions speak. */
export class Conference {
  readonly room: string;
  readonly people: Caller[];
  readonly speakers: readonly Caller[];
  readonly #system: System;

  private constructor(system: System, room: string, people: Caller[]) {
    this.#system = system;
    this.room = room;
    this.people = people;
    this.speakers = [people[0]!, people.at(-1)!].slice(0, SPEAKERS);
  }

  static async gather(
    system: System,
    checks: Expectations,
    talkers: Talkers,
    room: string,
  ): Promise<Conference> {
    const people: Caller[] = [];
    for (const edge of system.edges) people.push(await system.call({ room, identity: `on-${edge}`, edge }));
    const conference = new Conference(system, room, people);
    for (const speaker of conference.speakers) talkers.say(speaker, speech(60));
    const flows = await holdsWithin(
      () => conference.lists() && conference.pairs.every(([a, b]) => a.of(b.streamId).length > 50),
      10_000,
    );
    checks.expect(flows, `${room}: the call did not get under way`);
    return conference;
  }

  /** Everybody with each speaker that they hear. */
  get pairs(): [listener: Caller, speaker: Caller][] {
    return this.people.flatMap((listener) =>
      this.speakers
        .filter((speaker) => speaker !== listener)
        .map((speaker): [Caller, Caller] => [listener, speaker]),
    );
  }

  get departures(): number {
    return this.people.reduce((sum, caller) => sum + caller.departures.length, 0);
  }

  /** Whether everybody is shown exactly the same people, and each of them as present. */
  lists(): boolean {
    const wanted = this.people
      .map(({ streamId }) => streamId)
      .sort()
      .join();
    return this.people.every(({ room: { participants } }) => {
      const shown = participants.filter(({ reconnecting }) => !reconnecting).map(({ streamId }) => streamId);
      return shown.length === participants.length && shown.sort().join() === wanted;
    });
  }

  /** Whether each hears every speaker since a moment. */
  flowsSince(atMs: number): boolean {
    return this.pairs.every(([listener, { streamId }]) => {
      const newest = listener.frames.findLast((frame) => frame.streamId === streamId);
      return newest !== undefined && newest.arrivedAtMs > atMs;
    });
  }

  /** What each directory counts in the room, as a sentence; '' once every one counts the people who are there. */
  async miscounts(): Promise<string> {
    const token = await this.#system.token({ admin: true });
    const answers = await Promise.all(
      this.#system.cluster.directories.map(async ({ id, url }) => {
        const answer = await new ApiClient(url, token)
          .request('GET', `/v1/rooms/${this.room}`)
          .catch(() => undefined);
        const { participants, publishers } = (answer?.body ?? {}) as Record<string, unknown>;
        const isRight = participants === this.people.length && publishers === this.people.length;
        const said = answer?.status === 200 ? `${participants} and ${publishers} publishers` : answer?.status;
        return isRight ? '' : `${id} counts ${said ?? 'nothing'}`;
      }),
    );
    return answers.filter((miscount) => miscount !== '').join(', ');
  }

  /** Joins once more on an edge, again and again until it works. */
  async newcomer(edge: string, timeoutMs: number): Promise<Caller> {
    const endsAtMs = nowMs() + timeoutMs;
    for (;;) {
      try {
        const caller = await this.#system.call({ room: this.room, identity: 'newcomer', edge });
        this.people.push(caller);
        return caller;
      } catch (error) {
        if (nowMs() > endsAtMs) throw error;
        await forMs(100);
      }
    }
  }

  /** Since a moment, over everybody and each speaker on another edge: the longest silence, and frames that never came. */
  continuity(sinceMs: number): { longestGapMs: number; missing: number } {
    const all = this.pairs.map(([listener, speaker]) =>
      continuityOf(listener.of(speaker.streamId).filter(({ arrivedAtMs }) => arrivedAtMs > sinceMs)),
    );
    return {
      longestGapMs: Math.max(...all.map(({ longestGapMs }) => longestGapMs)),
      missing: all.reduce((sum, { missing }) => sum + missing, 0),
    };
  }

  expectNobodyLeft(checks: Expectations, part: string): void {
    const { departures } = this;
    checks.expect(
      departures === 0,
      `${part}: ${departures} times somebody in the call was said to have left`,
    );
  }

  async leave(): Promise<void> {
    await Promise.all(this.people.map((caller) => caller.leave()));
  }
}
