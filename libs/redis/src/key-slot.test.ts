import { describe, expect, it } from 'vitest';
import { keySlot } from './key-slot.ts';

describe('keySlot', () => {
  it.each([
    ['123456789', 12_739],
    ['foo', 12_182],
    ['{foo}.following', 12_182],
    ['a{foo}b{bar}', 12_182],
    // Nothing within the first braces: the whole key counts. Values as CLUSTER KEYSLOT gives them.
    ['foo{}{bar}', 8_363],
    ['', 0],
    ['Grüße', 8_844],
  ])('has the slot of %j as Redis has it', (key, slot) => {
    expect(keySlot(key)).toBe(slot);
  });
});
