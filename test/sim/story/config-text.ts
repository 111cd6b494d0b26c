/** keepalived.conf of a router of a story. */
import type { ConfigSpec, GroupSpec, InstanceSpec, Lan, ScriptSpec, TrackSpec } from './model.ts';
import { serviceText } from './service-text.ts';
import { block, virtualAddresses, when } from './text-blocks.ts';

export const interfaceOf = (lan: Lan): string => `eth${lan}`;

/** A router's own address on a LAN. */
export function ownAddress(lan: Lan, family: 'inet' | 'inet6', number: number): string {
  return family === 'inet' ? `10.${lan}.0.${number}` : `fe80::${number.toString(16)}`;
}

export const scriptPath = (name: string): string => `/usr/local/bin/${name}`;
export const filePath = (name: string): string => `/run/${name}`;

function tracking(tracks: readonly TrackSpec[]): string[] {
  return (['script', 'interface', 'file'] as const).flatMap((kind) => {
    const own = tracks.filter((track) => track.kind === kind);
    if (own.length === 0) return [];
    const lines = own.map(({ name, weight }) =>
      weight === 0 && kind !== 'file' ? name : `${name} weight ${weight}`,
    );
    return block(`track_${kind}`, lines);
  });
}

function instanceText(instance: InstanceSpec, number: number): string[] {
  const { lan, family, version, vrid, priority, intervalMs } = instance;
  const addresses = virtualAddresses(instance).map(
    ({ address, prefixLength }) => `${address}/${prefixLength}`,
  );
  const peers = instance.peers?.filter((peer) => peer !== number) ?? [];
  return block(`vrrp_instance ${instance.name}`, [
    `state ${instance.startsAsMaster ? 'MASTER' : 'BACKUP'}`,
    `interface ${interfaceOf(lan)}`,
    `virtual_router_id ${vrid}`,
    `version ${version}`,
    `priority ${priority}`,
    `advert_int ${intervalMs / 1000}`,
    ...when(instance.nopreempt, 'nopreempt'),
    ...when(instance.preemptDelayS, `preempt_delay ${instance.preemptDelayS}`),
    ...when(instance.downTimerAdverts, `down_timer_adverts ${instance.downTimerAdverts}`),
    ...when(instance.garpDelayS !== undefined, `garp_master_delay ${instance.garpDelayS}`),
    ...when(instance.garpRefreshS, `garp_master_refresh ${instance.garpRefreshS}`),
    ...when(
      instance.lowerPriorityGarps !== undefined,
      `garp_lower_prio_repeat ${instance.lowerPriorityGarps}`,
    ),
    ...when(instance.lowerPriorityNoAdvert, 'lower_prio_no_advert true'),
    ...when(instance.higherPrioritySendAdvert, 'higher_prio_send_advert true'),
    ...(instance.peers === undefined
      ? []
      : [
          `unicast_src_ip ${ownAddress(lan, family, number)}`,
          ...block(
            'unicast_peer',
            peers.map((peer) => ownAddress(lan, family, peer)),
          ),
        ]),
    ...block('virtual_ipaddress', addresses),
    ...tracking(instance.tracks ?? []),
  ]);
}

function scriptText({ name, intervalS, timeoutS, rise, fall, initFail }: ScriptSpec): string[] {
  return block(`vrrp_script ${name}`, [
    `script ${scriptPath(name)}`,
    `interval ${intervalS}`,
    `timeout ${timeoutS}`,
    `rise ${rise}`,
    `fall ${fall}`,
    ...when(initFail, 'init_fail'),
  ]);
}

function groupText({ name, members, tracks }: GroupSpec): string[] {
  return block(`vrrp_sync_group ${name}`, [...block('group', members), ...tracking(tracks ?? [])]);
}

/** `number`: that of the router whose file it is. */
export function configText(config: ConfigSpec, number: number): string {
  const lines = [
    ...block('global_defs', [
      `router_id r${number}`,
      'script_user root',
      'enable_script_security',
      ...when(config.startupDelayS, `vrrp_startup_delay ${config.startupDelayS}`),
      ...when(config.sharesProbes, 'checker_share_probes'),
    ]),
    ...config.scripts.flatMap(scriptText),
    ...config.files.flatMap((name) => block(`track_file ${name}`, [`file ${filePath(name)}`])),
    ...config.groups.flatMap(groupText),
    ...config.instances.flatMap((instance) => instanceText(instance, number)),
    ...(config.services ?? []).flatMap((service) => serviceText(service, config.instances)),
  ];
  return `${lines.join('\n')}\n`;
}
