/**
 * How long an address is away when a router dies: kill -9 of the master, until the backup's kernel reports the address.
 *
 *   npm run bench -- failover [kills]
 *
 * relived with relived and keepalived with keepalived, in turn, on the same machine in the same run. The bound is
 * Master_Down_Interval, which starts with the last advert, that is before the kill.
 */
import { waitFor } from '../../src/lab/run.ts';
import { masterDownIntervalUs } from '../../src/machines/vrrp/vrrp.timing.ts';
import { Pair, type Program, VIRTUAL_ADDRESS } from '../harness/pair.ts';

const BACKUP_PRIORITY = 100;

/** What lateness the operator is promised. */
const ALLOWANCE_MS = 50;

async function measure(program: Program, advertInt: string, kills: number): Promise<number[]> {
  const pair = await Pair.create({
    programs: { a: program, b: program },
    version: 3,
    unicast: false,
    advertInt,
    // It claims again soon after each crash.
    states: { a: 'MASTER' },
  });
  const awayMs: number[] = [];
  try {
    await pair.start('b');
    for (let kill = 0; kill < kills; kill += 1) {
      await pair.start('a');
      await pair.waitForHolder('a');
      const killedMs = performance.timeOrigin + performance.now();
      await pair.kill('a');
      const added = await waitFor(
        () =>
          pair.addresses.b.changes.find(
            ({ address, held, atMs }) => address === VIRTUAL_ADDRESS && held && atMs > killedMs,
          ),
        { deadlineMs: 20_000, intervalMs: 5, what: 'failover' },
      );
      awayMs.push(added.atMs - killedMs);
    }
  } finally {
    await pair.destroy();
  }
  return awayMs.sort((one, other) => one - other);
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function main(kills: number): Promise<boolean> {
  let good = true;
  for (const advertInt of ['1', '0.1']) {
    const intervalUs = Number(advertInt) * 1_000_000;
    const terms = { version: 3, priority: BACKUP_PRIORITY, masterAdvertIntervalUs: intervalUs } as const;
    const boundMs = masterDownIntervalUs(terms) / 1000 + ALLOWANCE_MS;
    const medians: number[] = [];
    for (const program of ['relived', 'keepalived'] as const) {
      const away = await measure(program, advertInt, kills);
      const within = away.filter((ms) => ms <= boundMs).length;
      medians.push(at(away, 0.5));
      if (program === 'relived') good = good && within === away.length;
      console.log(
        `advert_int ${advertInt}  ${program.padEnd(10)}  min ${at(away, 0).toFixed(1)}  p50 ${at(away, 0.5).toFixed(1)}` +
          `  max ${at(away, 1).toFixed(1)} ms  within ${boundMs.toFixed(1)} ms: ${within} of ${away.length}`,
      );
    }
    console.log(
      `advert_int ${advertInt}  ratio of medians ${((medians[0] ?? 0) / (medians[1] ?? 1)).toFixed(3)}`,
    );
  }
  return good;
}

process.exitCode = (await main(Number(process.argv[2] ?? 20))) ? 0 : 1;
