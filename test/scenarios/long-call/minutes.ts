import { measureDelays } from '../../browser/delay.ts';
import { joinBlocks, median } from '../../browser/timeline.ts';
import { speech } from '../../support/synthetic-voice.ts';
import type { System } from '../../support/system.ts';
import { Talkers } from '../../support/talkers.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import { type NodePerson, type PagePerson, ROOM } from './people.ts';
import type { Sample } from './slope.ts';

/** Everybody in the call, and where it takes place. */
export interface Company {
  system: System;
  /** Talks all the time. */
  speaker: PagePerson;
  listener: PagePerson;
  bot: NodePerson;
}

/** What was seen during the call; memory in bytes by what it is of, delays in ms. */
export interface Seen {
  memory: Map<string, Sample[]>;
  /** Median of each minute, from mouth to ear. */
  delays: Sample[];
  /** The same without what the play-out buffer means to hold, which follows the jitter and so the machine's load. */
  beyondBuffer: Sample[];
  /** Things that were to happen, and did not: a sentence each. */
  failures: string[];
  /** Things that happened, and how often. */
  happened: Map<string, number>;
}

const MINUTE_MS = 60_000;
/** A minute begins with speech alone, from which the delay is taken. */
const LISTEN_MS = 12_000;
const TARGET_EVERY_MS = 1_000;
const MEMORY_EVERY_MS = 14_000;
const HIDDEN_MS = 20_000;
/** One after the other: what each leaves behind adds up to something that is seen. */
const BROKEN_AT_A_TIME = 4;
const WITHIN_MS = 15_000;

/** The call's minutes, one after the other. */
export class Minutes {
  readonly #company: Company;
  readonly #seen: Seen = {
    memory: new Map(),
    delays: [],
    beyondBuffer: [],
    failures: [],
    happened: new Map(),
  };
  readonly #beganAtMs = performance.now();
  #visitors = 0;

  constructor(company: Company) {
    this.#company = company;
  }

  get seen(): Seen {
    return this.#seen;
  }

  /** One minute: listening, then whatever people do, and a look at memory now and then. */
  async pass(minute: number): Promise<void> {
    const endsAtMs = this.#beganAtMs + (minute + 1) * MINUTE_MS;
    await this.#listen();
    await this.#remember();
    const doings = this.#doings(minute);
    while (performance.now() < endsAtMs) {
      const untilNextMs = Math.min(MEMORY_EVERY_MS, Math.max(0, endsAtMs - performance.now()));
      const [doing] = doings.splice(0, 1);
      await Promise.all([doing?.(), forMs(untilNextMs)]);
      if (performance.now() < endsAtMs) await this.#remember();
    }
  }

  #now(): number {
    return performance.now() - this.#beganAtMs;
  }

  async #listen(): Promise<void> {
    const { speaker, listener } = this.#company;
    const atMs = this.#now();
    await Promise.all([speaker.call.record(true), listener.call.record(true)]);
    const targetsMs: number[] = [];
    for (let passedMs = 0; passedMs < LISTEN_MS; passedMs += TARGET_EVERY_MS) {
      await forMs(TARGET_EVERY_MS);
      const targetMs = await listener.bufferTargetMs(speaker.name);
      if (targetMs !== undefined) targetsMs.push(targetMs);
    }
    const said = await speaker.call.recordings();
    const heard = await listener.call.recordings();
    await Promise.all([speaker.call.record(false), listener.call.record(false)]);
    const delays = measureDelays(joinBlocks(said.microphone), joinBlocks(heard.loudspeaker));
    const alike = delays.filter(({ correlation }) => correlation > 0.7);
    const enough = alike.length >= 3 && targetsMs.length > 0;
    this.#expect(enough, `${alike.length} s of speech were found in minute ${Math.round(atMs / MINUTE_MS)}`);
    if (!enough) return;
    const value = median(alike.map(({ delayMs }) => delayMs));
    this.#seen.delays.push({ atMs, value });
    this.#seen.beyondBuffer.push({ atMs, value: value - median(targetsMs) });
  }

  async #remember(): Promise<void> {
    const { speaker, listener, bot } = this.#company;
    const looks: [string, object][] = [
      ['speaker', await speaker.memory()],
      ['listener', await listener.memory()],
      ['bot', await bot.memory()],
    ];
    const atMs = this.#now();
    for (const [who, values] of looks) {
      for (const [what, value] of Object.entries(values) as [string, number][]) {
        const key = `${who} ${what}`;
        const samples = this.#seen.memory.get(key) ?? [];
        samples.push({ atMs, value });
        this.#seen.memory.set(key, samples);
      }
    }
  }

  /** What happens in a minute, one thing after the other. */
  #doings(minute: number): (() => Promise<void>)[] {
    const { speaker, listener } = this.#company;
    const own = [
      () => this.#mute(),
      () => this.#reconnect(speaker),
      () => this.#hide(speaker),
      () => this.#reconnect(listener),
      () => this.#hide(listener),
    ];
    return [() => this.#visit(), own[minute % own.length]!, () => this.#chat()];
  }

  /** Somebody comes, says something and goes; meanwhile the one in Node talks, too. */
  async #visit(): Promise<void> {
    const { system, listener, bot } = this.#company;
    this.#visitors += 1;
    const identity = `visitor-${this.#visitors}`;
    const visitor = await system.join({ room: ROOM, identity, name: identity });
    const seen = await this.#within(() => this.#isListed(listener, identity));
    this.#expect(seen, `${identity} was not seen to come`);
    const talkers = new Talkers();
    talkers.say(visitor, speech(20));
    await bot.talk(3_000);
    talkers.stop();
    await visitor.leave();
    const gone = await this.#within(async () => !(await this.#isListed(listener, identity)));
    this.#expect(gone, `${identity} was not seen to go`);
    this.#count('visits');
  }

  async #mute(): Promise<void> {
    const { speaker, listener } = this.#company;
    await speaker.call.press('Mute');
    await listener.call.sees(speaker.name, 'muted');
    await forMs(2_000);
    await speaker.call.press('Unmute');
    await listener.call.sees(speaker.name, 'speaking');
    this.#count('mutes');
  }

  async #reconnect(person: PagePerson): Promise<void> {
    for (let broken = 0; broken < BROKEN_AT_A_TIME; broken += 1) {
      const before = await person.reconnects();
      await person.breakConnection();
      const back = await this.#within(async () => (await person.reconnects()) > before);
      this.#expect(back, `${person.name} did not come back after a broken connection`);
      this.#count('reconnects');
    }
    await this.#company.listener.call.sees(this.#company.speaker.name, 'speaking');
  }

  /** A tab behind another goes on talking and hearing. */
  async #hide(person: PagePerson): Promise<void> {
    await person.setHidden(true);
    await forMs(HIDDEN_MS);
    await person.setHidden(false);
    await this.#company.listener.call.sees(this.#company.speaker.name, 'speaking');
    this.#count('hidden tabs');
  }

  async #chat(): Promise<void> {
    const { speaker, listener, bot } = this.#company;
    for (const person of [speaker, listener, bot]) {
      const recipients = await person.chat(`It is minute ${Math.round(this.#now() / MINUTE_MS)}.`);
      this.#expect(recipients === 2, `a chat message was passed to ${recipients} instead of 2`);
      this.#count('chat messages');
    }
  }

  #isListed({ call }: PagePerson, name: string): Promise<boolean> {
    return call.page.evaluate(
      (identity) => window.partyline?.participants.some((person) => person.identity === identity) === true,
      name,
    );
  }

  #within(condition: () => Promise<boolean>): Promise<boolean> {
    return holdsWithin(condition, WITHIN_MS, 100);
  }

  #expect(holds: boolean, sentence: string): void {
    if (!holds) this.#seen.failures.push(sentence);
  }

  #count(what: string): void {
    this.#seen.happened.set(what, (this.#seen.happened.get(what) ?? 0) + 1);
  }
}
