/** The lab as a person meets it: real routers, a real crash, the page that `npm start` prints. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { JournalReader } from '../../src/journal/reader.ts';
import { runLab } from '../../src/lab/lab.ts';
import { Lan } from '../../src/lab/namespaces.ts';
import { listNamespaces } from '../../src/lab/netns.ts';
import { type LabRecord, readRecord } from '../../src/lab/record.ts';
import { killRouter } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import type { Json } from '../../src/protocol/json.ts';
import { uniqueLanId } from '../harness/lan.ts';
import { startBrowser } from './chromium.ts';
import { checkFailover } from './failover-on-page.ts';

const ACTOR = 'vrrp/lab';
const NODES = ['r1', 'r2'];

let base: string;
let id: string;
let ending: AbortController;
let lab: Promise<void>;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'relived-lab-'));
  id = uniqueLanId();
  ending = new AbortController();
  lab = Promise.resolve();
});

afterEach(async () => {
  ending.abort();
  await lab;
  await Lan.open({ id, hosts: ['r1', 'r2', 'host'] }).destroy();
  rmSync(base, { recursive: true, force: true });
});

function newestState(record: LabRecord, node: string): Json {
  const directory = record.journals[NODES.indexOf(node)] ?? '';
  // The slower router may not have written its first segment yet.
  if (!existsSync(directory) || !readdirSync(directory).some((file) => file.endsWith('.db'))) return null;
  const reader = new JournalReader(directory);
  try {
    return reader.stateAt(ACTOR, reader.lastSeq())?.state ?? null;
  } finally {
    reader.close();
  }
}

it('shows a crash and the failover after it, live and step by step', { timeout: 120_000 }, async () => {
  const printed: string[] = [];
  lab = runLab({
    base,
    id,
    signal: ending.signal,
    print: (line) => printed.push(line),
    listen: '127.0.0.1:0',
  });
  const record = await waitFor(
    () => {
      const found = readRecord(base);
      return found?.ready === true ? found : null;
    },
    { deadlineMs: 30_000, what: 'the lab being up' },
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${printed.join('\n')}`);
  });
  if (record.page === null) throw new Error(printed.join('\n'));
  // Loopback of this machine, and nothing else.
  expect(record.page).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);

  await waitFor(() => NODES.every((node) => newestState(record, node) !== null), {
    deadlineMs: 15_000,
    what: 'rows in both journals',
  });
  const holds = () => JSON.stringify(newestState(record, 'r2')).includes('"addresses":"held"');
  const browser = await startBrowser();
  try {
    const watched = await browser.open(record.page);
    await checkFailover(watched, {
      actor: ACTOR,
      master: 'r1',
      backup: 'r2',
      stateOf: (node) => newestState(record, node),
      fail: async () => {
        await killRouter(record, 'r1');
        await waitFor(holds, { deadlineMs: 10_000, what: 'r2 holding the address' });
      },
    });
  } finally {
    await browser.close();
  }

  ending.abort();
  await lab;
  expect(listNamespaces().filter((name) => name.includes(id))).toEqual([]);
});
