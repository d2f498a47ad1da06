import { Mixer, type PlayoutOptions } from '@partyline/audio';
import { type Clock, localClock } from '../clock.ts';
import type { DecodedVoice } from '../decoded-voice.ts';
import type { PartylineError } from '../errors.ts';
import { PlayoutDelays } from '../playout-delays.ts';
import { PlayoutMeter } from '../playout-meter.ts';
import type { Room } from '../room-types.ts';
import { systemTimers, type Timer, type Timers } from '../timers.ts';
import { VoiceDecoders } from '../voice-decoders.ts';

/** Settings of {@link VoiceSink}. */
export interface VoiceSinkOptions {
  /** Gets everything heard, mixed: mono, 48 kHz, 10 ms a block, at the pace of speech; silence included. */
  onPcm: (block: Float32Array) => void;
  /** A larger least target trades delay for evenness. */
  playout?: Omit<PlayoutOptions, 'sampleRate'>;
  /**
   * Voice waits until it is this old, ms, before it reaches the play-out buffer, which then has no jitter left to
   * adapt to: what is recorded keeps its rhythm. 0 unless given.
   */
  holdMs?: number;
  /** Told of a speaker who cannot be decoded; the others go on. */
  onError?: (error: PartylineError) => void;
  /** Another clock, for tests. */
  clock?: Clock;
  /** Other timers, for tests. */
  timers?: Timers;
}

const BLOCK_MS = 10;
const BLOCK_SAMPLES = BLOCK_MS * 48;
/** Frames held at most, all speakers together: ten seconds of ten people. */
const MAX_HELD = 5_000;
/** Blocks between two readings of the figures. */
const METER_BLOCKS = 10;
/** A process that stood still for longer goes on from now instead of making up the time. */
const LONGEST_STALL_MS = 10_000;

/**
 * Hears a room as a loudspeaker would: every speaker decoded, buffered, mixed, in real time.
 *
 * @example
 * const sink = new VoiceSink(room, { onPcm: (block) => transcriber.write(block) });
 * // … and when it is over:
 * sink.close();
 */
export class VoiceSink {
  readonly #room: Room;
  readonly #options: VoiceSinkOptions;
  readonly #clock: Clock;
  readonly #mixer: Mixer;
  readonly #meter: PlayoutMeter;
  readonly #decoders: VoiceDecoders;
  readonly #stopListening: () => void;
  readonly #holdMs: number;
  #held: DecodedVoice[] = [];
  #startMs: number;
  #blocks = 0;
  readonly #delays = new PlayoutDelays();
  readonly #timers: Timers;
  #timer: Timer | undefined;
  #immediate: ReturnType<typeof setImmediate> | undefined;

  /** Begins at once. One sink a room: it also tells the room its play-out figures. */
  constructor(room: Room, options: VoiceSinkOptions) {
    this.#room = room;
    this.#options = options;
    this.#clock = options.clock ?? localClock;
    this.#timers = options.timers ?? systemTimers;
    this.#holdMs = options.holdMs ?? 0;
    this.#mixer = new Mixer({ ...(options.playout === undefined ? {} : { playout: options.playout }) });
    this.#meter = new PlayoutMeter(this.#mixer);
    this.#decoders = new VoiceDecoders(room, (voice) => this.#voice(voice), {
      engine: 'wasm',
      ...(options.onError === undefined ? {} : { onError: options.onError }),
    });
    this.#stopListening = room.on('participants', ({ left }) => {
      for (const { streamId } of left) this.#meter.remove(streamId);
    });
    room.setPlayout(() => this.#delays.readings);
    this.#startMs = this.#clock.now();
    this.#wait();
  }

  /** How much has been given out, ms. */
  get playedMs(): number {
    return this.#blocks * BLOCK_MS;
  }

  /** Stops; nothing is given out afterwards. Idempotent. */
  close(): void {
    this.#timer?.cancel();
    clearImmediate(this.#immediate);
    this.#decoders.close();
    this.#stopListening();
    this.#room.setPlayout(undefined);
  }

  #voice(voice: DecodedVoice): void {
    if (this.#holdMs === 0) this.#push(voice, voice.arrivedAtMs);
    else if (this.#held.length < MAX_HELD) this.#held.push(voice);
  }

  #push(voice: DecodedVoice, arrivedAtMs: number): void {
    // Arrival counts on the clock that play-out runs by. When this process stood still, both stood still, and
    // voice that waited in the socket meanwhile is not late.
    const nextPullMs = this.#clusterMsOfBlock(this.#blocks + 1);
    this.#meter.push(voice, Math.min(arrivedAtMs, nextPullMs));
  }

  /** Lets go of what is old enough for the block that is mixed next. */
  #release(): void {
    const blockMs = this.#clusterMsOfBlock(this.#blocks + 1);
    this.#held = this.#held.filter((voice) => {
      const inRhythmMs = voice.capturedAtMs + this.#holdMs;
      // A speaker whose clock is off must not be held for longer than was asked for.
      const dueMs = Math.min(inRhythmMs, voice.arrivedAtMs + this.#holdMs);
      if (dueMs > blockMs) return true;
      const onTime = inRhythmMs >= voice.arrivedAtMs;
      // Pre-roll that came before its time is no older than anything else here.
      this.#push(onTime ? { ...voice, preRoll: false } : voice, onTime ? dueMs : voice.arrivedAtMs);
      return false;
    });
  }

  #clusterMsOfBlock(block: number): number {
    return this.#room.clock.toCluster(this.#startMs + block * BLOCK_MS);
  }

  #wait(): void {
    const dueMs = this.#startMs + (this.#blocks + 1) * BLOCK_MS;
    this.#timer = this.#timers.after(Math.max(0, dueMs - this.#clock.now()), () => {
      // Timers run before sockets are read: after a late timer, voice that has arrived meanwhile must come first.
      this.#immediate = setImmediate(() => this.#pullDue());
    });
  }

  #pullDue(): void {
    const nowMs = this.#clock.now();
    const stalledMs = nowMs - (this.#startMs + this.#blocks * BLOCK_MS);
    if (stalledMs > LONGEST_STALL_MS) this.#startMs += stalledMs;
    while (this.#startMs + (this.#blocks + 1) * BLOCK_MS <= nowMs) {
      this.#release();
      const block = new Float32Array(BLOCK_SAMPLES);
      this.#mixer.pull(block);
      this.#blocks += 1;
      if (this.#blocks % METER_BLOCKS === 0) this.#measure();
      this.#options.onPcm(block);
    }
    this.#wait();
  }

  #measure(): void {
    // The next sample is due when its block begins, however late this process runs.
    const audibleAtMs = this.#clusterMsOfBlock(this.#blocks);
    this.#delays.take(this.#meter.read(), audibleAtMs);
    this.#meter.prune();
  }
}
