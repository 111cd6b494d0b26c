/** What each router should be, by what is really so: links, addresses, scripts, configuration. Knows nothing of statecharts. */
import { filePath, ownAddress, scriptPath } from '../story/config-text.ts';
import type { ConfigSpec, GroupSpec, InstanceSpec, Lan, TrackSpec } from '../story/model.ts';
import { virtualAddresses } from '../story/text-blocks.ts';
import type { Host } from '../world/host.ts';
import { lanOf } from '../world/life.ts';

/** What is so with a router. */
export type Facts = Pick<Host, 'kernel' | 'truths' | 'number'>;

export function instanceOf(config: ConfigSpec, name: string): InstanceSpec | null {
  return config.instances.find((instance) => instance.name === name) ?? null;
}

export function groupOf(config: ConfigSpec, name: string): GroupSpec | null {
  return config.groups.find(({ members }) => members.includes(name)) ?? null;
}

export function actorOf({ name }: InstanceSpec): string {
  return `vrrp/${name}`;
}

/** Everything that counts for an instance: its own, and what its group follows. */
export function tracksOf(config: ConfigSpec, instance: InstanceSpec): readonly TrackSpec[] {
  return [...(instance.tracks ?? []), ...(groupOf(config, instance.name)?.tracks ?? [])];
}

function isGood({ kernel, truths }: Facts, config: ConfigSpec, { kind, name }: TrackSpec): boolean {
  switch (kind) {
    case 'interface':
      return kernel.linkUp(lanOf(name));
    case 'script': {
      const { code, takesUs } = truths.script(scriptPath(name));
      const timeoutS = config.scripts.find((script) => script.name === name)?.timeoutS ?? 1;
      return code === 0 && takesUs <= timeoutS * 1_000_000;
    }
    case 'file':
      return true;
  }
}

/** Why it cannot take part by itself; null if it can. */
export function faultOf(host: Facts, config: ConfigSpec, instance: InstanceSpec): string | null {
  const { lan, family } = instance;
  if (!host.kernel.linkUp(lan)) return `eth${lan} is down`;
  if (!host.kernel.holds(lan, ownAddress(lan, family, host.number))) return 'no address to send from';
  const failed = tracksOf(config, instance).find(
    (track) => track.weight === 0 && track.kind !== 'file' && !isGood(host, config, track),
  );
  return failed === undefined ? null : `${failed.kind} ${failed.name} failed`;
}

/** The same, with the faults that the other members of its sync group share with it. */
export function sharedFaultOf(host: Facts, config: ConfigSpec, instance: InstanceSpec): string | null {
  const members = groupOf(config, instance.name)?.members ?? [instance.name];
  for (const name of members) {
    const member = instanceOf(config, name);
    const fault = member === null ? null : faultOf(host, config, member);
    if (fault !== null) return name === instance.name ? fault : `${name}: ${fault}`;
  }
  return null;
}

/** Priority with the weights of what it follows: 1 to 254, an owner's always 255 (keepalived). */
export function priorityOf(host: Facts, config: ConfigSpec, instance: InstanceSpec): number {
  if (instance.priority === 255) return 255;
  const sum = tracksOf(config, instance).reduce((total, track) => {
    const { kind, name, weight } = track;
    if (kind === 'file') return total + host.truths.file(filePath(name)) * weight;
    if (weight === 0) return total;
    const counts = isGood(host, config, track) === weight > 0;
    return counts ? total + weight : total;
  }, instance.priority);
  return Math.min(254, Math.max(1, sum));
}

/** Virtual addresses of an instance that the kernel of a router holds. */
export function heldBy({ kernel }: Host, instance: InstanceSpec): readonly string[] {
  return virtualAddresses(instance)
    .map(({ address }) => address)
    .filter((address) => kernel.holds(instance.lan, address));
}

export function otherLan(lan: Lan): Lan {
  return lan === 0 ? 1 : 0;
}
