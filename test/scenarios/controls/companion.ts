import { joinRoom, type Room } from '@partyline/client';
import { nodeNetwork, prepareVoice, VoiceSource } from '@partyline/client/node';
import { forMs, holdsWithin } from '../../support/wait.ts';

/** Nothing for so long is silence: with DTX, too, something comes several times a second. */
const QUIET_MS = 700;
const TONE_HZ = 440;
const AMPLITUDE = 0.25;

/** Equally loud all the time, so that a moment tells how loud it is played; it swells 4 times a second, as a voice does. */
const humming = (): Float32Array =>
  Float32Array.from({ length: 48_000 }, (_, at) => {
    const swell = 0.75 + 0.25 * Math.sin((2 * Math.PI * 4 * at) / 48_000);
    return AMPLITUDE * swell * Math.sin((2 * Math.PI * TONE_HZ * at) / 48_000);
  });

export interface CompanionOptions {
  url: string;
  room: string;
  name: string;
  /** Of somebody with an access token; guests have none. */
  token?: string;
}

/** Somebody else in the room, from Node: notices what comes from the page, hums and writes. */
export class Companion {
  readonly room: Room;
  readonly messages: string[] = [];
  readonly #lastFrameMs = new Map<number, number>();
  readonly #lastCodec = new Map<number, number>();
  #humming = new AbortController();
  #source: VoiceSource | undefined;

  static async join({ url, room, name, token }: CompanionOptions): Promise<Companion> {
    const network = nodeNetwork({});
    return new Companion(await joinRoom({ url, room, name, network, ...(token && { token }) }));
  }

  private constructor(room: Room) {
    this.room = room;
    room.on('frame', ({ streamId, frame }) => {
      this.#lastFrameMs.set(streamId, performance.now());
      this.#lastCodec.set(streamId, frame.codec);
    });
    room.on('data', ({ text }) => this.messages.push(text ?? ''));
  }

  async hum(): Promise<void> {
    await prepareVoice();
    this.#humming = new AbortController();
    this.#source = await VoiceSource.open(this.room);
    void this.#source.play(humming(), { loop: true, signal: this.#humming.signal });
  }

  async hush(): Promise<void> {
    this.#humming.abort();
    // The frame that is on its way.
    await forMs(60);
    this.#source?.close();
    this.#source = undefined;
  }

  /** Whether frames of somebody's come within a time. */
  hears(name: string, timeoutMs = 5_000): Promise<boolean> {
    const fromMs = performance.now();
    return holdsWithin(() => (this.#lastOf(name) ?? 0) > fromMs, timeoutMs);
  }

  /** Whether no more frames of somebody's come, soon. */
  async hearsNoMore(name: string, timeoutMs = 4_000): Promise<boolean> {
    return holdsWithin(() => performance.now() - (this.#lastOf(name) ?? 0) > QUIET_MS, timeoutMs);
  }

  /** The codec of somebody's last frame, as in its header; undefined before the first. */
  codecOf(name: string): number | undefined {
    const participant = this.sees(name);
    return participant && this.#lastCodec.get(participant.streamId);
  }

  /** How somebody is shown to the others. */
  sees(name: string): Room['participants'][number] | undefined {
    return this.room.participants.find((participant) => participant.name === name);
  }

  write(text: string): Promise<{ recipients: number }> {
    return this.room.sendData({ text, label: 'chat' });
  }

  async leave(): Promise<void> {
    await this.hush();
    await this.room.leave();
  }

  #lastOf(name: string): number | undefined {
    const participant = this.sees(name);
    return participant && this.#lastFrameMs.get(participant.streamId);
  }
}
