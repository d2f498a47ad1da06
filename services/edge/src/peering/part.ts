import type { StreamId } from '@partyline/protocol';
import { MAX_PAGES, type PeerContentOf, type PeerParticipant } from './peer-message.ts';

/** A page is closed when its participants reach this many bytes; with one more it still fits into a message. */
const PAGE_BYTES = 160_000;
const PAGE_PARTICIPANTS = 2_500;

/** What an edge says of its part of a room as a whole. */
export type WholePart = Omit<PeerContentOf<'part'>, 'type' | 'page' | 'pages' | 'ack' | 'answer'>;
export type PartChange = PeerContentOf<'change'>;

/** Splits a part into messages that the bus takes; participants beyond {@link MAX_PAGES} pages are left out. */
export const pagesOf = (
  part: WholePart,
  marks: { ack?: string; answer?: string } = {},
): PeerContentOf<'part'>[] => {
  const chunks: PeerParticipant[][] = [];
  let chunk: PeerParticipant[] = [];
  let bytes = 0;
  for (const participant of part.participants) {
    chunk.push(participant);
    bytes += sizeOf(participant);
    if (bytes < PAGE_BYTES && chunk.length < PAGE_PARTICIPANTS) continue;
    chunks.push(chunk);
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0 || chunks.length === 0) chunks.push(chunk);
  if (chunks.length > MAX_PAGES) chunks.length = MAX_PAGES;
  return chunks.map((participants, page) => ({
    type: 'part',
    ...part,
    participants,
    sessions: page === 0 ? part.sessions : [],
    left: page === 0 ? part.left : [],
    page,
    pages: chunks.length,
    ...marks,
  }));
};

/** No fewer bytes than it takes as JSON in UTF-8: text is counted by its letters, of which each may take six. */
const sizeOf = ({ identity, name, metadata }: PeerParticipant): number => {
  const letters = identity.length + name.length + (metadata?.length ?? 0);
  return 200 + (letters < 512 ? letters * 6 : Buffer.byteLength(JSON.stringify([identity, name, metadata])));
};

/** Puts the pages of one version together; a newer version starts over. */
export class PartAssembly {
  readonly version: number;
  readonly #pages: (PeerContentOf<'part'> | undefined)[];
  #missing: number;

  constructor(first: PeerContentOf<'part'>) {
    this.version = first.version;
    this.#pages = new Array(first.pages);
    this.#missing = first.pages;
  }

  /** The whole part once every page is there. */
  add(page: PeerContentOf<'part'>): WholePart | undefined {
    if (page.pages !== this.#pages.length || page.page >= page.pages) return undefined;
    if (this.#pages[page.page] === undefined) this.#missing -= 1;
    this.#pages[page.page] = page;
    if (this.#missing > 0) return undefined;
    const pages = this.#pages as PeerContentOf<'part'>[];
    return {
      ...page,
      participants: pages.flatMap(({ participants }) => participants),
      sessions: pages.flatMap(({ sessions }) => sessions),
      left: pages.flatMap(({ left = [] }) => left),
    };
  }
}

/** What is known of another edge's part of a room. */
export class RemotePart {
  version = 0;
  listeners = 0;
  recordedSinceMs = 0;
  interested = false;
  /** What its listeners can decode; undefined where its edge does not tell. */
  codecs: readonly number[] | undefined;
  channel = false;
  wanted: readonly number[] = [];
  participants = new Map<StreamId, PeerParticipant>();

  /** Takes a whole part. Returns who was in the former one and is not in this. */
  replace(whole: WholePart): StreamId[] {
    const before = this.participants;
    this.participants = new Map(
      whole.participants.map((participant) => [participant.streamId as StreamId, participant]),
    );
    this.version = whole.version;
    this.listeners = whole.listeners;
    this.recordedSinceMs = whole.recording ?? 0;
    this.interested = whole.interested;
    this.codecs = whole.codecs;
    this.channel = whole.channel;
    this.wanted = whole.wanted;
    return [...before.keys()].filter((streamId) => !this.participants.has(streamId));
  }

  /** Takes the change that follows what is known. */
  change(change: PartChange): void {
    this.version = change.version;
    this.listeners = change.listeners ?? this.listeners;
    this.recordedSinceMs = change.recording ?? this.recordedSinceMs;
    this.interested = change.interested ?? this.interested;
    this.codecs = change.codecs ?? this.codecs;
    this.channel = change.channel ?? this.channel;
    this.wanted = change.wanted ?? this.wanted;
    for (const participant of change.participants ?? []) {
      this.participants.set(participant.streamId as StreamId, participant);
    }
    for (const { streamId } of change.left ?? []) this.participants.delete(streamId as StreamId);
  }
}
