/** Lists of addresses: of instances, and static ones. */
import { ListNode } from '../node.ts';
import type { AddressEntry } from '../registry/vrrp/address-line.ts';
import { VRRP_INSTANCE } from '../registry/vrrp/instance.ts';
import { type CheckContext, type InstanceNode, refuse, retain, warn } from './context.ts';
import { familyOf } from './family.ts';

/** An advert counts its addresses in one byte. */
const MOST_ADDRESSES = 255;
/** What an Ethernet frame takes of the longer ones. */
const MOST_IPV6_ADDRESSES = 89;

export function checkAddresses(node: InstanceNode, { problems }: CheckContext): void {
  dropRepeated(node, problems);
  moveExcess(node, problems);
  const strict = node.get('strict_mode');
  if (node.lines('virtual_ipaddress').length > 0 || node.get('no_virtual_ipaddress')) return;
  const message = `'${node.name}' has no virtual address`;
  if (node.get('version') === 2 && !strict) warn(problems, 'no-addresses', node.origin, message);
  else {
    const needs = strict ? 'strict mode' : 'version 3';
    refuse(problems, 'no-addresses', node.origin, `${message}: ${needs} needs one`);
  }
}

/** An advert lists an address once; an address that is not advertised may be there once on each interface. */
function dropRepeated(node: InstanceNode, problems: CheckContext['problems']): void {
  const advertised = new Set<string>();
  const placed = new Set<string>();
  const isNew = (excluded: boolean, { value, words }: AddressLine): boolean => {
    const place = `${value.address} ${value.dev ?? ''}`;
    if (!placed.has(place) && (excluded || !advertised.has(value.address))) {
      placed.add(place);
      if (!excluded) advertised.add(value.address);
      return true;
    }
    const message = `'${value.address}' is listed already: this line is ignored`;
    warn(problems, 'duplicate-address', words[0], message);
    return false;
  };
  retain(node.blocks('virtual_ipaddress'), (line) => isNew(false, line));
  retain(node.blocks('virtual_ipaddress_excluded'), (line) => isNew(true, line));
}

type AddressLine = ListNode<AddressEntry>['lines'][number];

/** What does not fit into an advert becomes addresses that adverts do not list. */
function moveExcess(node: InstanceNode, problems: CheckContext['problems']): void {
  const most = familyOf(node) === 'inet' ? MOST_ADDRESSES : MOST_IPV6_ADDRESSES;
  const excess = node.lines('virtual_ipaddress').slice(most);
  const [first] = excess;
  if (first === undefined) return;
  let count = 0;
  retain(node.blocks('virtual_ipaddress'), () => count++ < most);
  const keyword = node.blocks('virtual_ipaddress')[0]?.keyword;
  if (keyword === undefined) return;
  const list = new ListNode(VRRP_INSTANCE.keywords.virtual_ipaddress_excluded.block, keyword, [], null);
  list.lines = [...excess];
  node.addBlock('virtual_ipaddress_excluded', list);
  const message = `an advert has room for ${most} addresses: this one and those after it are not advertised`;
  warn(problems, 'too-many-addresses', first.words[0], message);
}

/** A static address without dev goes to default_interface. */
export function checkStaticAddresses({ root }: CheckContext): void {
  const byDefault = root.globals?.value('default_interface');
  if (typeof byDefault !== 'string') return;
  for (const line of root.lines('static_ipaddress')) {
    if (line.value.dev === null) line.value = { ...line.value, dev: byDefault };
  }
}
