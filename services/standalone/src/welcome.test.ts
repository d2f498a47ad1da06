import { describe, expect, it } from 'vitest';
import { pageUrl, type WelcomeFacts, welcome } from './welcome.ts';

const facts: WelcomeFacts = {
  secure: false,
  host: '127.0.0.1',
  port: 8080,
  opsUrl: 'http://127.0.0.1:8081/',
  guests: true,
  selfSigned: false,
  version: '0.1.0',
  engine: 'uws-pack 20.0.8',
  nodeVersion: '20.20.2',
  missingCodecs: [],
};
const lan = { ...facts, secure: true, host: '0.0.0.0', selfSigned: true };

describe('welcome', () => {
  it('names the page before anything else, then tabs, operations and versions', () => {
    const text = welcome(facts);
    expect(text.match(/https?:\S+/)?.[0]).toBe('http://127.0.0.1:8080/');
    expect(text).toContain('two tabs');
    expect(text).toContain('http://127.0.0.1:8081/metrics');
    expect(text).toContain('uws-pack 20.0.8');
    expect(text).not.toContain('Warning');
  });

  it('gives an address that opens here when it listens on all interfaces, and those for the network', () => {
    expect(pageUrl(lan)).toBe('https://127.0.0.1:8080/');
    expect(welcome(lan, ['192.168.1.7'])).toContain('https://192.168.1.7:8080/');
  });

  it('warns when anyone on the network can join', () => {
    expect(welcome(lan, [])).toContain('anyone on this network');
    expect(welcome({ ...lan, guests: false }, [])).not.toContain('anyone on this network');
  });

  it('says in one line which codecs are missing, and what builds them', () => {
    const [line, ...others] = welcome({ ...facts, missingCodecs: ['Speex', 'G.722'] })
      .split('\n')
      .filter((one) => /codecs|Speex|G\.722/.test(one));
    expect(line).toContain('Without Speex and G.722');
    expect(line).toContain('npm run codecs');
    expect(others).toEqual([]);
    expect(welcome(facts)).not.toContain('codecs');
  });

  it('says how others get a microphone when there is no TLS', () => {
    expect(welcome({ ...lan, secure: false }, [])).toContain('--https');
  });
});
