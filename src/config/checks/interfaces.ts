/** Interfaces that the configuration names and the machine does not have. */
import type { Place } from '../problems.ts';
import type { CheckContext } from './context.ts';

/**
 * Reports a name that no interface has, not even one that the configuration makes; null if nothing needs to be reported:
 * interfaces may come later, or are not known.
 */
export function interfaceCheck({
  root,
  problems,
  environment,
}: CheckContext): ((name: string | null, place: Place) => void) | null {
  const { interfaces } = environment;
  if (interfaces === null || root.globals?.isSet('dynamic_interfaces' as never) === true) return null;
  const own = new Set<string>();
  for (const node of root.blocks('vrrp_instance')) {
    for (const made of [node.get('use_vmac')?.name, node.get('use_ipvlan')?.name]) {
      if (typeof made === 'string') own.add(made);
    }
  }
  return (name, place) => {
    if (name === null || interfaces.has(name) || own.has(name)) return;
    const message = `there is no interface '${name.slice(0, 60)}'`;
    problems.add({ severity: 'error', code: 'bad-interface', place, message });
  };
}

/** keepalived needs them all at start, unless dynamic_interfaces. */
export function checkInterfaces(context: CheckContext): void {
  const { root } = context;
  const check = interfaceCheck(context);
  if (check === null) return;
  for (const node of root.blocks('vrrp_instance')) {
    check(node.get('interface'), node.place('interface'));
    for (const { value, words } of node.lines('virtual_ipaddress')) check(value.dev, words[0]);
    for (const { value, words } of node.lines('virtual_ipaddress_excluded')) check(value.dev, words[0]);
    for (const { value, words } of node.lines('track_interface')) check(value.name, words[0]);
  }
  for (const node of root.blocks('vrrp_sync_group')) {
    for (const { value, words } of node.lines('track_interface')) check(value.name, words[0]);
  }
  for (const { value, words } of root.lines('static_ipaddress')) check(value.dev, words[0]);
  for (const { value, words } of root.lines('linkbeat_interfaces')) check(value.interface, words[0]);
  for (const { value, words } of root.lines('interface_up_down_delays')) check(value.interface, words[0]);
  for (const node of root.blocks('garp_group')) {
    for (const name of node.get('interface')) check(name, node.place('interface'));
    for (const { value, words } of node.lines('interfaces')) {
      for (const [index, name] of value.entries()) check(name, words[index] ?? words[0]);
    }
  }
}
