/**
 * Whether the path of this frame is followed from edge to edge to the listeners: about one frame in `every`. The
 * same everywhere for the same frame, so that edges and clients choose alike and nothing on the wire has to say so.
 * Integers only, and no division unless something is followed at all.
 * @param every 0 follows none
 */
export const isTraced = (streamId: number, sequence: number, every: number): boolean => {
  if (!(every > 0)) return false;
  // The multipliers and shifts of a well-known finalizer: neighbouring sequences and streams must not be chosen in step.
  let mixed = Math.imul(streamId, 0x9e37_79b1) ^ Math.imul(sequence + 1, 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2_ae35);
  return ((mixed ^ (mixed >>> 13)) >>> 0) % every === 0;
};
