import { expect, test } from 'vitest';
import { read } from '../config.fixture.ts';
import { configTestExitCode } from '../diagnostics.ts';
import { virtualServer } from './lvs.fixture.ts';

const MANY = 10_000;

function addresses(prefix: string): string[] {
  return Array.from({ length: MANY }, (_, index) => `${prefix}.${index >> 8}.${index & 255}`);
}

// Pairwise comparison would take minutes.
test('ten thousand real servers in one virtual server', () => {
  const reals = addresses('10.1').map((address) => `real_server ${address} 80 {\nTCP_CHECK {\n}\n}`);
  const { config, diagnostics } = read(
    virtualServer('sorry_server 192.0.2.9', '192.0.2.1 80', reals.join('\n')),
  );
  expect(configTestExitCode(diagnostics)).toBe(0);
  expect(config?.tree.virtual_server[0]?.real_server).toHaveLength(MANY);
});

test('ten thousand virtual servers', () => {
  const { config, diagnostics } = read(
    addresses('10.2')
      .map((address) => virtualServer('', `${address} 80`))
      .join(''),
  );
  expect(configTestExitCode(diagnostics)).toBe(0);
  expect(config?.tree.virtual_server).toHaveLength(MANY);
});
