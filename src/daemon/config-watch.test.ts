import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { readConfig } from '../config/read.ts';
import { machineEnvironment } from '../host/environment.ts';
import { ReadingWitness } from '../host/reading-witness.ts';
import { waitFor } from '../lab/run.ts';
import { ConfigWatch } from './config-watch.ts';

let directory: string;
let watch: ConfigWatch;
let changes: number;

const at = (name: string): string => join(directory, name);

function follow(entry = at('keepalived.conf')): void {
  const witness = new ReadingWitness();
  readConfig(entry, witness.files, witness.environment(machineEnvironment({ configId: null })));
  watch.follow(witness.conditions());
}

const changed = (count: number): Promise<unknown> =>
  waitFor(() => changes >= count, { deadlineMs: 20_000, intervalMs: 5, what: `change ${count}` });

beforeEach(() => {
  directory = fs.realpathSync(temporaryDirectory('config-watch'));
  changes = 0;
  watch = new ConfigWatch({
    settlesMs: 20,
    changed: () => {
      changes += 1;
      follow();
    },
  });
  fs.mkdirSync(at('conf.d'));
  fs.writeFileSync(at('keepalived.conf'), 'include conf.d/*.conf\ninclude later.conf\n');
  fs.writeFileSync(at('conf.d/a.conf'), 'global_defs {\n}\n');
});

afterEach(() => {
  watch.close();
  fs.rmSync(directory, { recursive: true });
});

it('notices a file that is edited, one that is put in its place, one that comes and one that was looked for', async () => {
  follow();
  fs.appendFileSync(at('keepalived.conf'), '! a word\n');
  await changed(1);
  fs.writeFileSync(at('conf.d/.a.conf.swp'), 'global_defs {\n  router_id r1\n}\n');
  fs.renameSync(at('conf.d/.a.conf.swp'), at('conf.d/a.conf'));
  await changed(2);
  fs.writeFileSync(at('conf.d/b.conf'), '! b\n');
  await changed(3);
  fs.writeFileSync(at('later.conf'), '! later\n');
  await changed(4);
});

it('notices a directory that is another one now', async () => {
  fs.renameSync(at('conf.d'), at('one'));
  fs.cpSync(at('one'), at('two'), { recursive: true });
  fs.symlinkSync('one', at('conf.d'));
  follow();
  fs.symlinkSync('two', at('conf.d.new'));
  fs.renameSync(at('conf.d.new'), at('conf.d'));
  await changed(1);
  fs.appendFileSync(at('two/a.conf'), '! in the new one\n');
  await changed(2);
});

it('does not care for what else is written there', async () => {
  follow();
  for (let i = 0; i < 20; i += 1) {
    fs.writeFileSync(at('a-log'), `${i}\n`);
    await elapse(5);
  }
  expect(changes).toBe(0);
  // It was awake meanwhile.
  fs.appendFileSync(at('keepalived.conf'), '! the end\n');
  await changed(1);
});

it('watches nothing that is not known', () => {
  watch.follow(null);
  watch.follow([{ kind: 'file', digest: '', path: at('missing/keepalived.conf') }]);
  watch.close();
  watch.follow([]);
});
