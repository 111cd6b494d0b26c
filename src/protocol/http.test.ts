import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpResponseReader, hostOf, httpRequest, LONGEST_HEADER_BYTES } from './http.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const text = (of: Uint8Array) => Buffer.from(of).toString('latin1');

describe('a request', () => {
  it.each([
    ['1.0', 'GET /a HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: h\r\n\r\n'],
    ['1.0C', 'GET /a HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: h\r\n\r\n'],
    ['1.1', 'GET /a HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: h\r\n\r\n'],
  ] as const)('%s is that of keepalived', (protocol, expected) => {
    expect(text(httpRequest('/a', 'h', protocol))).toBe(expected);
  });

  it('names a server without a name by its address', () => {
    expect(hostOf('192.0.2.1', 80)).toBe('192.0.2.1:80');
    expect(hostOf('::1', 8080)).toBe('[::1]:8080');
  });
});

describe('an answer', () => {
  it.each([
    ['HTTP/1.1 204 No\r\n\r\n', 204, null, ''],
    ['HTTP/1.0 200\r\ncontent-length:  2 \r\n\r\nabcdef', 200, 2, 'ab'],
    ['HTTP/1.1 200 OK\r\nX-Content-Length: 1\r\n\r\nabc', 200, null, 'abc'],
    ['HTTP/1.1 2000 OK\r\n\r\n', null, null, ''],
    ['HTTP/1.1 700 OK\r\n\r\n', null, null, ''],
    ['hello\r\n\r\nabc', null, null, 'abc'],
    ['HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc', 200, null, 'abc'],
  ])('%j', (answer, status, bodyBytes, body) => {
    const piece = new HttpResponseReader().read(bytes(answer));
    expect(piece.header).toMatchObject({ status, bodyBytes });
    expect(text(piece.body)).toBe(body);
  });

  it('is the same in whatever pieces it arrives', () => {
    const answer = bytes('HTTP/1.1 200 OK\r\nA: \r\r\nContent-Length: 9\r\n\r\none\r\n\r\ntwo');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (lengths) => {
        const reader = new HttpResponseReader();
        let body = '';
        for (let at = 0, turn = 0; at < answer.length; turn++) {
          const length = lengths[turn % lengths.length] ?? 1;
          body += text(reader.read(answer.subarray(at, at + length)).body);
          at += length;
        }
        expect(reader.header).toMatchObject({ status: 200, bodyBytes: 9 });
        expect(body).toBe('one\r\n\r\ntw');
        expect(reader.left).toBe(0);
      }),
    );
  });

  it('has no header without an empty line', () => {
    const reader = new HttpResponseReader();
    expect(reader.read(bytes('HTTP/1.1 200 OK\r\nX: y\r\n')).header).toBeNull();
    expect(reader.header).toBeNull();
  });

  it('may not go on with its header for ever', () => {
    const reader = new HttpResponseReader();
    reader.read(new Uint8Array(LONGEST_HEADER_BYTES));
    expect(() => reader.read(bytes('x'))).toThrow(RangeError);
  });
});
