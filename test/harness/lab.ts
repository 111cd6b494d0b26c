/** A lab (src/lab) of a test's own: its base directory, its LAN, what it printed. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type LabOptions, runLab } from '../../src/lab/lab.ts';
import { Lan } from '../../src/lab/namespaces.ts';
import { listNamespaces } from '../../src/lab/netns.ts';
import { terminate, withDescendants } from '../../src/lab/process.ts';
import { currentLab, type LabRecord, openLan, readRecord } from '../../src/lab/record.ts';
import { holders } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { runningService } from '../../src/lab/service.ts';
import { uniqueLanId } from './lan.ts';
import { removeInTheEnd, temporaryDirectory } from './leftovers.ts';

const HOSTS = ['r1', 'r2', 'host'];
const SERVICES = ['r1', 'r2', 'page'];

/** Removes all of a lab, also of one whose process is dead or that came up only in part. */
export async function removeLab({ base, id }: { readonly base: string; readonly id: string }): Promise<void> {
  const services = SERVICES.flatMap((name) => runningService(join(base, id), name) ?? []);
  await terminate(services.flatMap(withDescendants), 0);
  await Lan.open({ id, hosts: HOSTS }).destroy();
  rmSync(base, { recursive: true, force: true });
}

export class TestLab {
  readonly base = temporaryDirectory('lab');
  readonly id = uniqueLanId();
  readonly printed: string[] = [];
  readonly #ending = new AbortController();
  #lab: Promise<void> | null = null;

  constructor() {
    removeInTheEnd({ kind: 'lab', base: this.base, id: this.id });
  }

  /** Runs a lab in this process; resolves when it has ended. */
  run(options: Partial<LabOptions> = {}): Promise<void> {
    const { base, id, printed } = this;
    const lab = runLab({
      base,
      id,
      signal: this.#ending.signal,
      print: (line) => printed.push(line),
      ...options,
    });
    this.#lab ??= lab;
    return lab;
  }

  /** Asks the lab to end, as Ctrl-C does, and waits for it. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#lab;
  }

  /** Waits until the lab is up; a lab that ends instead says why. */
  comesUp(): Promise<LabRecord> {
    const up = waitFor(() => (readRecord(this.base)?.ready ? currentLab(this.base) : null), {
      deadlineMs: 30_000,
      what: 'the lab is up',
    });
    return this.#lab === null ? up : Promise.race([up, this.#lab.then(() => up)]);
  }

  async waitForHolders(record: LabRecord, by: readonly string[]): Promise<void> {
    await waitFor(async () => String(await holders(record, openLan(record))) === String(by), {
      deadlineMs: 10_000,
      what: `the address is held by ${by}`,
    });
  }

  /** Process ids of those of its routers and its page that run. */
  started(): number[] {
    return SERVICES.flatMap((name) => runningService(join(this.base, this.id), name)?.pid ?? []);
  }

  async namespaces(): Promise<string[]> {
    return listNamespaces().filter((name) => name.startsWith(`relived-${this.id}-`));
  }

  async remove(): Promise<void> {
    this.#ending.abort();
    await this.#lab?.catch(() => {});
    await removeLab(this);
  }
}

/** Runs `body` with a lab of its own that is gone afterwards, whatever `body` does. */
export async function withLab(body: (lab: TestLab) => Promise<void>): Promise<void> {
  const lab = new TestLab();
  try {
    await body(lab);
  } finally {
    await lab.remove();
  }
}
