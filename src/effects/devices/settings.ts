/**
 * Kernel parameters that virtual MACs need: set with the first device, given back with the last, where nobody has changed
 * them meanwhile.
 */
import { readdirSync } from 'node:fs';
import type { DeviceSpec } from '../../machines/vrrp/input/device.ts';
import { readSysctl, writeSysctl } from '../sysctl.ts';

const IPV4 = 'net/ipv4/conf';
const IPV6 = 'net/ipv6/conf';

/** What was written where, and what was there before. */
interface Changed {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Writes a parameter if it differs. Null if there is nothing to give back. */
function change(path: string, value: string): Changed | null {
  const before = readSysctl(path);
  if (before === null || before === value || writeSysctl(path, value) !== null) return null;
  return { path, before, after: value };
}

function giveBack(changes: readonly Changed[]): void {
  for (const { path, before, after } of [...changes].reverse()) {
    if (readSysctl(path) === after) writeSysctl(path, before);
  }
}

interface Shared {
  users: number;
  readonly changes: readonly Changed[];
}

const present = (changes: readonly (Changed | null)[]): readonly Changed[] =>
  changes.filter((entry) => entry !== null);

/** The settings of a device of its own go with it. Returns the first error. */
export function setDevice({ name, device, family, ipv6 }: DeviceSpec): string | null {
  const errors: (string | null)[] = [];
  if (device.kind === 'macvlan') {
    // Only what this device holds, and nothing that another one of the same network holds.
    errors.push(writeSysctl(`${IPV4}/${name}/arp_ignore`, 1));
    if (family === 'inet') {
      // Adverts of this machine come back on the other devices with a source that is its own.
      errors.push(writeSysctl(`${IPV4}/${name}/accept_local`, 1));
      // Answers to what came here leave by the interface below.
      errors.push(writeSysctl(`${IPV4}/${name}/rp_filter`, 0));
      errors.push(writeSysctl(`${IPV4}/${name}/promote_secondaries`, 1));
    }
  }
  if (readSysctl(`${IPV6}/${name}/disable_ipv6`) !== null) {
    errors.push(writeSysctl(`${IPV6}/${name}/disable_ipv6`, ipv6 ? 0 : 1));
  }
  return errors.find((error) => error !== null) ?? null;
}

export class SharedSettings {
  readonly #bases = new Map<string, Shared>();
  #macvlans = 0;
  #filters: readonly Changed[] = [];

  /** The interface must not answer for the addresses of its devices: the network would learn its own MAC. */
  takeBase(base: string): void {
    const known = this.#bases.get(base);
    if (known !== undefined) {
      known.users += 1;
      return;
    }
    const changes = ['arp_ignore', 'arp_filter'].map((name) => change(`${IPV4}/${base}/${name}`, '1'));
    this.#bases.set(base, { users: 1, changes: present(changes) });
  }

  releaseBase(base: string): void {
    const known = this.#bases.get(base);
    if (known === undefined) return;
    known.users -= 1;
    if (known.users > 0) return;
    this.#bases.delete(base);
    giveBack(known.changes);
  }

  /**
   * A device that must not filter by reverse path cannot say so as long as `all` filters: the stricter of both counts.
   * So what `all` asks for is asked of every interface instead, and of those to come.
   */
  takeFilter(): void {
    this.#macvlans += 1;
    if (this.#macvlans > 1) return;
    const all = Number(readSysctl(`${IPV4}/all/rp_filter`) ?? 0);
    if (all === 0) return;
    const others = readdirSync(`/proc/sys/${IPV4}`).filter((name) => name !== 'all' && name !== 'default');
    const filters = ['default', ...others].map((name) => {
      const path = `${IPV4}/${name}/rp_filter`;
      return Number(readSysctl(path) ?? all) < all ? change(path, String(all)) : null;
    });
    this.#filters = present([...filters, change(`${IPV4}/all/rp_filter`, '0')]);
  }

  releaseFilter(): void {
    this.#macvlans -= 1;
    if (this.#macvlans > 0) return;
    giveBack(this.#filters);
    this.#filters = [];
  }
}
