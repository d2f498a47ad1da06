/** Longest that somebody who is removed can be kept out, in seconds: a year of 365 days. */
export const MAX_REMOVAL_SECONDS = 31_536_000;
/** Longest reason that somebody who is removed can be given, in UTF-16 units. */
export const MAX_REASON_CHARS = 256;
