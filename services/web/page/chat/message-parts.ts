/** A piece of a message: plain text, or an address that may be opened. */
export type MessagePart = { kind: 'text'; text: string } | { kind: 'link'; text: string; url: string };

/** Longer ones stay text: nobody reads them, and one can hide anything in them. */
const MAX_URL_CHARS = 2_048;
/** Stands at the end of an address only if it is part of it: brackets are looked at apart. */
const TRAILING = /[.,;:!?'"”’»…。，、；：！？）】》」』]+$/u;
/** What no address of these holds; full-width marks end one, as Chinese writes no space before them. */
const CANDIDATE = /\bhttps?:\/\/[^\s<>"“”‘’«»，。、；：！？（）【】《》「」『』]+/giu;

/**
 * Finds the web addresses in a message. Only http and https: a `javascript:` link of a stranger is the stranger's
 * script. Addresses with a name or password before the host stay text, for they are made to deceive.
 */
export function messageParts(text: string): MessagePart[] {
  const parts: MessagePart[] = [];
  let at = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const written = withoutTrailing(match[0]);
    const url = addressOf(written);
    if (url === undefined) continue;
    if (match.index > at) parts.push({ kind: 'text', text: text.slice(at, match.index) });
    parts.push({ kind: 'link', text: written, url });
    at = match.index + written.length;
  }
  if (at < text.length || parts.length === 0) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

/** Without the full stop of the sentence around it, and without a bracket that was opened before it. */
function withoutTrailing(candidate: string): string {
  let written = candidate;
  for (;;) {
    const shorter = written.replace(TRAILING, '');
    const unopened = shorter.endsWith(')') && count(shorter, ')') > count(shorter, '(');
    const next = unopened ? shorter.slice(0, -1) : shorter;
    if (next === written) return written;
    written = next;
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

function addressOf(written: string): string | undefined {
  if (written.length > MAX_URL_CHARS || !URL.canParse(written)) return undefined;
  const { protocol, username, password, hostname, href } = new URL(written);
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  return username === '' && password === '' && hostname !== '' ? href : undefined;
}
