import { describe, expect, it } from 'vitest';
import { formatListen, needsToken, parseListenAddress } from './listen-address.ts';

describe('the address to listen on', () => {
  it('is an address and a port, or the path of a socket', () => {
    expect(parseListenAddress('127.0.0.1:8112')).toEqual({ host: '127.0.0.1', port: 8112 });
    expect(parseListenAddress('[::1]:0')).toEqual({ host: '::1', port: 0 });
    expect(parseListenAddress('localhost:80')).toEqual({ host: 'localhost', port: 80 });
    expect(parseListenAddress(':9000')).toEqual({ host: '127.0.0.1', port: 9000 });
    expect(parseListenAddress('unix:/run/relived/view.sock')).toEqual({ path: '/run/relived/view.sock' });
  });

  it('is refused if it is anything else', () => {
    for (const text of [
      '',
      '8112',
      '127.0.0.1',
      '127.0.0.1:65536',
      '127.0.0.1:-1',
      '127.0.0.1:1:2',
      '::1:80',
    ]) {
      expect(parseListenAddress(text), text).toMatch(/^an address and a port/);
    }
    for (const text of [
      'example.com:80',
      '127.0.0.1.nip.io:80',
      '127.1:80',
      '0127.0.0.1:80',
      '1.2.3.256:80',
    ]) {
      expect(parseListenAddress(text), text).toMatch(/is a name/);
    }
    for (const text of ['unix:', 'unix:run/x', 'unix:/run/', 'unix:/a b', `unix:/${'x'.repeat(107)}`]) {
      expect(parseListenAddress(text), text).toMatch(/^unix: needs/);
    }
  });

  it('needs a token if others than this machine can connect', () => {
    const needing = [
      '0.0.0.0:80',
      '[::]:80',
      '10.0.0.1:80',
      '[::ffff:127.0.0.1]:80',
      'localhost:80',
      '127.9.9.9:1',
    ];
    const told = [...needing, '[::1]:80', '[0:0::1]:80', 'unix:/x'].map((text) => {
      const listen = parseListenAddress(text);
      return typeof listen === 'string' ? listen : needsToken(listen);
    });
    expect(told).toEqual([true, true, true, true, false, false, false, false, false]);
  });

  it('is written as it is read', () => {
    for (const text of ['127.0.0.1:8112', '[::1]:0', 'unix:/run/x']) {
      const listen = parseListenAddress(text);
      expect(typeof listen === 'string' ? listen : formatListen(listen)).toBe(text);
    }
  });
});
