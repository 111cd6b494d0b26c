import { describe, expect, it } from 'vitest';
import { type OrderedServer, readOrder } from './server-orders.ts';

const server = (name: string, virtualServer = '[10.0.0.1]:tcp:80'): OrderedServer => ({
  ...{ id: `real/${virtualServer}/${name}`, name, virtualServer },
});
const KNOWN = [
  server('[10.0.0.2]:tcp:80'),
  server('[10.0.0.2]:tcp:443'),
  server('[10.0.0.2]:tcp:80', 'FWM 5'),
  server('[10.0.0.20]:tcp:80'),
  server('[2001:db8::2]:tcp:80'),
];

const found = (request: object): unknown => {
  const ordered = readOrder({ order: 'drain', ...request }, KNOWN);
  return 'error' in ordered ? ordered.error : ordered.servers.map((each) => KNOWN.indexOf(each));
};

describe('a real server is called by', () => {
  it.each([
    ['its address, which stands for all its ports', '10.0.0.2', [0, 1, 2]],
    ['address and port', '10.0.0.2:80', [0, 2]],
    ['its whole name', '[10.0.0.2]:tcp:443', [1]],
    ['an IPv6 address', '2001:DB8::2', [4]],
    ['an IPv6 address with its port', '[2001:db8::2]:80', [4]],
  ])('%s', (_, name, servers) => {
    expect(found({ server: name })).toEqual(servers);
  });

  it('the virtual server that it is of', () => {
    expect(found({ server: '10.0.0.2', virtual: 'FWM 5' })).toEqual([2]);
    expect(found({ server: '10.0.0.20', virtual: 'FWM 5' })).toBe(
      'real server 10.0.0.20 is not of virtual server FWM 5 but of [10.0.0.1]:tcp:80',
    );
  });
});

it.each([
  [{ server: '10.0.0.9' }, 'there is no real server 10.0.0.9'],
  [{ server: 7 }, 'no real server is named'],
  [{ order: 'kill', server: '10.0.0.2' }, 'unknown order, one of: ready, drain, maint, weight'],
  [{ order: 'toString', server: '10.0.0.2' }, 'unknown order, one of: ready, drain, maint, weight'],
  [{ order: 'weight', weight: 1.5, server: '10.0.0.2' }, 'a weight is a whole number from 0 to 2147483647'],
  [{ order: 'weight', server: '10.0.0.2' }, 'a weight is a whole number from 0 to 2147483647'],
])('%j is refused', (request, error) => {
  expect(found(request)).toBe(error);
});

it('a weight may be taken back', () => {
  expect(readOrder({ order: 'weight', weight: null, server: '10.0.0.20' }, KNOWN)).toEqual({
    order: { type: 'operator.weight', weight: null },
    servers: [KNOWN[3]],
  });
});
