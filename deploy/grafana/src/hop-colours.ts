/** A hop and its side, as dashboards show it. */
export type ShownHop =
  | 'capture'
  | 'uplink'
  | 'edge ingress'
  | 'bus'
  | 'edge egress'
  | 'downlink'
  | 'playout'
  | 'mouth to ear';

/** The colour of each hop, the same on every dashboard; they can be told apart on dark and on light ground. */
export const HOP_COLOURS: Readonly<Record<ShownHop, string>> = {
  capture: '#8AB8FF',
  uplink: '#3274D9',
  'edge ingress': '#56A64B',
  bus: '#FF780A',
  'edge egress': '#1FA39A',
  downlink: '#A352CC',
  playout: '#E0B400',
  'mouth to ear': '#6E7F91',
};

/** Colours of what is good, what wants looking at, and what is bad. */
export const VERDICT_COLOURS = { good: '#56A64B', warning: '#E0B400', bad: '#E02F44' } as const;

/**
 * A colour nearer to white, for the lower percentiles of a hop.
 * @param share 0 leaves it as it is, 1 gives white
 */
export const lighter = (colour: string, share: number): string => {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return `#${parts.map((part) => hex(part + (255 - part) * share)).join('')}`;
};

const hex = (value: number): string => Math.round(value).toString(16).padStart(2, '0').toUpperCase();
