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
  headphonesOff: [
    'M4.5 15v-3a7.5 7.5 0 0 1 2.2-5.3M10 4.8a7.5 7.5 0 0 1 9.5 7.2v2.5',
    'M4.5 14.5h2A1.5 1.5 0 0 1 8 16v2.5A1.5 1.5 0 0 1 6.5 20H6a1.5 1.5 0 0 1-1.5-1.5Z',
    'M16 16v2.5a1.5 1.5 0 0 0 1.5 1.5h.5a1.5 1.5 0 0 0 1.3-.7',
    'M4 4l16 16',
  ],
  settings: [
    'M4 7.5h8M18 7.5h2M4 16.5h2M12 16.5h8',
    'M15 5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5Z',
    'M9 14a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5Z',
  ],
  invite: [
    'M10 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7Z',
    'M3.5 19.5a6.5 6.5 0 0 1 13 0',
    'M18.5 8v6M15.5 11h6',
  ],
  chat: [
    'M6 5h12a2.5 2.5 0 0 1 2.5 2.5v6A2.5 2.5 0 0 1 18 16h-6l-4.5 3.5V16H6a2.5 2.5 0 0 1-2.5-2.5v-6A2.5 2.5 0 0 1 6 5Z',
    'M8 9.2h8M8 12.2h5',
  ],
  chart: ['M4.5 4.5v13A1.5 1.5 0 0 0 6 19h14', 'M8 14.5l3.2-4 3 2.5L19 7.5'],
  speaker: ['M4 9.5v5h3.5L12 18.5v-13L7.5 9.5Z', 'M15.5 9a4.2 4.2 0 0 1 0 6', 'M18 6.5a8 8 0 0 1 0 11'],
  speakerOff: ['M4 9.5v5h3.5L12 18.5v-13L7.5 9.5Z', 'M16 9.5l5 5M21 9.5l-5 5'],
  keyboard: [
    'M5 6.5h14A2.5 2.5 0 0 1 21.5 9v6a2.5 2.5 0 0 1-2.5 2.5H5A2.5 2.5 0 0 1 2.5 15V9A2.5 2.5 0 0 1 5 6.5Z',
    'M8 14h8M6.5 10.5h.01M10 10.5h.01M14 10.5h.01M17.5 10.5h.01',
  ],
  more: ['M6 12h.01M12 12h.01M18 12h.01'],
  send: ['M4.5 12L20 4.5 15.5 20l-3.5-6.5Z', 'M12 13.5L20 4.5'],
  lock: [
    'M7 10.5h10a1.5 1.5 0 0 1 1.5 1.5v6.5A1.5 1.5 0 0 1 17 20H7a1.5 1.5 0 0 1-1.5-1.5V12A1.5 1.5 0 0 1 7 10.5Z',
    'M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5',
  ],
  copy: [
    'M9.5 8.5h8A1.5 1.5 0 0 1 19 10v8.5a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 8 18.5V10a1.5 1.5 0 0 1 1.5-1.5Z',
    'M5 15.5V5.5A1.5 1.5 0 0 1 6.5 4H15',
  ],
  share: ['M12 15V4', 'M8 7.5L12 3.5l4 4', 'M6 11v7.5A1.5 1.5 0 0 0 7.5 20h9a1.5 1.5 0 0 0 1.5-1.5V11'],
  key: ['M8.5 11a4.5 4.5 0 1 1-4.5 4.5A4.5 4.5 0 0 1 8.5 11Z', 'M11.8 12.2L20 4M16.5 7.5l2.5 2.5'],
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
