/**
 * How long a test of a large configuration takes, and how much memory: 10,000 real servers.
 *
 *   npm run bench -- config [runs]
 *
 * `keepalived -t` and `relived -t` in turn, on the same file, in a network namespace of their own. The median of each is
 * that of whole processes, from start to end. Peak memory is VmHWM, looked at while a run of its own goes on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLan } from '../harness/lan.ts';
import { killInTheEnd, temporaryDirectory } from '../harness/leftovers.ts';

const REAL_SERVERS = 10_000;
const RELIVED = join(import.meta.dirname, '..', '..', 'bin', 'relived');
const PROGRAMS = { relived: [RELIVED], keepalived: ['keepalived', '-l'] } as const;
type Program = keyof typeof PROGRAMS;

/** `10.B.C.D`, another one for each number. */
function address(second: number, number: number): string {
  return `10.${second}.${number >> 8}.${number & 255}`;
}

function realServer(number: number, checker: readonly string[]): string[] {
  return [
    `    real_server ${address(100, number)} 80 {`,
    '        weight 10',
    ...checker.map((line) => `        ${line}`),
    '    }',
  ];
}

function virtualServer(number: number, servers: readonly string[]): string[] {
  const settings = ['delay_loop 5', 'lvs_sched wrr', 'lvs_method NAT', 'protocol TCP'];
  const opening = `virtual_server ${address(200, number)} 80 {`;
  return [opening, ...settings.map((line) => `    ${line}`), ...servers, '}'];
}

function services(count: number, checker: readonly string[]): string {
  const each = REAL_SERVERS / count;
  const lines = Array.from({ length: count }, (_service, service) =>
    virtualServer(
      service,
      Array.from({ length: each }, (_server, server) => realServer(service * each + server, checker)).flat(),
    ),
  );
  return `${lines.flat().join('\n')}\n`;
}

const FILES = {
  '100 virtual servers with 100 real servers each, TCP_CHECK': services(100, [
    'TCP_CHECK {',
    '    connect_timeout 3',
    '}',
  ]),
  '1 virtual server with 10,000 real servers, HTTP_GET': services(1, [
    'HTTP_GET {',
    '    url {',
    '        path /health',
    '        status_code 200',
    '    }',
    '    connect_timeout 3',
    '}',
  ]),
} as const;

interface Run {
  readonly ms: number;
  readonly code: number | null;
  readonly peakKb: number;
}

function peakOf(child: ChildProcess): number {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** @param watched its peak memory is followed, which takes time from it */
async function runTest(namespace: string, program: Program, file: string, watched: boolean): Promise<Run> {
  const command = ['netns', 'exec', namespace, ...PROGRAMS[program], '-t', '-f', file];
  const startMs = performance.now();
  const child = spawn('ip', command, { stdio: 'ignore' });
  killInTheEnd(child);
  const ended = once(child, 'exit');
  let peakKb = 0;
  while (watched && child.exitCode === null && child.signalCode === null) {
    peakKb = Math.max(peakKb, peakOf(child));
    await sleep(1);
  }
  await ended;
  return { ms: performance.now() - startMs, code: child.exitCode, peakKb };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function compare(namespace: string, title: string, file: string, runs: number): Promise<void> {
  const took: Record<Program, number[]> = { relived: [], keepalived: [] };
  const programs = Object.keys(PROGRAMS) as Program[];
  // The first run of each fills the caches of the file system.
  for (let run = -1; run < runs; run++) {
    for (const program of programs) {
      const { ms } = await runTest(namespace, program, file, false);
      if (run >= 0) took[program].push(ms);
    }
  }
  console.log(title);
  for (const program of programs) {
    const { peakKb, code } = await runTest(namespace, program, file, true);
    const sorted = took[program].toSorted((one, other) => one - other);
    console.log(
      `  ${program.padEnd(10)}  min ${at(sorted, 0).toFixed(0)}  p50 ${at(sorted, 0.5).toFixed(0)}` +
        `  max ${at(sorted, 1).toFixed(0)} ms  peak ${(peakKb / 1024).toFixed(0)} MiB  exit ${code}`,
    );
  }
  const [own, theirs] = programs.map((program) =>
    at(
      took[program].toSorted((one, other) => one - other),
      0.5,
    ),
  );
  console.log(`  ratio of medians ${((own ?? 0) / (theirs ?? 1)).toFixed(2)}`);
}

const runs = Number(process.argv[2] ?? 10);
await withLan({ hosts: ['a'] }, async (lan) => {
  const directory = temporaryDirectory('bench');
  for (const [index, [title, text]] of Object.entries(FILES).entries()) {
    const file = join(directory, `${index}.conf`);
    writeFileSync(file, text);
    await compare(lan.namespace('a'), title, file, runs);
  }
});
