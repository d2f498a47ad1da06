/** Branded identifiers: the same primitive types at run time, not interchangeable at compile time. */
declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** A room's name as it appears in URLs and bus channels: see {@link isRoomId}. */
export type RoomId = Branded<string, 'RoomId'>;
/** An edge's stable name within its cluster, for example its pod name. */
export type EdgeId = Branded<string, 'EdgeId'>;
/** A participant's u32 in the frame header, unique within its room; 0 is never used. */
export type StreamId = Branded<number, 'StreamId'>;
/** Who somebody is to the customer's own system: unique within a room. */
export type Identity = Branded<string, 'Identity'>;

const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

/** Room names: 1–64 of `A–Z a–z 0–9 _ . -`, starting with a letter or digit (protocol rule 1). */
export const isRoomId = (value: string): value is RoomId => NAME_PATTERN.test(value);
/** Edge names follow the same rule as room names (protocol rule 1). */
export const isEdgeId = (value: string): value is EdgeId => NAME_PATTERN.test(value);
/** Identities: 1–128 UTF-16 units without control characters (protocol rule 1). */
export const isIdentity = (value: string): value is Identity =>
  value.length >= 1 && value.length <= 128 && !CONTROL_CHARACTERS.test(value);
/** Stream ids: 1 … 2^32 − 1 (protocol rule 1). */
export const isStreamId = (value: number): value is StreamId =>
  Number.isInteger(value) && value >= 1 && value <= 0xffff_ffff;
