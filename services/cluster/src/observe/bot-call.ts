import { setTimeout as sleep } from 'node:timers/promises';
import { testVoice } from '@partyline/audio';
import { joinRoom, type Room } from '@partyline/client';
import { prepareVoice, VoiceSink, VoiceSource } from '@partyline/client/node';

export interface BotCallOptions {
  bots: number;
  room: string;
  /** A directory in each region, by the region's name. */
  directories: ReadonlyMap<string, string>;
  /** Told what goes wrong, a line each. */
  complain: (text: string) => void;
}

const NAMES = ['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Hedy', 'Radia'];
/** Pitches of the voices, in Hz; neighbours in the list sound different. */
const PITCHES_HZ = [205, 120, 180, 105, 230, 140];
const VOICE_SECONDS = 40;
/** Lengths of turns in turn, in ms, and what comes before the next: a pause, or (negative) talking over each other. */
const TURNS_MS = [5_000, 3_000, 7_000, 4_000];
const PAUSES_MS = [300, 150, -900, 500, 200];
const JOIN_AGAIN_MS = 2_000;

/** Bots in one room that talk in turns through the SDK, as people do: with Opus, and each hearing all others. */
export class BotCall {
  readonly #options: BotCallOptions;
  readonly #bots: Bot[];
  readonly #over = new AbortController();
  #turns: Promise<void> | undefined;

  constructor(options: BotCallOptions) {
    this.#options = options;
    const regions = [...options.directories];
    this.#bots = Array.from({ length: options.bots }, (_, index) => {
      const [region, url] = regions[index % regions.length]!;
      const name = NAMES[index % NAMES.length]! + (index < NAMES.length ? '' : ` ${index}`);
      return new Bot({
        name,
        region,
        url,
        room: options.room,
        pitchHz: PITCHES_HZ[index % PITCHES_HZ.length]!,
      });
    });
  }

  /** @throws Error when nobody can join */
  async start(): Promise<void> {
    if (this.#bots.length === 0) return;
    await prepareVoice();
    for (const bot of this.#bots) await bot.join(this.#over.signal);
    this.#turns = this.#takeTurns();
  }

  /** Everybody leaves. Idempotent. */
  async stop(): Promise<void> {
    this.#over.abort();
    await this.#turns;
    await Promise.all(this.#bots.map((bot) => bot.leave()));
  }

  async #takeTurns(): Promise<void> {
    const { signal } = this.#over;
    const speaking = new Set<Promise<void>>();
    for (let turn = 0; !signal.aborted; turn += 1) {
      const bot = this.#bots[turn % this.#bots.length]!;
      const lengthMs = TURNS_MS[turn % TURNS_MS.length]!;
      const spoken = this.#speak(bot, lengthMs).finally(() => speaking.delete(spoken));
      speaking.add(spoken);
      const untilNextMs = lengthMs + PAUSES_MS[turn % PAUSES_MS.length]!;
      await sleep(untilNextMs, undefined, { signal }).catch(() => undefined);
    }
    await Promise.all(speaking);
  }

  async #speak(bot: Bot, lengthMs: number): Promise<void> {
    const { signal } = this.#over;
    try {
      if (!bot.isInRoom) await bot.join(signal);
      await bot.speak(lengthMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#options.complain(`The bot ${bot.name} is out: ${error instanceof Error ? error.message : error}`);
      await sleep(JOIN_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

interface BotOptions {
  name: string;
  region: string;
  url: string;
  room: string;
  pitchHz: number;
}

/** One of them; what it hears it plays to nobody, at the pace of speech. */
class Bot {
  readonly #options: BotOptions;
  readonly #voice: Float32Array;
  #room: Room | undefined;
  #sink: VoiceSink | undefined;
  #source: VoiceSource | undefined;
  #spokenSamples = 0;

  constructor(options: BotOptions) {
    this.#options = options;
    this.#voice = testVoice(VOICE_SECONDS, options.pitchHz);
  }

  get name(): string {
    return this.#options.name;
  }

  get isInRoom(): boolean {
    return this.#room !== undefined && this.#room.state.phase !== 'closed';
  }

  async join(signal: AbortSignal): Promise<void> {
    await this.leave();
    const { name, region, url, room } = this.#options;
    this.#room = await joinRoom({ url, room, name, region, client: 'partyline observe', signal });
    this.#sink = new VoiceSink(this.#room, { onPcm: () => undefined });
    this.#source = await VoiceSource.open(this.#room);
  }

  /** Goes on where it stopped the last time. */
  async speak(durationMs: number, signal: AbortSignal): Promise<void> {
    const from = this.#spokenSamples % this.#voice.length;
    this.#spokenSamples += durationMs * 48;
    await this.#source?.play(this.#voice.subarray(from, from + durationMs * 48), { signal });
  }

  async leave(): Promise<void> {
    this.#source?.close();
    this.#sink?.close();
    await this.#room?.leave();
    this.#room = undefined;
  }
}
