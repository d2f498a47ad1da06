/** Latencies are told from a first bucket's width to the highest bound; what is over it is not known better. */
const HIGHEST_SECONDS = 2;

/** A latency for people: three figures at most, in ms below a second. */
export const secondsText = (seconds: number | undefined): string => {
  if (seconds === undefined) return '–';
  if (seconds >= HIGHEST_SECONDS) return '≥ 2 s';
  if (seconds >= 1) return `${Number(seconds.toFixed(2))} s`;
  const ms = seconds * 1_000;
  return `${ms >= 10 ? Math.round(ms) : ms.toFixed(1)} ms`;
};

/** A share for people: `0 %`, `0.03 %`, `1.2 %`, `12 %`. */
export const percentText = (share: number): string => {
  const percent = share * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.01) return '< 0.01 %';
  return `${percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(percent < 1 ? 1 : 2))} %`;
};

/** A rate or number for people: `0.4`, `50`, `1,250`, `12 k`. */
export const countText = (value: number | undefined): string => {
  if (value === undefined) return '–';
  if (value >= 10_000) return `${Math.round(value / 1_000).toLocaleString('en')} k`;
  return value > 0 && value < 10 ? String(Number(value.toFixed(1))) : Math.round(value).toLocaleString('en');
};

/** A time since something for people: `12 s`, `5 min`, `3 h`, `2 d`. */
export const durationText = (seconds: number): string => {
  if (seconds < 100) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 6_000) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
};
