/** FNV-1a over UTF-16 units with murmur's finalizer: spreads names that differ in one character over all bits. */
const hash32 = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/**
 * Weighted rendezvous hashing: how much `key` likes `node`; the highest score comes first. Scores of the other
 * nodes do not change when one comes or goes, and a node gets a share of keys in proportion to its weight.
 */
export const rendezvousScore = (key: string, node: string, weight: number): number => {
  const uniform = (hash32(`${key}\n${node}`) + 0.5) / 0x1_0000_0000;
  return -weight / Math.log(uniform);
};
