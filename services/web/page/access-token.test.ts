import { describe, expect, it } from 'vitest';
import { readAddress, readToken } from './access-token.ts';

const tokenOf = (claims: unknown): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;

describe('readAddress', () => {
  it('finds room, region and token', () => {
    expect(readAddress({ search: '?room=lobby&region=eu', hash: '#token=a.b.c' })).toEqual({
      room: 'lobby',
      region: 'eu',
      token: 'a.b.c',
    });
  });

  it('finds nothing in an address that says nothing', () => {
    const nothing = { room: undefined, region: undefined, token: undefined };
    expect(readAddress({ search: '', hash: '' })).toEqual(nothing);
    expect(readAddress({ search: '?token=a.b.c', hash: '#token=' })).toEqual(nothing);
  });
});

describe('readToken', () => {
  it('tells room and name, in any script', () => {
    expect(readToken(tokenOf({ room: 'lobby', name: '小明', sub: 'x' }))).toEqual({
      room: 'lobby',
      name: '小明',
    });
  });

  it('tells nothing of what is no token', () => {
    for (const text of ['', 'abc', 'a.%%.c', tokenOf(null), tokenOf({ room: 7 })]) {
      expect(readToken(text), text).toEqual({});
    }
  });
});
