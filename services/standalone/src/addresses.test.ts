import { describe, expect, it } from 'vitest';
import { lanAddresses, ownHosts, urlHost } from './addresses.ts';

describe('addresses', () => {
  it('takes IPv4 addresses of networks only', () => {
    const entry = (address: string, family: 'IPv4' | 'IPv6', internal: boolean) =>
      ({ address, family, internal, netmask: '', mac: '', cidr: null, scopeid: 0 }) as never;
    const found = lanAddresses({
      lo: [entry('127.0.0.1', 'IPv4', true)],
      eth0: [entry('192.168.1.7', 'IPv4', false), entry('fe80::1', 'IPv6', false)],
      eth1: [entry('169.254.3.4', 'IPv4', false)],
    });
    expect(found).toEqual(['192.168.1.7']);
  });

  it('covers this machine under its loopback names at least, each once', () => {
    const hosts = ownHosts();
    expect(hosts).toEqual(expect.arrayContaining(['localhost', '127.0.0.1', '::1']));
    expect(new Set(hosts).size).toBe(hosts.length);
  });

  it('puts IPv6 addresses in brackets', () => {
    expect(urlHost('::1', 80)).toBe('[::1]:80');
    expect(urlHost('127.0.0.1', 80)).toBe('127.0.0.1:80');
  });
});
