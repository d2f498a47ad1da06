import type { FrameHandler } from '@partyline/audio';
import type { Unsubscribe } from '../emitter.ts';
import { PartylineError } from '../errors.ts';
import { onDevicesChanged, type PluggedIn, pluggedIn } from './devices.ts';
import { Microphone } from './microphone.ts';
import type { MicrophoneOptions } from './microphone-options.ts';
import { isTreatedAsAsked, requestMicrophone, stopTracks } from './request-microphone.ts';

/** Why another microphone is in use than before. */
export type ChangeReason =
  /** It was chosen, or the chosen one has come back. */
  | 'chosen'
  /** The chosen one is gone, and this one stands in for it. */
  | 'lost';

export interface KeeperHandlers {
  frame: FrameHandler;
  changed(microphone: Microphone, because: ChangeReason): void;
  /** There is none left that could stand in; one that is plugged in later will be taken. */
  lost(error: PartylineError): void;
}

const UNHEARD: KeeperHandlers = { frame: () => {}, changed: () => {}, lost: () => {} };

/**
 * Keeps a microphone open through unplugging: another one stands in for a chosen one that is gone, and the chosen
 * one is taken again when it returns. A step is finished before the next one begins, or two could open at once.
 */
export class MicrophoneKeeper {
  readonly #context: AudioContext;
  #handlers: KeeperHandlers = UNHEARD;
  #microphone: Microphone | undefined;
  #wanted: MicrophoneOptions | undefined;
  /** Another one than the wanted is in use. */
  #standIn = false;
  #defaultGroup: string | undefined;
  #steps: Promise<unknown> = Promise.resolve();
  #lookDue = false;
  #stopWatching: Unsubscribe | undefined;
  /** Counts releases: what was being opened before one must not open after it. */
  #releases = 0;

  constructor(context: AudioContext) {
    this.#context = context;
  }

  /** The microphone in use; undefined while there is none. */
  get microphone(): Microphone | undefined {
    return this.#microphone;
  }

  /** Who is told from now on. */
  set handlers(handlers: KeeperHandlers) {
    this.#handlers = handlers;
  }

  /**
   * Opens a microphone; the one before stays in use until the new one works, unless the browser treats both alike for
   * as long as both are open.
   * @param orAnother takes the system's default when the chosen one is not plugged in
   * @throws PartylineError `no_secure_context`, `microphone_refused`, `microphone_unavailable`, `aborted`
   */
  use(options: MicrophoneOptions, orAnother = false): Promise<void> {
    const releases = this.#releases;
    return this.#step(async () => {
      if (releases !== this.#releases) throw givenUp();
      try {
        await this.#open(options, 'chosen');
      } catch (error) {
        const gone = error instanceof PartylineError && error.code === 'microphone_unavailable';
        if (!orAnother || !options.deviceId || !gone) throw error;
        await this.#open(options, 'lost');
      }
      this.#wanted = options;
      this.#stopWatching ??= onDevicesChanged(() => this.#look());
    });
  }

  /** Closes the microphone, gives up one that is being opened, and looks for no other one. */
  release(): void {
    this.#releases += 1;
    this.#wanted = undefined;
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.#drop();
  }

  #step<T>(work: () => Promise<T>): Promise<T> {
    const step = this.#steps.then(work);
    this.#steps = step.catch(() => undefined);
    return step;
  }

  async #open(options: MicrophoneOptions, because: ChangeReason): Promise<void> {
    const releases = this.#releases;
    const { deviceId: _, ...anyDevice } = options;
    const asked = because === 'lost' ? anyDevice : options;
    let stream = await requestMicrophone(asked);
    if (this.#microphone !== undefined && releases === this.#releases && !isTreatedAsAsked(stream, asked)) {
      // Chromium gives a device that is open already as it is treated there: only closed does it forget that.
      stopTracks(stream);
      this.#drop();
      stream = await requestMicrophone(asked);
    }
    const { defaultGroup } = await pluggedIn('audioinput');
    if (releases !== this.#releases) {
      stopTracks(stream);
      throw givenUp();
    }
    const microphone = Microphone.open(this.#context, stream, {
      frame: (pcm, localMs) => {
        if (this.#microphone === microphone) this.#handlers.frame(pcm, localMs);
      },
      ended: () => this.#look(),
    });
    this.#drop();
    this.#microphone = microphone;
    this.#standIn = because === 'lost';
    this.#defaultGroup = defaultGroup;
    this.#handlers.changed(microphone, because);
  }

  #drop(): void {
    this.#microphone?.close();
    this.#microphone = undefined;
    this.#standIn = false;
  }

  /** Something about devices has changed: several changes at once are looked at once. */
  #look(): void {
    if (this.#lookDue) return;
    this.#lookDue = true;
    void this.#step(async () => {
      this.#lookDue = false;
      if (this.#wanted !== undefined) await this.#adjust(this.#wanted, await pluggedIn('audioinput'));
    });
  }

  async #adjust(wanted: MicrophoneOptions, { ids, defaultGroup }: PluggedIn): Promise<void> {
    const microphone = this.#microphone;
    const chosenIsThere = !wanted.deviceId || ids.has(wanted.deviceId);
    if (microphone === undefined || !isThere(microphone, ids)) {
      await this.#replace(wanted, ids, microphone === undefined && chosenIsThere ? 'chosen' : 'lost');
      return;
    }
    const returned = this.#standIn && wanted.deviceId && chosenIsThere;
    // Whoever follows the system's default follows it to a headset that has just been plugged in.
    const followsDefault = !wanted.deviceId || this.#standIn;
    const moved = followsDefault && defaultGroup !== this.#defaultGroup;
    if (!returned && !moved) return;
    // What is in use goes on if that fails; the next change is another occasion.
    await this.#open(wanted, chosenIsThere ? 'chosen' : 'lost').catch(() => undefined);
  }

  /** Something else for a microphone that is gone. */
  async #replace(wanted: MicrophoneOptions, ids: ReadonlySet<string>, because: ChangeReason): Promise<void> {
    // Told once, not at each further change.
    const wasThere = this.#microphone !== undefined;
    // Closed first: a dead track keeps some systems from opening the device that takes its place.
    this.#drop();
    try {
      if (ids.size === 0) throw nothingLeft();
      await this.#open(wanted, because);
    } catch (error) {
      if (wasThere && this.#wanted === wanted) this.#handlers.lost(error as PartylineError);
    }
  }
}

/** Browsers that keep ids to themselves list one without any: then only the track's own word counts. */
const isThere = (microphone: Microphone, ids: ReadonlySet<string>): boolean =>
  microphone.live && (ids.has(microphone.info.deviceId) || ids.has(''));

const nothingLeft = (): PartylineError =>
  new PartylineError(
    'microphone_unavailable',
    'The microphone went away, and there is no other one; plug one in.',
  );

const givenUp = (): PartylineError =>
  new PartylineError('aborted', 'The microphone was released while it was being opened; open it again.');
