/** The middle value; the mean of the two middle ones for an even number. @throws RangeError for an empty list */
export const median = (values: readonly number[]): number => {
  if (values.length === 0) throw new RangeError('the median of nothing is asked for');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

export const round = (value: number, digits: number): number => {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
};
