import { describe, expect, it } from 'vitest';
import type { ProcessSource } from '../../machines/tracker/tracker.input.ts';
import type { ProcFiles } from './proc-files.ts';
import { type Count, matches, ProcessTable } from './process-table.ts';

function source(changes: Partial<ProcessSource> = {}): ProcessSource {
  return {
    kind: 'process',
    program: 'nginx',
    parameters: [],
    match: null,
    fullCommand: false,
    least: 1,
    most: null,
    ...changes,
  };
}

/** A machine whose processes are these, by number: name and arguments. */
class Machine implements ProcFiles {
  readonly running = new Map<number, readonly [string, ...string[]]>();

  pids(): number[] {
    return [...this.running.keys()];
  }
  name(pid: number): string | null {
    return this.running.get(pid)?.[0] ?? null;
  }
  commandLine(pid: number): string | null {
    const command = this.running.get(pid);
    return command === undefined ? null : command.map((word) => `${word}\0`).join('');
  }
}

function scanned(table: ProcessTable): Count[] {
  const steps = table.scan();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

describe('a process is one of those that are looked for', () => {
  const full = { fullCommand: true, program: '/usr/sbin/d' } as const;

  it('by its name', () => {
    expect(matches(source(), 'nginx', null)).toBe(true);
    expect(matches(source(), 'nginx2', null)).toBe(false);
  });

  it.each([
    [null, [], '/usr/sbin/d\0-a\0', true],
    [null, [], '/usr/sbin/d2\0', false],
    ['exact', ['-a', 'x'], '/usr/sbin/d\0-a\0x\0', true],
    ['exact', ['-a', 'x'], '/usr/sbin/d\0-a\0x\0y\0', false],
    ['exact', [], '/usr/sbin/d\0', true],
    ['exact', [], '/usr/sbin/d\0-a\0', false],
    ['partial', ['-a'], '/usr/sbin/d\0-a\0-b\0', true],
    ['partial', ['-a'], '/usr/sbin/d\0-ab\0', false],
    ['initial', ['-a', 'fi'], '/usr/sbin/d\0-a\0file\0', true],
    ['initial', ['-a', 'fi'], '/usr/sbin/d\0-a\0-fi\0', false],
    ['exact', [], '', false],
  ] as const)('%s %j: %j %s', (match, parameters, commandLine, counted) => {
    expect(matches(source({ ...full, match, parameters }), null, commandLine)).toBe(counted);
  });
});

describe('the table of processes', () => {
  it('counts what is there, and follows forks, names, programs and exits', () => {
    const machine = new Machine();
    machine.running.set(5, ['nginx']).set(6, ['sshd']);
    const table = new ProcessTable(machine);
    expect(table.add('t', source({ least: 2 }))).toEqual({ id: 't', count: 1, by: 'scan' });
    expect(table.hear({ what: 'forked', parent: 6, child: 7 })).toEqual([]);
    expect(table.hear({ what: 'forked', parent: 5, child: 8 })).toEqual([{ id: 't', count: 2, by: 'fork' }]);
    machine.running.set(8, ['sh']);
    expect(table.hear({ what: 'executed', pid: 8 })).toEqual([{ id: 't', count: 1, by: 'exec' }]);
    expect(table.hear({ what: 'renamed', pid: 7, name: 'nginx' })).toEqual([
      { id: 't', count: 2, by: 'exec' },
    ]);
    expect(table.hear({ what: 'exited', pid: 5 })).toEqual([{ id: 't', count: 1, by: 'exit' }]);
    expect(table.hear({ what: 'exited', pid: 99 })).toEqual([]);
  });

  it('tells only what crosses a bound', () => {
    const table = new ProcessTable(new Machine());
    table.add('t', source({ least: 1, most: 2 }));
    const fork = (child: number) => table.hear({ what: 'forked', parent: 1, child });
    expect(table.hear({ what: 'renamed', pid: 1, name: 'nginx' })).toHaveLength(1);
    expect(fork(2)).toEqual([]);
    expect(fork(3)).toEqual([{ id: 't', count: 3, by: 'fork' }]);
    expect(fork(4)).toEqual([]);
    expect(table.hear({ what: 'exited', pid: 4 })).toEqual([]);
    expect(table.hear({ what: 'exited', pid: 3 })).toEqual([{ id: 't', count: 2, by: 'exit' }]);
  });

  it('is right after a scan, whatever was missed before it and happens during it', () => {
    const machine = new Machine();
    const table = new ProcessTable(machine);
    table.add('t', source({ least: 2 }));
    machine.running.set(5, ['nginx']).set(6, ['nginx']).set(7, ['nginx']);
    const steps = table.scan();
    steps.next();
    steps.next();
    machine.running.delete(5);
    table.hear({ what: 'exited', pid: 5 });
    steps.next();
    expect(steps.next()).toEqual({ done: true, value: [{ id: 't', count: 2, by: 'scan' }] });
    expect(scanned(table)).toEqual([]);
  });
});
