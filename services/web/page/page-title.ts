/** What the title of the tab tells. */
export interface TitleFacts {
  product: string;
  room: string;
  /** Nobody looks at the page: then the title says who is speaking. */
  hidden: boolean;
  /** The first of those who speak, if anybody does. */
  speaker: string | undefined;
  /** Messages that nobody has seen. */
  unread: number;
  muted: boolean;
}

/** The title of the tab: what was missed, who speaks, and where. */
export function pageTitle({ product, room, hidden, speaker, unread, muted }: TitleFacts): string {
  const missed = unread > 0 ? `(${unread}) ` : '';
  const silent = muted ? '🔇 ' : '';
  if (hidden && speaker !== undefined) return `${missed}${silent}🔊 ${speaker} · ${room}`;
  return `${missed}${silent}${room} · ${product}`;
}
