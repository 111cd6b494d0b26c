/**
 * kill -9 of the process that runs VRRP on a master: how often somebody else takes over, and how long nobody has the address.
 *
 *   npm run bench -- worker [KILLS] [ADVERT_INT_S ...]
 *
 * relived and keepalived at the same time, each in pairs of their own with a keepalived as the peer.
 */
import type { Program } from '../harness/pair.ts';
import { type Death, killWorkers } from '../harness/worker-deaths.ts';
import { parted } from './parted.ts';

const SETTLE_MS = 1_000;

function line(program: Program, deaths: readonly Death[]): string {
  const times = (pick: (death: Death) => number): string => {
    const { p50, most } = parted(deaths.map(pick));
    return `${p50.toFixed(0)} (most ${most.toFixed(0)}) ms`;
  };
  const failed = deaths.filter(({ failovers }) => failovers > 0).length;
  const away = deaths.filter(({ absences }) => absences > 0).length;
  const failovers = deaths.reduce((sum, death) => sum + death.failovers, 0);
  return (
    `  ${program.padEnd(10)}  ${deaths.length} kills: ${failed} with failovers (${failovers} of them), address away in ${away}; ` +
    `nowhere ${times(({ nowhereMs }) => nowhereMs)}, no advert for ${times(({ silenceMs }) => silenceMs)}`
  );
}

async function main(kills: number, advertInts: readonly string[]): Promise<boolean> {
  let good = true;
  for (const advertInt of advertInts) {
    console.log(`advert_int ${advertInt}`);
    const programs = ['relived', 'keepalived'] as const;
    const all = programs.map((program) =>
      killWorkers({ ...{ program, peer: 'keepalived', advertInt, kills }, settleMs: SETTLE_MS }),
    );
    for (const [at, deaths] of (await Promise.all(all)).entries()) {
      const program = programs[at] ?? 'relived';
      console.log(line(program, deaths));
      // At faster adverts it depends on how busy the machine is: a figure, and no promise.
      if (program === 'relived' && Number(advertInt) >= 1)
        good &&= deaths.every(({ failovers, absences }) => failovers === 0 && absences === 0);
    }
  }
  return good;
}

const [kills = '50', ...advertInts] = process.argv.slice(2);
process.exitCode = (await main(Number(kills), advertInts.length > 0 ? advertInts : ['1', '0.1'])) ? 0 : 1;
