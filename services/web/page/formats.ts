/** How a language writes numbers, times and lists. */
export interface Formats {
  number(value: number): string;
  /** A duration in ms, with one decimal below 10. */
  milliseconds(value: number): string;
  /** @param share 0 … 1; above 1 is written as more than 100 % */
  percent(share: number): string;
  /** @param seconds whole seconds, or minutes from two minutes on */
  duration(seconds: number): string;
  /** Time of day. @param epochMs ms since 1970 */
  time(epochMs: number): string;
  /** "Ada, Grace, and Alan" */
  list(items: readonly string[]): string;
}

/** @param tag BCP 47, such as `en` */
export function formatsOf(tag: string): Formats {
  const number = new Intl.NumberFormat(tag);
  const unit = (name: string, digits: number, display: 'short' | 'long' = 'short'): Intl.NumberFormat =>
    new Intl.NumberFormat(tag, {
      style: 'unit',
      unit: name,
      unitDisplay: display,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  const fine = unit('millisecond', 1);
  const coarse = unit('millisecond', 0);
  const seconds = unit('second', 0, 'long');
  const minutes = unit('minute', 0, 'long');
  const finePercent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });
  const coarsePercent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 0 });
  const time = new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit' });
  const list = new Intl.ListFormat(tag);
  return {
    number: (value) => number.format(value),
    milliseconds: (value) => (value < 9.95 ? fine : coarse).format(value),
    percent: (share) => (share < 0.0995 ? finePercent : coarsePercent).format(share),
    duration: (value) => (value < 120 ? seconds.format(value) : minutes.format(Math.round(value / 60))),
    time: (epochMs) => time.format(epochMs),
    list: (items) => list.format(items),
  };
}
