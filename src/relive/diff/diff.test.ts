import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { seedOfRun } from '../../../test/harness/seed.ts';
import { JournalReader } from '../../journal/reader.ts';
import { openJournal } from '../../journal/writer.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { peacefulPair, takeOver } from '../story.fixture.ts';
import { documentAt } from './document.ts';
import { diffGenerations } from './generations.ts';
import { differenceLines } from './lines.ts';
import { changes, type Operation } from './patch.ts';

/** RFC 6902, of the operations that are written. */
function applied(document: Json, operations: readonly Operation[]): Json {
  const root: { value: Json } = { value: structuredClone(document) };
  for (const operation of operations) {
    const keys = ['value', ...operation.path.split('/').slice(1)].map((key) =>
      key.replaceAll('~1', '/').replaceAll('~0', '~'),
    );
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Json>((at, key) => (at as JsonObject)[key] as Json, root as unknown as Json);
    if (Array.isArray(parent)) {
      const list = parent as Json[];
      if (operation.op === 'add') list.push(operation.value);
      else if (operation.op === 'remove') list.splice(Number(last), 1);
      else list[Number(last)] = operation.value;
    } else if (operation.op === 'remove') delete (parent as Record<string, Json>)[last];
    else (parent as Record<string, Json>)[last] = operation.value;
  }
  return root.value;
}

describe('a JSON patch', () => {
  it('turns the one into the other', () => {
    const json = fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(json, json, (before, after) => {
        const [from, to] = [before, after].map((value) => JSON.parse(JSON.stringify(value)) as Json) as [
          Json,
          Json,
        ];
        const operations = [...changes(from, to)].map(({ operation }) => operation);
        expect(applied(from, operations)).toEqual(to);
        expect([...changes(to, to)]).toEqual([]);
      }),
      { seed: seedOfRun(), numRuns: 500, examples: [[{ valueOf: '' }, {}]] },
    );
  });
});

describe('two times of a node', () => {
  it('differ in states, contexts, timers and whether the process ran', async () => {
    const pair = peacefulPair();
    await pair.r1.end();
    takeOver(pair);
    pair.story.pass(1000);
    await pair.r2.end();
    const reader = new JournalReader(pair.r2.journal);
    const last = reader.lastSeq();
    const at = (seq: number): JsonObject => documentAt(reader, seq, reader.row(seq)?.wallUs ?? 0, null);
    const followed = [...reader.rows()].find(({ event }) => event.type === 'advert.received')?.seq ?? 0;
    const lines = differenceLines(at(followed), at(last));
    expect(lines.join('\n')).toMatch(/VI_1\n +state .*backup\.listening -> master/);
    expect(lines.join('\n')).toMatch(/master {2}\{.*"source":"10\.0\.0\.1".*\} -> null/);
    const gone = documentAt(reader, last, (reader.row(last)?.wallUs ?? 0) + 3_600_000_000, null);
    expect(gone.process).toBe('ended without a stop');
    expect(differenceLines(at(last), at(last))).toEqual([]);
    reader.close();
    pair.story.remove();
  });
});

describe('two configurations of a journal', () => {
  const instance = (priority: number): string =>
    `vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  priority ${priority}\n  virtual_ipaddress { 10.0.0.100 }\n}\n`;

  it('are compared actor by actor, with what they include', async () => {
    const root = temporaryDirectory('generations');
    const writer = openJournal({ directory: join(root, 'j'), node: 'r1', process: 'vrrp' });
    for (const [generation, priority] of [
      [1, 150],
      [2, 100],
    ] as const) {
      const files = [
        { path: '/etc/keepalived/keepalived.conf', text: 'include conf.d/*.conf\n' },
        { path: '/etc/keepalived/conf.d/a.conf', text: instance(priority) },
      ];
      writer.define({ kind: 'config', name: `config@${generation}`, body: { files } });
    }
    writer.row({
      ...{ seq: 1, monoUs: 1, wallUs: 1, kind: 'note', actor: 'relived', machine: null, cause: null },
      ...{ event: { type: 'process.started', configGeneration: 1 }, effects: [], state: null, delta: {} },
    });
    await writer.close();
    const reader = new JournalReader(join(root, 'j'));
    const { diff } = diffGenerations(reader, 1, 2);
    expect(diff.actors.filter(({ change }) => change !== 'kept')).toMatchObject([
      { name: 'VI_1', change: 'changed', settings: [{ keyword: 'priority', from: '150', to: '100' }] },
    ]);
    expect(() => diffGenerations(reader, 1, 7)).toThrow(
      /no config@7 in this journal; there is config@1, config@2/,
    );
    reader.close();
    rmSync(root, { recursive: true });
  });
});
