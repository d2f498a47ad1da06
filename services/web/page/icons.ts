const SVG = 'http://www.w3.org/2000/svg';

/** Outlines on a 24 × 24 grid, drawn with the colour of the text around them. */
const outlines = {
  microphone: ['M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3Z', 'M6 11a6 6 0 0 0 12 0', 'M12 17v4'],
  microphoneOff: [
    'M15 9.5V6a3 3 0 0 0-5.7-1.3M9 9v2a3 3 0 0 0 4.6 2.5',
    'M6 11a6 6 0 0 0 9.3 5M18 11a6 6 0 0 1-.4 2.2',
    'M12 17v4',
    'M4 4l16 16',
  ],
  echo: [
    'M4 12a8 8 0 0 1 13.7-5.6L20 8.5',
    'M20 4v4.5h-4.5',
    'M20 12a8 8 0 0 1-13.7 5.6L4 15.5',
    'M4 20v-4.5h4.5',
  ],
  leave: ['M10 5H6a1.5 1.5 0 0 0-1.5 1.5v11A1.5 1.5 0 0 0 6 19h4', 'M15 8l4 4-4 4', 'M19 12H9.5'],
  link: [
    'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1',
    'M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1',
  ],
  close: ['M6 6l12 12', 'M18 6L6 18'],
  headphones: [
    'M4.5 15v-3a7.5 7.5 0 0 1 15 0v3',
    'M4.5 14.5h2A1.5 1.5 0 0 1 8 16v2.5A1.5 1.5 0 0 1 6.5 20H6a1.5 1.5 0 0 1-1.5-1.5Z',
    'M19.5 14.5h-2A1.5 1.5 0 0 0 16 16v2.5a1.5 1.5 0 0 0 1.5 1.5h.5a1.5 1.5 0 0 0 1.5-1.5Z',
  ],
} as const;

export type IconName = keyof typeof outlines;

/** An icon; decoration only, so hidden from screen readers: the control it sits in has a text label. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  for (const outline of outlines[name]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', outline);
    svg.append(path);
  }
  return svg;
}

/** Partyline's mark: a voice as four bars. */
export function mark(): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 32 32');
  svg.setAttribute('class', 'mark');
  svg.setAttribute('aria-hidden', 'true');
  const tile = document.createElementNS(SVG, 'rect');
  for (const [key, value] of [
    ['width', '32'],
    ['height', '32'],
    ['rx', '9'],
  ] as const)
    tile.setAttribute(key, value);
  const bars = document.createElementNS(SVG, 'path');
  bars.setAttribute('d', 'M8 13.5v5M13.3 9v14M18.7 11.5v9M24 14.5v3');
  svg.append(tile, bars);
  return svg;
}
