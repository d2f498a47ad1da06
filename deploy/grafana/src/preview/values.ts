import type { Line } from './prometheus-reader.ts';

const SMALL_UNITS = [
  [1, ' s'],
  [1e-3, ' ms'],
  [1e-6, ' µs'],
] as const;
const LARGE = ['', ' K', ' M', ' G'] as const;

/** A value as people read it, by Grafana's names of units. */
export const valueText = (value: number, unit = 'none', decimals?: number): string => {
  if (unit === 'percentunit') return `${rounded(value * 100, decimals)} %`;
  if (unit === 's') return secondsText(value);
  if (unit === 'bytes' || unit === 'Bps') return `${scaled(value, 1024, 'B')}${unit === 'Bps' ? '/s' : ''}`;
  return scaled(value, 1000, '');
};

/** A name with the values of labels in it. */
export const nameOf = (format: string, { labels }: Line): string => {
  const name = format.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '');
  return name === '' ? Object.values(labels).join(' ') : name;
};

const secondsText = (value: number): string => {
  if (value === 0) return '0 s';
  const [factor, name] = SMALL_UNITS.find(([least]) => Math.abs(value) >= least) ?? SMALL_UNITS[2];
  return `${rounded(value / factor)}${name}`;
};

const scaled = (value: number, base: number, suffix: string): string => {
  const power = Math.min(
    LARGE.length - 1,
    Math.floor(Math.log(Math.max(1, Math.abs(value))) / Math.log(base)),
  );
  const text = `${rounded(value / base ** power)}${LARGE[power]}`;
  if (suffix === '') return text;
  return `${text}${power === 0 ? ' ' : 'i'}${suffix}`;
};

const rounded = (value: number, decimals?: number): string => {
  if (decimals !== undefined) return value.toFixed(decimals);
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)));
};
