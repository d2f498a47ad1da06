import type { Unsubscribe } from '../emitter.ts';
import { PartylineError } from '../errors.ts';
import { onDevicesChanged, pluggedIn } from './devices.ts';
import { DirectRoute, ElementRoute, type Route } from './loudspeaker-route.ts';
import type { ChangeReason } from './microphone-keeper.ts';

/** The system's default, as browsers write it. */
const DEFAULT = '';

/**
 * Whether this browser lets a page choose the loudspeaker.
 *
 * @example
 * loudspeakerList.hidden = !canChooseLoudspeaker();
 */
export const canChooseLoudspeaker = (): boolean => DirectRoute.available() || ElementRoute.available();

/**
 * Where everything heard goes to. When the chosen loudspeaker is unplugged the system's default takes over, and
 * the chosen one is taken again when it returns.
 */
export class Loudspeaker {
  readonly #context: AudioContext;
  readonly #source: AudioNode;
  readonly #changed: (name: string, because: ChangeReason) => void;
  readonly #stopWatching: Unsubscribe;
  #route: Route;
  #wanted = DEFAULT;
  #steps: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @param source is connected here, and disconnected in the end */
  constructor(
    context: AudioContext,
    source: AudioNode,
    changed: (name: string, because: ChangeReason) => void,
  ) {
    this.#context = context;
    this.#source = source;
    this.#changed = changed;
    this.#route = new DirectRoute(context);
    source.connect(this.#route.input);
    this.#stopWatching = onDevicesChanged(() => void this.#step(() => this.#adjust()));
  }

  /** Id of the loudspeaker in use; empty for the system's default. */
  get deviceId(): string {
    return this.#route.deviceId;
  }

  /**
   * @param deviceId from `listDevices()`; empty for the system's default
   * @throws PartylineError `unsupported_browser`, `loudspeaker_unavailable`
   */
  use(deviceId: string): Promise<void> {
    return this.#step(async () => {
      await this.#play(deviceId);
      this.#wanted = deviceId;
      await this.#tell('chosen');
    });
  }

  close(): void {
    this.#closed = true;
    this.#stopWatching();
    this.#source.disconnect(this.#route.input);
    this.#route.close();
  }

  #step<T>(work: () => Promise<T>): Promise<T> {
    const step = this.#steps.then(work);
    this.#steps = step.catch(() => undefined);
    return step;
  }

  async #play(deviceId: string): Promise<void> {
    if (deviceId === this.#route.deviceId) return;
    try {
      if (DirectRoute.available()) {
        await this.#route.choose(deviceId);
        return;
      }
      await this.#playThroughElement(deviceId);
    } catch (cause) {
      if (cause instanceof PartylineError) throw cause;
      throw new PartylineError(
        'loudspeaker_unavailable',
        'The loudspeaker cannot be used; plug it in, or choose another one.',
        { cause },
      );
    }
  }

  async #playThroughElement(deviceId: string): Promise<void> {
    if (!ElementRoute.available()) {
      throw new PartylineError(
        'unsupported_browser',
        'This browser lets no page choose the loudspeaker; choose it in the settings of the system.',
      );
    }
    // The way through an element takes longer, so it is taken only as long as it must be.
    const next = deviceId === DEFAULT ? new DirectRoute(this.#context) : new ElementRoute(this.#context);
    try {
      await next.choose(deviceId);
    } catch (error) {
      next.close();
      throw error;
    }
    if (this.#closed) {
      next.close();
      return;
    }
    this.#source.connect(next.input);
    this.#source.disconnect(this.#route.input);
    this.#route.close();
    this.#route = next;
  }

  async #adjust(): Promise<void> {
    if (this.#closed || this.#wanted === DEFAULT) return;
    const { ids } = await pluggedIn('audiooutput');
    const isThere = ids.has(this.#wanted);
    const inUse = this.#route.deviceId === this.#wanted;
    if (isThere === inUse) return;
    // A loudspeaker that cannot be opened is not there yet; the next change is another occasion.
    await this.#play(isThere ? this.#wanted : DEFAULT)
      .then(() => this.#tell(isThere ? 'chosen' : 'lost'))
      .catch(() => undefined);
  }

  async #tell(because: ChangeReason): Promise<void> {
    if (!this.#closed) this.#changed(await this.#name(), because);
  }

  async #name(): Promise<string> {
    const id = this.#route.deviceId === DEFAULT ? 'default' : this.#route.deviceId;
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.find(({ kind, deviceId }) => kind === 'audiooutput' && deviceId === id)?.label ?? '';
  }
}
