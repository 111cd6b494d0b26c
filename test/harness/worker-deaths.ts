/** kill -9 of the process that runs VRRP on a master, again and again: who takes over, and how long the address is nowhere. */
import { setTimeout as elapse } from 'node:timers/promises';
import { waitFor } from '../../src/lab/run.ts';
import type { AddressChange } from './address-watch.ts';
import { AdvertEar } from './advert-ear.ts';
import { Pair, type Program, VIRTUAL_ADDRESS } from './pair.ts';
import { relive } from './relive.ts';

export interface DeathTerms {
  readonly program: Program;
  readonly peer: Program;
  /** Seconds. */
  readonly advertInt: string;
  readonly kills: number;
  /** Time for the next one to come to rest before it is killed, too. */
  readonly settleMs: number;
}

export interface Death {
  /** Changes of who sends adverts, from the kill until its end. */
  readonly failovers: number;
  /** Times that the address left the master. */
  readonly absences: number;
  /** How long nobody had the address. */
  readonly nowhereMs: number;
  /** Longest time without an advert of anybody. */
  readonly silenceMs: number;
}

/** The watchdog of relived takes every death for one of a worker that had lasted. */
const ENVIRONMENT = { RELIVED_SOUND_MS: '1' };

const DEADLINE_MS = 20_000;

/** Resolves when all have been killed and the master is the master again. Throws if its journal does not verify. */
export async function killWorkers(terms: DeathTerms): Promise<readonly Death[]> {
  const { program, peer, advertInt, kills } = terms;
  const pair = await Pair.create({
    ...{ programs: { a: program, b: peer }, version: 3, unicast: false, advertInt },
  });
  try {
    await pair.start('a', ENVIRONMENT);
    await pair.waitForHolder('a');
    await pair.start('b');
    const ear = await AdvertEar.listen(pair.lan, 'host');
    const deaths: Death[] = [];
    for (let kill = 0; kill < kills; kill++) {
      if (program === 'keepalived' && kill > 0) await startAnew(pair);
      deaths.push(await killOne(pair, ear, terms));
    }
    if (program === 'relived') {
      const { stdout } = await relive('verify', '-j', pair.journal('a'));
      if (!stdout.includes('no differences')) throw new Error(stdout);
    }
    return deaths;
  } finally {
    await pair.destroy();
  }
}

/** keepalived waits longer and longer between two deaths. */
async function startAnew(pair: Pair): Promise<void> {
  await pair.stop('a');
  await pair.start('a');
  await pair.waitForHolder('a');
}

async function killOne(pair: Pair, ear: AdvertEar, { advertInt, settleMs }: DeathTerms): Promise<Death> {
  await elapse(settleMs);
  const before = { a: pair.addresses.a.changes.length, b: pair.addresses.b.changes.length };
  const heard = ear.adverts.length;
  const killed = pair.worker('a');
  const killedMs = nowMs();
  process.kill(killed, 'SIGKILL');
  await waitFor(() => isAnother(pair, killed), { deadlineMs: DEADLINE_MS, what: 'another worker' });
  // Long enough for a peer that has missed adverts to take over.
  await elapse(4 * Number(advertInt) * 1_000);
  await pair.waitForHolder('a');
  // It may hold the address and not be heard yet.
  const own = pair.lan.address('a');
  await waitFor(() => ear.adverts.slice(heard).at(-1)?.source === own, {
    ...{ deadlineMs: DEADLINE_MS, intervalMs: 10, what: 'its adverts' },
  });
  const changes = {
    a: pair.addresses.a.changes.slice(before.a),
    b: pair.addresses.b.changes.slice(before.b),
  };
  const adverts = ear.adverts.slice(Math.max(0, heard - 1));
  const isChange = (_: unknown, at: number): boolean =>
    at > 0 && adverts[at]?.source !== adverts[at - 1]?.source;
  const gaps = adverts.slice(1).map(({ atUs }, at) => atUs - (adverts[at]?.atUs ?? 0));
  return {
    failovers: adverts.filter(isChange).length,
    absences: changes.a.filter(({ address, held }) => address === VIRTUAL_ADDRESS && !held).length,
    nowhereMs: nowhere(killedMs, changes.a, changes.b),
    silenceMs: Math.max(0, ...gaps) / 1_000,
  };
}

/** A watchdog may have none for a moment. */
function isAnother(pair: Pair, killed: number): boolean {
  try {
    return pair.worker('a') !== killed;
  } catch {
    return false;
  }
}

const nowMs = (): number => performance.timeOrigin + performance.now();

/** Time in which neither has the address; in the beginning `a` has it. */
function nowhere(fromMs: number, a: readonly AddressChange[], b: readonly AddressChange[]): number {
  const all = [
    ...a.map((change) => ({ ...change, host: 'a' })),
    ...b.map((change) => ({ ...change, host: 'b' })),
  ]
    .filter(({ address }) => address === VIRTUAL_ADDRESS)
    .sort((one, other) => one.atMs - other.atMs);
  const holders = new Set(['a']);
  let [total, since] = [0, fromMs];
  for (const { host, held, atMs } of all) {
    if (holders.size === 0) total += atMs - since;
    since = atMs;
    if (held) holders.add(host);
    else holders.delete(host);
  }
  return total;
}
