/** How far two codecs agree. */
export interface Comparison {
  readonly packets: number;
  readonly samples: number;
  /** What differs first, for people; nothing where all is the same. */
  readonly difference: string | undefined;
}

/** One side: packets, and the samples of each. */
export interface Coded {
  readonly packets: readonly Uint8Array[];
  readonly heard: readonly (Int16Array | undefined)[];
}

/** Compares byte by byte and sample by sample; what `lost` names is only heard. */
export function compare(own: Coded, reference: Coded): Comparison {
  const count = reference.packets.length;
  let samples = 0;
  const result = (difference: string | undefined): Comparison => ({ packets: count, samples, difference });
  if (own.packets.length !== count) return result(`${own.packets.length} packets instead of ${count}`);
  for (let index = 0; index < count; index += 1) {
    const packet = firstDifference(own.packets[index]!, reference.packets[index]!);
    if (packet !== undefined) return result(`packet ${index}: ${packet}`);
    const heard = reference.heard[index]!;
    // Losses at the very end are never heard of.
    if (own.heard[index] === undefined && index >= own.heard.length) continue;
    const sound = firstDifference(own.heard[index] ?? new Int16Array(), heard);
    if (sound !== undefined) return result(`samples of packet ${index}: ${sound}`);
    samples += heard.length;
  }
  return result(undefined);
}

function firstDifference(own: ArrayLike<number>, reference: ArrayLike<number>): string | undefined {
  if (own.length !== reference.length) return `${own.length} instead of ${reference.length}`;
  for (let at = 0; at < own.length; at += 1) {
    if (own[at] !== reference[at]) return `${own[at]} instead of ${reference[at]} at ${at}`;
  }
  return undefined;
}
