import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { OrderBook } from './order-book.ts';

const A = 'real/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80';
const B = 'real/[10.0.0.1]:tcp:80/[10.0.0.3]:tcp:80';

let directory: string;
let path: string;
let log: string[];
const book = (): OrderBook => new OrderBook({ path, log: (line) => log.push(line) });

beforeEach(() => {
  directory = temporaryDirectory('orders');
  path = join(directory, 'journal.orders');
  log = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('orders', () => {
  it('are those of the last writing, for whoever reads them next', async () => {
    const first = book();
    first.set(A, { duty: 'drained', weight: 7 });
    first.set(B, { duty: 'maintenance', weight: null });
    expect(await first.save()).toBeNull();
    expect(book().ordersFor(A)).toEqual([
      { type: 'operator.weight', weight: 7, kept: true },
      { type: 'operator.drain', kept: true },
    ]);
    expect(book().ordersFor(B)).toEqual([{ type: 'operator.maintenance', kept: true }]);
    first.set(A, { duty: 'ready', weight: null });
    await first.save();
    expect(book().ordersFor(A)).toEqual([]);
    expect(readdirSync(directory)).toEqual(['journal.orders']);
    expect(log).toEqual([]);
  });

  it('that come while others are written are written by one more writing', async () => {
    const many = book();
    const saved = Array.from({ length: 100 }, (_, weight) => {
      many.set(A, { duty: 'ready', weight });
      return many.save();
    });
    expect(new Set(saved).size).toBe(2);
    await Promise.all(saved);
    expect(book().ordersFor(A)).toEqual([{ type: 'operator.weight', weight: 99, kept: true }]);
  });

  it('of servers that are not configured are dropped', async () => {
    const some = book();
    some.set(A, { duty: 'drained', weight: null });
    some.set(B, { duty: 'drained', weight: null });
    some.keepOnly((id) => id === B);
    await some.save();
    expect(log).toEqual([expect.stringContaining('[10.0.0.2]:tcp:80 is dropped')]);
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')).orders)).toEqual([B]);
  });

  it('that cannot be written are told of', async () => {
    rmSync(directory, { recursive: true });
    expect(await book().save()).toMatch(/ENOENT/);
    expect(log).toEqual([expect.stringContaining(`orders cannot be kept in ${path}`)]);
    mkdirSync(directory);
  });
});

const file = (orders: unknown, format = 'relived orders 1'): string => JSON.stringify({ format, orders });

it.each([
  ['', 'nothing'],
  ['{"format":"relived orders 1","orders":{"real/a', 'half of it'],
  [file({ [A]: { duty: 'drained', weight: null } }, 'relived orders 2'), 'another format'],
  [file([]), 'a list'],
  [file({ [A]: { duty: 'asleep', weight: null } }), 'an unknown duty'],
  [file({ [A]: { duty: 'ready', weight: -1 } }), 'an impossible weight'],
  [file({ vrrp: { duty: 'ready', weight: 1 } }), 'another actor'],
  ['\u0000\u0001\u0002', 'bytes'],
])('%j (%s) is ignored, and that is said', (text) => {
  writeFileSync(path, text);
  expect(book().ordersFor(A)).toEqual([]);
  expect(log).toEqual([`the orders in ${path} are ignored: that is no file of orders`]);
});

it('what is no regular file is not followed', () => {
  symlinkSync('/etc/passwd', path);
  book();
  rmSync(path);
  mkdirSync(path);
  book();
  expect(log).toEqual([expect.stringMatching(/ELOOP/), expect.stringContaining('not a regular file')]);
});
