/** How a process is scheduled: of one of its own, as the runner must stay as it is. */
import { execFileSync } from 'node:child_process';
import { getPriority } from 'node:os';
import { expect, it } from 'vitest';
import type { ProcessSettings } from './scheduling.ts';

const SETTINGS: ProcessSettings = {
  ...{ name: 'relived', priority: 0, realtimePriority: 0, realtimeLimitUs: 0, locksMemory: false },
  ...{ processors: null, umask: 0o022 },
};

/** The nice values of all threads after each of these, a thread being started before the first and behind each. */
function niceAfter(...settings: readonly Partial<ProcessSettings>[]): readonly (readonly number[])[] {
  const program = `
    import fs from 'node:fs';
    import { Worker } from 'node:worker_threads';
    import { Scheduling } from ${JSON.stringify(new URL('scheduling.ts', import.meta.url).href)};
    const begin = () => new Promise((resolve) => {
      new Worker('setInterval(() => {}, 1e6)', { eval: true }).once('online', resolve);
    });
    const FIELD = 16;
    const nice = () => fs.readdirSync('/proc/self/task').map((thread) => {
      const stat = fs.readFileSync(\`/proc/self/task/\${thread}/stat\`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[FIELD]);
    });
    const scheduling = new Scheduling((line) => { throw new Error(line); });
    const seen = [];
    await begin();
    for (const settings of ${JSON.stringify(settings.map((one) => ({ ...SETTINGS, ...one })))}) {
      scheduling.apply(settings);
      await begin();
      seen.push([...new Set(nice())]);
    }
    process.stdout.write(JSON.stringify(seen), () => process.exit(0));
  `;
  const args = ['--no-warnings', '--input-type=module', '-e', program];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

it('each thread has the priority of the process, also after a reload', () => {
  const all = niceAfter({}, { priority: -5 }, { priority: 3 }, { priority: 0 });
  expect(all).toEqual([[getPriority()], [-5], [3], [0]]);
});

it('it means nothing while the process is realtime, and something again afterwards', () => {
  const settings = { priority: 4 };
  expect(niceAfter(settings, { ...settings, realtimePriority: 1 }, settings)).toEqual([[4], [0], [4]]);
});
