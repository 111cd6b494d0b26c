// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of the configuration language
import { expect, test } from 'vitest';
import { seedOfRun } from '../harness/seed.ts';
import { readAndCheck } from './fuzz-case.ts';
import { fuzz } from './fuzz-run.ts';

const LINES = 30_000;

test(`${LINES} broken lines: no crash, no hang`, { timeout: 120_000 }, async () => {
  const { failure, cases, usable, lines, mutated, slowest } = await fuzz(seedOfRun(), LINES);
  console.log({ cases, usable, lines, mutated, slowest });
  expect(failure, `npm run fuzz -- --case ${failure?.seed}`).toBeNull();
  expect(mutated).toBeGreaterThanOrEqual(LINES);
  // Configurations that are always refused, or never, would test little.
  expect(usable).toBeGreaterThan(cases / 100);
  expect(usable).toBeLessThan(cases);
});

/** What grows with the square of the configuration would take a hundred times as long for ten times as much. */
const REPEATED: readonly (readonly [name: string, text: string])[] = [
  [
    'instances',
    'vrrp_instance A$ {\ninterface eth0\nvirtual_router_id 7\nvirtual_ipaddress {\n192.0.2.1\n}\n}\n',
  ],
  ['addresses of one instance', 'virtual_ipaddress {\n192.0.2.$/24 dev eth0\n}\n'],
  ['unknown words', 'unknown$ word\n'],
  ['opened blocks', 'global_defs {\n'],
  ['closed blocks', '}\n'],
  ['quotes', 'router_id "$\n'],
  ['definitions', '$X$=${X} $\n'],
  ['uses of a definition', '$X=1\nrouter_id ${X}\n'],
  ['conditions', '@main router_id $\n'],
  ['tracked scripts', 'vrrp_script s$ {\nscript "/usr/bin/true"\n}\n'],
  ['synchronised groups', 'vrrp_sync_group g$ {\ngroup {\nA$\n}\n}\n'],
  ['virtual servers', 'virtual_server 192.0.2.1 $ {\nreal_server 192.0.2.$ 80 {\nTCP_CHECK {\n}\n}\n}\n'],
  ['real servers', 'real_server 192.0.2.1 $ {\nweight 1\n}\n'],
  ['routes', 'static_routes {\n10.0.0.0/8 via 192.0.2.$ dev eth0\n}\n'],
];

const SURROUNDED: Readonly<Record<string, readonly [string, string]>> = {
  'addresses of one instance': ['vrrp_instance A {\ninterface eth0\nvirtual_router_id 7\n', '}\n'],
  'real servers': ['virtual_server 192.0.2.1 80 {\n', '}\n'],
};

const FEW = 500;
const FACTOR = 20;

test.each(REPEATED)('%s: twenty times as many take about twenty times as long', (name, text) => {
  const [before, after] = SURROUNDED[name] ?? ['', ''];
  const repeated = (count: number): string => {
    const parts = Array.from({ length: count }, (_, index) => text.replaceAll(/\$(?![X{])/g, String(index)));
    return before + parts.join('') + after;
  };
  readAndCheck(repeated(FEW), true);
  const few = Math.max(2, readAndCheck(repeated(FEW), true).cpuMs);
  const many = readAndCheck(repeated(FEW * FACTOR), true).cpuMs;
  expect(many, `${few} ms for ${FEW}`).toBeLessThan(few * FACTOR * 5 + 100);
});
