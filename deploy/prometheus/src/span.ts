/** Renders a time of the rules, given in minutes of production, as Prometheus writes durations. */
export type Span = (minutes: number) => string;

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/**
 * Every range, wait and burn window of the rules goes through one of these, so that a test sees an alert fire and
 * clear in seconds by changing a single number.
 * @param timeScale 1 in production; 1/60 makes seconds of minutes
 * @throws RangeError when the scale is not positive
 */
export const scaledSpan = (timeScale: number): Span => {
  if (!(timeScale > 0 && Number.isFinite(timeScale))) {
    throw new RangeError(`the time scale must be a positive number, not ${timeScale}`);
  }
  return (minutes) => {
    const ms = Math.max(1, Math.round(minutes * 60_000 * timeScale));
    const [unit, size] = UNITS.find((one) => ms % one[1] === 0)!;
    return `${ms / size}${unit}`;
  };
};

export const HOUR = 60;
export const DAY = 24 * HOUR;
