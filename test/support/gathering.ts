import type { ApiClient } from './api-client.ts';
import type { Caller } from './caller.ts';
import type { RawClient } from './raw-client.ts';

interface ListedParticipant {
  identity: string;
  publisher: boolean;
  reconnecting: boolean;
  moderated: boolean;
}

/** Everybody who is really in one room, to compare with what everybody is shown. */
export class Gathering {
  readonly room: string;
  /** By identity; all of them may speak. */
  readonly callers = new Map<string, Caller>();
  /** By identity; clients that do not come back by themselves. */
  readonly raw = new Map<string, RawClient>();
  /** By identity: who only listens among `raw`. */
  readonly listening = new Set<string>();
  /** Who has ended a connection or left: if nobody could be told, others see them for as long as somebody may come back. */
  readonly gone = new Set<string>();
  /** Muted by a moderator. */
  readonly moderated = new Set<string>();
  /** Muted by themselves. */
  readonly muted = new Set<string>();

  constructor(room: string) {
    this.room = room;
  }

  get everybody(): Caller[] {
    return [...this.callers.values()];
  }

  /** A caller by name. @throws Error when nobody is called so */
  of(identity: string): Caller {
    const caller = this.callers.get(identity);
    if (caller === undefined) throw new Error(`nobody in ${this.room} is called ${identity}`);
    return caller;
  }

  /** Identities that everybody is to be shown by name. */
  get speaking(): string[] {
    const raw = [...this.raw.keys()].filter((identity) => !this.listening.has(identity));
    return [...this.callers.keys(), ...raw].sort();
  }

  /**
   * Where what a caller is shown differs from who is there: a sentence each.
   * @param spare of whom it does not matter whether they are shown
   */
  shownFaults(callers: readonly Caller[] = this.everybody, spare: ReadonlySet<string> = new Set()): string[] {
    const there = this.speaking;
    return callers.flatMap((caller) => {
      const who = `${this.room}: ${caller.identity} (${caller.edge ?? caller.room.state.phase})`;
      const { listeners } = caller.room;
      const participants = caller.room.participants.filter(({ identity }) => !spare.has(identity));
      const tooMany = listeners - this.listening.size;
      const shown = participants.map(({ identity }) => identity);
      const away = participants.filter(({ reconnecting }) => reconnecting).map(({ identity }) => identity);
      const moderated = participants.filter((one) => one.moderated).map(({ identity }) => identity);
      const muted = participants.filter((one) => one.muted).map(({ identity }) => identity);
      return [
        caller.room.state.phase === 'live' ? '' : `${who} is not live but ${caller.room.state.phase}`,
        difference(`${who} is shown`, shown, there),
        away.length === 0 ? '' : `${who} is shown ${away.join(', ')} as reconnecting`,
        difference(`${who} is shown as muted by a moderator`, moderated, [...this.moderated]),
        difference(`${who} is shown as muted`, muted, [...this.muted]),
        tooMany === 0 || (tooMany > 0 && tooMany <= spare.size)
          ? ''
          : `${who} is shown ${listeners} listeners, but there are ${this.listening.size}`,
      ].filter((fault) => fault !== '');
    });
  }

  /** Where what a directory lists differs from who is there: a sentence each. */
  async listedFaults(api: ApiClient): Promise<string[]> {
    const path = `/v1/rooms/${this.room}`;
    const [list, room] = await Promise.all([
      api.request('GET', `${path}/participants?limit=500`),
      api.request('GET', path),
    ]).catch((error: unknown) => [error] as const);
    const who = `${this.room}: ${api.url}`;
    if (list instanceof Error || room === undefined) return [`${who} does not answer: ${String(list)}`];
    const { status, body } = list as Awaited<ReturnType<ApiClient['request']>>;
    if (status !== 200 || room.status !== 200) {
      return [`${who} answers ${status} ${JSON.stringify(body)} and ${room.status}`];
    }
    const { participants } = body as { participants: ListedParticipant[] };
    const names = (those: readonly ListedParticipant[]): string[] => those.map(({ identity }) => identity);
    const count = (room.body as { participants: number }).participants;
    const there = [...this.callers.keys(), ...this.raw.keys()];
    const away = names(participants.filter(({ reconnecting }) => reconnecting));
    return [
      difference(`${who} lists`, names(participants), there),
      difference(
        `${who} lists as publishers`,
        names(participants.filter((one) => one.publisher)),
        this.speaking,
      ),
      away.length === 0 ? '' : `${who} lists ${away.join(', ')} as reconnecting`,
      difference(`${who} lists as muted by a moderator`, names(participants.filter((one) => one.moderated)), [
        ...this.moderated,
      ]),
      count === there.length ? '' : `${who} counts ${count} participants, but there are ${there.length}`,
    ].filter((fault) => fault !== '');
  }
}

/** What is too much and what is missing, as a sentence; empty when nothing is. */
const difference = (begin: string, shown: readonly string[], there: readonly string[]): string => {
  const extra = shown.filter((identity) => !there.includes(identity));
  const missing = there.filter((identity) => !shown.includes(identity));
  const repeated = shown.length - new Set(shown).size;
  if (extra.length + missing.length + repeated === 0) return '';
  return [
    begin,
    extra.length > 0 ? ` ${extra.join(', ')} who is not there;` : '',
    missing.length > 0 ? ` not ${missing.join(', ')} who is there;` : '',
    repeated > 0 ? ` ${repeated} names twice;` : '',
  ]
    .join('')
    .replace(/;$/, '');
};
