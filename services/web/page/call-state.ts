import type { Hearing } from './volumes.ts';

/** Somebody in the room, as the page shows them. */
export interface Person {
  /** Unique in the room and stable over reconnects of the same participant. */
  key: string;
  /** As the SDK and the service know them. */
  identity: string;
  name: string;
  isSelf: boolean;
  /** Loudness of now, 0 (silence) … 1 (loudest). */
  level: number;
  speaking: boolean;
  /** May talk at all; the others only listen. */
  publisher: boolean;
  muted: boolean;
  /** Muted by a moderator. */
  moderated: boolean;
  /** Lost its connection and may come back. */
  reconnecting: boolean;
  /** How loud this page plays them. */
  hearing: Hearing;
}

/** What the page knows about the call it is in. */
export interface CallState {
  phase: 'joining' | 'connected' | 'reconnecting';
  room: string;
  people: readonly Person[];
  /** Silent listeners, who are known as a count only. */
  listeners: number;
  /** Since when somebody records the room, epoch ms; undefined while nobody does. */
  recordedSinceMs: number | undefined;
  /** The room lets this participant talk, with or without a microphone. */
  mayTalk: boolean;
  /** False when the page joined without a microphone or without the grant to talk. */
  canTalk: boolean;
  muted: boolean;
  moderated: boolean;
  deafened: boolean;
  /** Voice comes in at the microphone and goes nowhere. */
  talkingWhileMuted: boolean;
  echo: boolean;
}
