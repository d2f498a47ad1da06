import { RedisLink, type RedisLinkOptions, type RedisLog } from '@partyline/redis';
import { BusError } from '../bus.ts';

export interface PublisherOptions
  extends Pick<RedisLinkOptions, 'target' | 'partOf' | 'name' | 'onUp' | 'onDown'> {
  /** SPUBLISH, which stays within the shard, instead of PUBLISH. */
  sharded: boolean;
  /** Unanswered publications, and their bytes; what comes on top is refused at once. */
  maxPending: number;
  maxPendingBytes: number;
  /** The answer says that the channel's slot is elsewhere. */
  onMoved?: ((message: string) => void) | undefined;
}

/** A connection that publishes. Nothing waits here for a server that is away. */
export class Publisher {
  readonly link: RedisLink;
  readonly #options: PublisherOptions;
  #pending = 0;
  #pendingBytes = 0;
  #isCorked = false;

  constructor(options: PublisherOptions, { log }: { log?: RedisLog | undefined }) {
    this.#options = options;
    const { target, partOf, name, onUp, onDown } = options;
    this.link = new RedisLink(
      { target, ...(partOf && { partOf }), name, role: 'publisher', onUp, onDown },
      { log },
    );
  }

  async publish(channel: string, bytes: Uint8Array): Promise<number> {
    const { link } = this;
    const { maxPending, maxPendingBytes, sharded } = this.#options;
    if (!link.up) throw new BusError('unavailable', link.problem ?? 'The bus is not connected yet.');
    const size = bytes.length;
    if (this.#pending >= maxPending || this.#pendingBytes + size > maxPendingBytes) {
      throw new BusError(
        'unavailable',
        `${this.#pending} messages (${this.#pendingBytes} bytes) wait for Redis.`,
      );
    }
    this.#pending += 1;
    this.#pendingBytes += size;
    this.#cork();
    // A view, as writing the command copies the bytes into it.
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, size);
    try {
      const { redis } = link;
      return (await (sharded ? redis.spublish(channel, view) : redis.publish(channel, view))) as number;
    } catch (error) {
      throw this.#explain(error);
    } finally {
      this.#pending -= 1;
      this.#pendingBytes -= size;
    }
  }

  /** What is published in one turn of the event loop leaves with one system call. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    const { stream } = this.link.redis;
    stream.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      stream.uncork();
    });
  }

  #explain(error: unknown): BusError {
    const text = error instanceof Error ? error.message : String(error);
    if (text.startsWith('MOVED ')) this.#options.onMoved?.(text);
    return new BusError('unavailable', `Redis did not take the message: ${this.link.problem ?? text}`);
  }
}
