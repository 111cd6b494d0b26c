/**
 * How late a backup is when a router dies: kill -9 of the master, then the backup's first advert after the last one of the
 * master, by the Linux kernel's times on a third host, and when the backup's kernel reports the address.
 *
 *   npm run bench -- failover [KILLS] [ADVERT_INT_S ...]
 *
 * The master is keepalived, the backup relived in one half of the pairs and keepalived in the other; all pairs at the same
 * time. What counts is what is late beyond Master_Down_Interval, which starts with the master's last advert.
 */
import { setTimeout as elapse } from 'node:timers/promises';
import { waitFor } from '../../src/lab/run.ts';
import { masterDownIntervalUs } from '../../src/machines/vrrp/vrrp.timing.ts';
import { AdvertEar } from '../harness/advert-ear.ts';
import { Pair, type Program, VIRTUAL_ADDRESS } from '../harness/pair.ts';
import { parted } from './parted.ts';

const BACKUP_PRIORITY = 100;
const DEADLINE_MS = 30_000;

/** How much later than keepalived the latest one of a hundred may be. */
const ALLOWANCE_MS = 1;

/** Pairs of each program: most of a kill at 1 s adverts is waiting. */
const LANES = new Map([
  ['1', 10],
  ['0.1', 4],
]);
const FEW_LANES = 2;

/** Adverts of a master before it dies; and for so long at least, or its death would fall into what its claim set in motion. */
const REIGN = 5;
const REIGN_MS = 500;

interface Death {
  /** From the master's last advert to the backup's first one, and to the address. */
  readonly advertMs: number;
  readonly addressMs: number;
}

interface Results {
  readonly deaths: Death[];
  /** Of the backup while the master lived. */
  falseTakeOvers: number;
}

class Lane {
  readonly #pair: Pair;
  readonly #ear: AdvertEar;
  readonly #intervalMs: number;
  readonly #results: Results;

  constructor(pair: Pair, ear: AdvertEar, intervalMs: number, results: Results) {
    this.#pair = pair;
    this.#ear = ear;
    this.#intervalMs = intervalMs;
    this.#results = results;
  }

  async run(kills: number): Promise<void> {
    await this.#pair.start('b');
    for (let kill = 0; kill < kills; kill++) await this.#kill();
  }

  async #kill(): Promise<void> {
    const [master, backup] = [this.#pair.lan.address('a'), this.#pair.lan.address('b')];
    await this.#pair.start('a');
    await this.#pair.waitForHolder('a');
    const reignsUs = nowUs();
    await elapse(Math.max(REIGN_MS, REIGN * this.#intervalMs) + Math.random() * this.#intervalMs);
    const killedUs = nowUs();
    await this.#pair.kill('a');
    const waiting = { deadlineMs: DEADLINE_MS, intervalMs: 20 };
    const first = await waitFor(() => this.#firstAfter(backup, killedUs), {
      ...waiting,
      what: "the backup's first advert",
    });
    // It was not the death that made it a master.
    if (this.#firstAfter(backup, reignsUs + this.#intervalMs * 1_000) !== first) {
      this.#results.falseTakeOvers += 1;
      return;
    }
    const added = await waitFor(() => this.#addedAfter(killedUs), { ...waiting, what: 'the address' });
    const last = this.#ear.adverts.findLast(({ source, atUs }) => source === master && atUs < first)?.atUs;
    if (last === undefined) throw new Error('the master was never heard');
    this.#results.deaths.push({ advertMs: (first - last) / 1_000, addressMs: added - last / 1_000 });
  }

  #firstAfter(sender: string, afterUs: number): number | undefined {
    return this.#ear.adverts.find(({ source, atUs }) => source === sender && atUs > afterUs)?.atUs;
  }

  #addedAfter(afterUs: number): number | undefined {
    const added = this.#pair.addresses.b.changes.find(
      ({ address, held, atMs }) => address === VIRTUAL_ADDRESS && held && atMs > afterUs / 1_000,
    );
    return added?.atMs;
  }
}

const nowUs = (): number => (performance.timeOrigin + performance.now()) * 1_000;

async function runLane(program: Program, advertInt: string, kills: number, results: Results): Promise<void> {
  const pair = await Pair.create({
    programs: { a: 'keepalived', b: program },
    version: 3,
    unicast: false,
    advertInt,
    // It claims again soon after each crash.
    states: { a: 'MASTER' },
  });
  try {
    const ear = await AdvertEar.listen(pair.lan, 'host');
    await new Lane(pair, ear, Number(advertInt) * 1_000, results).run(kills);
  } finally {
    await pair.destroy();
  }
}

/** Both programs in the same minutes. */
async function measure(advertInt: string, kills: number): Promise<Map<Program, Results>> {
  const lanes = Math.min(kills, LANES.get(advertInt) ?? FEW_LANES);
  const all = new Map<Program, Results>();
  const running: Promise<void>[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    for (const program of ['relived', 'keepalived'] as const) {
      const results = all.get(program) ?? { deaths: [], falseTakeOvers: 0 };
      all.set(program, results);
      const share = Math.floor(kills / lanes) + (lane < kills % lanes ? 1 : 0);
      running.push(runLane(program, advertInt, share, results));
      // Not all of them in the same moment.
      await elapse(500);
    }
  }
  await Promise.all(running);
  return all;
}

async function main(kills: number, advertInts: readonly string[]): Promise<boolean> {
  let good = true;
  for (const advertInt of advertInts) {
    const terms = {
      version: 3,
      priority: BACKUP_PRIORITY,
      masterAdvertIntervalUs: Number(advertInt) * 1e6,
    } as const;
    const boundMs = masterDownIntervalUs(terms) / 1_000;
    console.log(`advert_int ${advertInt}: Master_Down_Interval ${boundMs.toFixed(2)} ms; late beyond it`);
    const results = await measure(advertInt, kills);
    const latest = new Map<Program, number>();
    for (const [program, { deaths, falseTakeOvers }] of results) {
      const advert = parted(deaths.map(({ advertMs }) => advertMs - boundMs));
      const address = parted(deaths.map(({ addressMs }) => addressMs - boundMs));
      latest.set(program, advert.p99);
      const told = [advert, address].map(({ p50, p99, most }) =>
        [p50, p99, most].map((ms) => ms.toFixed(2)).join(', '),
      );
      console.log(
        `  ${program.padEnd(10)}  advert p50, p99, most ${told[0]} ms; address ${told[1]} ms; ` +
          `${deaths.length} kills, false take-overs ${falseTakeOvers}`,
      );
    }
    const difference = (latest.get('relived') ?? Number.NaN) - (latest.get('keepalived') ?? Number.NaN);
    console.log(`  p99 of relived less that of keepalived: ${difference.toFixed(2)} ms`);
    good &&= difference <= ALLOWANCE_MS;
  }
  return good;
}

const [kills = '200', ...advertInts] = process.argv.slice(2);
const good = await main(Number(kills), advertInts.length > 0 ? advertInts : ['1', '0.1', '0.01']);
process.exitCode = good ? 0 : 1;
