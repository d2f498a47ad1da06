/** The nearest 16-bit sample; what is beyond full scale is the loudest there is. */
export const toInt16 = (sample: number): number => {
  const scaled = sample * 32768;
  if (scaled >= 32767) return 32767;
  if (scaled <= -32768) return -32768;
  return Math.round(scaled);
};
