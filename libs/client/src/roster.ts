import type { EdgeMessageOf, ParticipantInfo } from '@partyline/protocol';
import type { ActiveSpeaker, Participant, ParticipantsChange } from './room-types.ts';

/** Who is in the room and who speaks, as the edge announces it. */
export class Roster {
  listeners = 0;
  #ownStreamId = 0;
  #participants = new Map<number, Participant>();
  #list: readonly Participant[] = [];
  #speakers: readonly ActiveSpeaker[] = [];
  /** Known before, but not named by the last welcome. */
  readonly #absent = new Set<number>();

  /** Everybody known, in order of joining. */
  get participants(): readonly Participant[] {
    return this.#list;
  }

  /** Loudest first. */
  get speakers(): readonly ActiveSpeaker[] {
    return this.#speakers;
  }

  identityOf(streamId: number): string {
    return this.#participants.get(streamId)?.identity ?? '';
  }

  /**
   * The whole list of a welcome; after a reconnect or a move, what changed meanwhile. Who is missing in it has not
   * left yet: the edge may not have heard of everybody who is on other edges. See `absent`.
   */
  welcome(welcome: EdgeMessageOf<'welcome'>): ParticipantsChange {
    const before = this.#ownStreamId;
    this.#ownStreamId = welcome.streamId;
    const present = new Set(welcome.participants.map(({ streamId }) => streamId));
    this.#absent.clear();
    for (const streamId of this.#participants.keys()) {
      if (!present.has(streamId) && streamId !== welcome.streamId) this.#absent.add(streamId);
    }
    return this.change({
      type: 'participants',
      joined: welcome.participants,
      // This client itself is somebody else now.
      ...(before === welcome.streamId ? {} : { left: [before] }),
      listeners: welcome.listeners,
    });
  }

  /** Whom the last welcome did not name, nor any announcement since. */
  get absent(): ReadonlySet<number> {
    return this.#absent;
  }

  change(message: EdgeMessageOf<'participants'>): ParticipantsChange {
    this.listeners = message.listeners;
    const left: Participant[] = [];
    for (const streamId of message.left ?? []) {
      this.#absent.delete(streamId);
      const participant = this.#participants.get(streamId);
      if (participant === undefined) continue;
      this.#participants.delete(streamId);
      left.push(participant);
    }
    const joined: Participant[] = [];
    const updated: Participant[] = [];
    // An edge may announce again whom it announced before: then it is an update, whatever it was called.
    for (const info of [...(message.joined ?? []), ...(message.updated ?? [])]) {
      const before = this.#participants.get(info.streamId);
      this.#absent.delete(info.streamId);
      const participant = this.#participant(info);
      this.#participants.set(info.streamId, participant);
      if (before === undefined) joined.push(participant);
      else if (!same(before, participant)) updated.push(participant);
    }
    this.#list = [...this.#participants.values()];
    return { participants: this.#list, listeners: this.listeners, joined, updated, left };
  }

  /** Takes who speaks now; returns the participants whose `speaking` changed. */
  speak(message: EdgeMessageOf<'speakers'>): readonly Participant[] {
    this.#speakers = message.speakers
      .map(({ streamId, level }) => {
        const participant = this.#participants.get(streamId);
        return {
          streamId,
          identity: participant?.identity ?? '',
          name: participant?.name ?? '',
          levelDbov: level,
          self: streamId === this.#ownStreamId,
        };
      })
      .sort((a, b) => a.levelDbov - b.levelDbov);
    const speaking = new Set(message.speakers.map(({ streamId }) => streamId));
    const changed: Participant[] = [];
    for (const [streamId, participant] of this.#participants) {
      if (participant.speaking === speaking.has(streamId)) continue;
      const now = { ...participant, speaking: !participant.speaking };
      this.#participants.set(streamId, now);
      changed.push(now);
    }
    if (changed.length > 0) this.#list = [...this.#participants.values()];
    return changed;
  }

  #participant(info: ParticipantInfo): Participant {
    const speaking = this.#speakers.some(({ streamId }) => streamId === info.streamId);
    return { ...info, self: info.streamId === this.#ownStreamId, speaking };
  }
}

const same = (a: Participant, b: Participant): boolean =>
  (Object.keys({ ...a, ...b }) as (keyof Participant)[]).every((key) => a[key] === b[key]);
