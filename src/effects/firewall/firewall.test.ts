import { expect, test } from 'vitest';
import { Firewall } from './firewall.ts';
import { createNftables } from './nftables.ts';

const vip = (address: string) => ({ address, prefixLength: 24, interface: 'eth0' });

/** nft(8) as the test: what it was told, with the name of who told it. */
function recorder() {
  const told: string[] = [];
  const backend = (name: string, priority: number) =>
    createNftables({ table: 'keepalived', priority, byIndex: false, counters: false }, async (script) => {
      await new Promise((resolve) => setImmediate(resolve));
      told.push(`${name}\n${script}`);
      return null;
    });
  return { told, backend };
}

test('another backend takes over what is blocked, in the order of what is asked meanwhile', async () => {
  const { told, backend } = recorder();
  const errors: string[] = [];
  const failed = (error: string) => errors.push(error);
  const firewall = new Firewall({ backend: backend('first', -1), localIgmpDisabled: false, failed });
  await firewall.block([vip('10.0.0.1'), vip('10.0.0.2')], false);
  await Promise.all([
    firewall.unblock([vip('10.0.0.1')]),
    firewall.use(backend('second', 5)),
    firewall.block([vip('10.0.0.3')], false),
  ]);
  expect(told.map((script) => script.split('\n')[0])).toEqual([
    'first',
    'first',
    'first',
    'second',
    'second',
  ]);
  const [, unblocked, closed, taken, added] = told;
  expect(unblocked).toContain('delete element ip keepalived vips { 10.0.0.1 }');
  expect(closed).toContain('delete table ip keepalived');
  expect(taken).toContain('hook input priority 5');
  expect(taken).toContain('vips { 10.0.0.2 }');
  expect(taken).not.toContain('10.0.0.1 ');
  expect(added).toContain('vips { 10.0.0.3 }');
  await firewall.close();
  expect(told.at(-1)).toMatch(/^second\n(.*\n)*delete table ip keepalived/);
  expect(errors).toEqual([]);
});
