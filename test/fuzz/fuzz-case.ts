/** One random configuration, read; what must hold whatever it says. */
import { memoryFiles } from '../../src/config/config.fixture.ts';
import { configTestExitCode, formatDiagnostics, startExitCode } from '../../src/config/diagnostics.ts';
import { UNKNOWN_ENVIRONMENT } from '../../src/config/environment.ts';
import { MAX_DIAGNOSTICS } from '../../src/config/problems.ts';
import { readConfig } from '../../src/config/read.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import { generate } from './grammar.ts';
import { mutateLines } from './mutate.ts';
import { pick } from './scraps.ts';

export interface FuzzResult {
  readonly lines: number;
  readonly mutated: number;
  /** CPU time of reading alone, in milliseconds. */
  readonly cpuMs: number;
  readonly usable: boolean;
}

/** Lines of a configuration. */
const SIZES = [1, 5, 20, 60, 200, 1000];

const INTERFACES = new Set(['lo', 'eth0', 'eth1']);

/** The configuration of a seed, and how many of its lines are broken. */
export function configurationOf(seed: number): { text: string; lines: number; mutated: number } {
  const random = new SeededRandom(seed);
  const lines = generate(random, pick(random, SIZES) ?? 1);
  const mutated = mutateLines(lines, random);
  return { text: lines.join('\n'), lines: lines.length, mutated };
}

/** Reads the configuration of a seed. Throws if something does not hold. */
export function runCase(seed: number): FuzzResult {
  const { text, lines, mutated } = configurationOf(seed);
  const { cpuMs, usable } = readAndCheck(text, seed % 2 === 0);
  return { lines, mutated, cpuMs, usable };
}

/** @param known whether the machine's interfaces are known to the reader */
export function readAndCheck(
  text: string,
  known: boolean,
): { readonly cpuMs: number; readonly usable: boolean } {
  const files = memoryFiles({
    '/c/self': text,
    '/c/a': text.slice(0, 300),
    '/c/b': 'include a\ninclude b\nglobal_defs {\nrouter_id b\n}\n',
  });
  const environment = { ...UNKNOWN_ENVIRONMENT, configId: 'main', interfaces: known ? INTERFACES : null };
  const before = process.threadCpuUsage();
  const result = readConfig('/c/self', files, environment);
  const { user, system } = process.threadCpuUsage(before);
  const { diagnostics, config } = result;
  const usable = diagnostics.every(({ severity, unsupported }) => severity !== 'error' || unsupported);
  hold(usable === (config !== null), 'a configuration exactly if no error says that there is none');
  hold(diagnostics.length <= MAX_DIAGNOSTICS + 1, 'a bounded number of problems');
  for (const { line, column, width, source } of diagnostics) {
    hold(line >= 1 && column >= 1 && width >= 1, 'a place for every problem');
    hold(column + width <= Math.max(2, source.length + 1), 'a place within its line');
  }
  hold([0, 2, 4, 5, 6].includes(configTestExitCode(diagnostics)), 'an exit status of -t');
  hold([0, 2, 6].includes(startExitCode(diagnostics)), 'an exit status of a start');
  const printed = formatDiagnostics(diagnostics);
  hold(printed.length <= 2_000 * (diagnostics.length + 1), 'a bounded report');
  JSON.stringify(config?.tree ?? null);
  return { cpuMs: (user + system) / 1000, usable };
}

function hold(condition: boolean, what: string): void {
  if (!condition) throw new Error(`expected ${what}`);
}
