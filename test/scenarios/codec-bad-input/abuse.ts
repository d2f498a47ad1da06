import type { VoiceDecoder } from '@partyline/codecs';
import type { SeededRandom } from '../../support/seeded-random.ts';

/** What a decoder was put through. */
export interface Abuse {
  payloads: number;
  /** Longest single call, ms. */
  slowestMs: number;
  /** Calls that threw; none may. */
  thrown: string[];
}

/** How many calls go by before others get the thread, and the clock is looked at. */
const BURST = 200;
const LONGEST_BYTES = 1600;
const MAX_THROWN_KEPT = 3;

/**
 * Gives a decoder random bytes, packets cut off anywhere, packets with bits turned over, packets of others glued together, and good
 * ones between, some of them after a loss, for a while.
 */
export async function abuse(
  decoder: VoiceDecoder,
  { packets, frameSamples }: { packets: readonly Uint8Array[]; frameSamples: number },
  random: SeededRandom,
  durationMs: number,
): Promise<Abuse> {
  const result: Abuse = { payloads: 0, slowestMs: 0, thrown: [] };
  const endsAt = performance.now() + durationMs;
  while (performance.now() < endsAt) {
    for (let i = 0; i < BURST; i += 1) {
      const payload = badPayload(packets, random);
      const tag = 1000 + result.payloads;
      const beganAtMs = performance.now();
      try {
        if (random.below(8) === 0) decoder.decodeAfterLoss(random.below(30), payload, tag, frameSamples);
        else decoder.decode(payload, tag);
      } catch (error) {
        if (result.thrown.length < MAX_THROWN_KEPT) result.thrown.push(String(error));
      }
      result.slowestMs = Math.max(result.slowestMs, performance.now() - beganAtMs);
      result.payloads += 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return result;
}

function badPayload(packets: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  const packet = packets[random.below(packets.length)]!;
  const kind = random.below(6);
  if (kind === 0) return random.bytes(random.below(LONGEST_BYTES));
  // As long as packets are, so that more than the length is wrong.
  if (kind === 1) return random.bytes(packet.length);
  if (kind === 2) return packet.slice(0, random.below(packet.length + 1));
  if (kind === 3) return turnedOver(packet, random);
  if (kind === 4) return Uint8Array.from([...packet, ...packets[random.below(packets.length)]!]);
  return packet;
}

function turnedOver(packet: Uint8Array, random: SeededRandom): Uint8Array {
  const payload = packet.slice();
  for (let changes = random.below(8); changes >= 0 && payload.length > 0; changes -= 1) {
    payload[random.below(payload.length)]! ^= 1 << random.below(8);
  }
  return payload;
}
