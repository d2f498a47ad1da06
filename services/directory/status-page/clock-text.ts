/** The time of day, `14:03:59`. */
export const timeText = (atMs: number): string => new Date(atMs).toLocaleTimeString('en-GB');
