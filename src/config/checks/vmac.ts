/** Virtual MAC and ipvlan interfaces. */
import { vmacRivals } from '../vmac-sharing.ts';
import { type CheckContext, type InstanceNode, note, warn } from './context.ts';
import { familyOf, familyOfText } from './family.ts';

/** @param names the instances that have an interface of this name already */
export function checkVmac(node: InstanceNode, names: Map<string, string>, { problems }: CheckContext): void {
  if (node.get('vmac_xmit_base') && node.get('use_vmac') === null) {
    node.correct('vmac_xmit_base', false);
    const message = "'vmac_xmit_base' goes with 'use_vmac': it is ignored";
    warn(problems, 'vmac-missing', node.place('vmac_xmit_base'), message);
  }
  reportSecondName(node, problems);
  reportSecondIpvlan(node, problems);
  completeMac(node);
  checkIpvlan(node, problems);
  for (const keyword of ['use_vmac', 'use_ipvlan'] as const) {
    const value = node.get(keyword);
    const name = value?.name ?? null;
    if (value === null || name === null) continue;
    const other = names.get(name);
    if (other === undefined) {
      names.set(name, node.name);
      continue;
    }
    if (keyword === 'use_vmac') node.correct('use_vmac', { ...value, name: null } as never);
    else node.correct('use_ipvlan', { ...value, name: null } as never);
    const message = `'${other}' has an interface '${name}' already: the name is ignored`;
    warn(problems, 'vmac-name', node.place(keyword), message);
  }
}

/** The lines of use_vmac count as one, with the first name. */
function reportSecondName(node: InstanceNode, problems: CheckContext['problems']): void {
  const named = node
    .given('use_vmac')
    .filter(({ value }) => (value as { readonly name: string | null } | null)?.name != null);
  const [, second] = named;
  if (second === undefined) return;
  warn(problems, 'duplicate-keyword', second.keyword, "'use_vmac' has a name already: the first one counts");
}

/** Only the first line of use_ipvlan counts. */
function reportSecondIpvlan(node: InstanceNode, problems: CheckContext['problems']): void {
  const [, second] = node.given('use_ipvlan').filter(({ value }) => value !== null);
  if (second === undefined) return;
  warn(
    problems,
    'duplicate-keyword',
    second.keyword,
    "'use_ipvlan' stands here already: the first one counts",
  );
}

/** Of a MAC address with five octets the VRID is the sixth. */
function completeMac(node: InstanceNode): void {
  const vmac = node.get('use_vmac');
  const router = node.get('virtual_router_id');
  if (vmac === null || vmac.mac === null || router === null || vmac.mac.length > 14) return;
  node.correct('use_vmac', { ...vmac, mac: `${vmac.mac}:${router.toString(16).padStart(2, '0')}` });
}

function checkIpvlan(node: InstanceNode, problems: CheckContext['problems']): void {
  const value = node.get('use_ipvlan');
  if (value === null) return;
  const family = familyOf(node);
  let { address } = value;
  if (address !== null && familyOfText(address) !== family) {
    address = null;
    node.correct('use_ipvlan', { ...value, address });
    const message = `the address must be ${family === 'inet' ? 'IPv4' : 'IPv6'}, as those of the instance: it is ignored`;
    warn(problems, 'address-family', node.place('use_ipvlan'), message);
  }
  if (address !== null || family === 'inet6') return;
  const message = 'an ipvlan interface of IPv4 needs an address: the instance stays in fault';
  warn(problems, 'ipvlan-address', node.place('use_ipvlan'), message);
}

/**
 * keepalived: an independent instance that would use the virtual MAC interface of another one stays in FAULT. Its test of a
 * configuration makes no interfaces and says nothing of it, so this is no more than a note.
 */
export function checkSharedVmacs({ root, problems }: CheckContext): void {
  const nodes = root.blocks('vrrp_instance');
  const groupOf = new Map(
    root
      .blocks('vrrp_sync_group')
      .filter(({ kept }) => kept)
      .flatMap((group) =>
        group
          .lines('group')
          .flatMap(({ value }) => value)
          .map((name) => [name, group.name] as const),
      ),
  );
  const users = nodes.map((node) => ({
    name: node.name,
    virtualRouterId: node.get('virtual_router_id'),
    interface: node.get('interface') ?? '',
    family: familyOf(node),
    vmac: node.get('use_vmac'),
    everywhere: node.get('use_vmac_addr'),
    addresses: [...node.lines('virtual_ipaddress'), ...node.lines('virtual_ipaddress_excluded')].map(
      ({ value }) => value,
    ),
    group: groupOf.get(node.name) ?? null,
  }));
  const rivals = vmacRivals(users);
  for (const node of nodes) {
    const rival = rivals.get(node.name);
    if (rival === undefined) continue;
    const message = `the instance would use a virtual MAC interface of '${rival}': it stays in fault`;
    note(problems, 'vmac-shared', node.place('virtual_router_id'), message);
  }
}
