/**
 * Directors beside each other on one LAN, keepalived on `a` and relived on `b`, with the same configuration and the same
 * real servers: each has the table of IPVS of its own network namespace.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import type { EchoService } from '../harness/echo-service.ts';
import { JsonLinesChild } from '../harness/json-lines-child.ts';
import { ip, withLan } from '../harness/lan.ts';
import type { RouterProcess } from '../harness/router.ts';
import { begin } from './begin.ts';

const SERVICE = fileURLToPath(new URL('../harness/echo-service.ts', import.meta.url));
const LOOK_MS = 1_000;
const DEADLINE_MS = 90_000;

/** Real servers, all on the host `s`. */
export const SERVERS = [11, 12, 13, 20].map((last) => `10.77.0.${last}`);
export type Echo = JsonLinesChild<EchoService, never>;

/** What a point of a story found. */
export interface Point {
  readonly what: string;
  /** Whether both are what the point waited for. */
  readonly isReached: boolean;
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
}

export class Directors {
  readonly lan: Lan;
  readonly points: Point[] = [];
  theirs!: RouterProcess;
  ours!: RouterProcess;

  readonly #tables: { readonly theirs: string; readonly ours: string };

  /** `tables`: hosts whose tables they drive, where these are not their own. */
  constructor(lan: Lan, tables = { theirs: 'a', ours: 'b' }) {
    this.lan = lan;
    this.#tables = tables;
  }

  begin(configuration: string, ...options: readonly string[]): Promise<void> {
    return this.beginWith(configuration, configuration, options);
  }

  /** `options`: of the command lines of both. */
  async beginWith(theirs: string, ours: string, options: readonly string[] = []): Promise<void> {
    const wanting =
      (program: RouterProgram): RouterProgram =>
      (place) => [...program(place), ...options];
    [this.theirs, this.ours] = await Promise.all([
      begin(this.lan, 'a', wanting(keepalived), theirs),
      begin(this.lan, 'b', wanting(relived), ours),
    ]);
  }

  async reload(configuration: string): Promise<void> {
    for (const director of [this.theirs, this.ours]) {
      await writeFile(director.configuration, configuration);
      director.signal('SIGHUP');
    }
  }

  /** Waits until both have a table that `look` likes and that are the same, and notes both whatever they are. */
  async point(what: string, look: (table: readonly string[]) => boolean): Promise<void> {
    let [theirs, ours]: readonly (readonly string[])[] = [[], []];
    const isReached = await waitFor(
      async () => {
        theirs = await tableOf(this.lan, this.#tables.theirs);
        ours = await tableOf(this.lan, this.#tables.ours);
        return look(theirs) && look(ours) && theirs.join('\n') === ours.join('\n');
      },
      { deadlineMs: DEADLINE_MS, intervalMs: LOOK_MS, what },
    ).then(
      () => true,
      () => false,
    );
    this.points.push({ what, isReached, theirs: theirs ?? [], ours: ours ?? [] });
  }
}

/** The table as ipvsadm(8) would have it made again, in an order of its own. */
export async function tableOf(lan: Lan, host: string): Promise<readonly string[]> {
  const { stdout } = await run(lan.argv(host, ['ipvsadm-save', '-n']));
  return stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .toSorted();
}

export async function ipvsadm(lan: Lan, host: string, ...args: readonly string[]): Promise<string> {
  return (await run(lan.argv(host, ['ipvsadm', ...args]))).stdout;
}

/** `hosts` beside `s`, whose servers all listen at port 8080. */
export async function withServers<T>(
  hosts: readonly string[],
  body: (lan: Lan, servers: Echo) => Promise<T>,
): Promise<T> {
  return withLan({ hosts: [...hosts, 's'], ipv6: true }, async (lan) => {
    for (const address of SERVERS) await ip(lan, 's', 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    const servers = echo(lan, 's');
    for (const address of SERVERS) await servers.ask('listen', address, address, 8080);
    return await body(lan, servers);
  });
}

export function echo(lan: Lan, host: string): Echo {
  return new JsonLinesChild(
    lan.argv(host, [process.execPath, '--disable-warning=ExperimentalWarning', SERVICE]),
  );
}
