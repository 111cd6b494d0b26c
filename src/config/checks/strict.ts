/** strict_mode: what the RFC does not allow is corrected or refused. */
import { OWNER_PRIORITY } from '../registry/vrrp/election.ts';
import { type CheckContext, type InstanceNode, refuse, warn } from './context.ts';
import { familyOf } from './family.ts';

/** Values that strict mode has, whatever the file says. */
const FORCED = [
  ['down_timer_adverts', 3],
  ['garp_lower_prio_repeat', 0],
  ['garp_lower_prio_delay', 0],
  ['lower_prio_no_advert', true],
  ['higher_prio_send_advert', false],
  ['vmac_xmit_base', false],
] as const;

export function checkStrict(node: InstanceNode, { problems }: CheckContext): void {
  forceOwner(node, problems);
  if (!node.get('strict_mode')) return;
  for (const [keyword, value] of FORCED) {
    if (!node.isSet(keyword) || node.get(keyword) === value) continue;
    node.correct(keyword, value);
    const message = `strict mode: '${keyword}' is ${value === true ? 'on' : value === false ? 'off' : value}`;
    warn(problems, 'strict-corrected', node.place(keyword), message);
  }
  if (node.get('version') === 2 && familyOf(node) === 'inet6') {
    node.correct('version', 3);
    warn(
      problems,
      'strict-corrected',
      node.place('version'),
      'strict mode: IPv6 means version 3, which is in force',
    );
  }
  dropMac(node, problems);
  refuseViolations(node, problems);
}

/** keepalived sets it for an owner even where it was switched off. */
function forceOwner(node: InstanceNode, problems: CheckContext['problems']): void {
  if (node.get('priority') !== OWNER_PRIORITY || !node.isSet('owner_ignore_adverts')) return;
  if (node.get('owner_ignore_adverts')) return;
  node.correct('owner_ignore_adverts', true);
  const message =
    "an instance with priority 255 ignores adverts in any case, once 'owner_ignore_adverts' stands here";
  warn(problems, 'value-corrected', node.place('owner_ignore_adverts'), message);
}

function dropMac(node: InstanceNode, problems: CheckContext['problems']): void {
  const vmac = node.get('use_vmac');
  if (vmac === null || vmac.mac === null) return;
  node.correct('use_vmac', { ...vmac, mac: null });
  warn(
    problems,
    'strict-corrected',
    node.place('use_vmac'),
    'strict mode: the MAC address is that of the RFC',
  );
}

function refuseViolations(node: InstanceNode, problems: CheckContext['problems']): void {
  if (node.lines('unicast_peer').length > 0) {
    const place = node.blocks('unicast_peer').at(-1)?.keyword ?? node.origin;
    refuse(problems, 'strict-violation', place, 'strict mode does not allow unicast peers');
  }
  const intended = node.given('no_virtual_ipaddress').at(-1);
  if (intended !== undefined) {
    const message = "strict mode does not allow 'no_virtual_ipaddress'";
    refuse(problems, 'strict-violation', intended.keyword, message);
  }
  const [first] = node.lines('virtual_ipaddress');
  if (first?.value.address.includes(':') && !/^fe[89ab]/.test(first.value.address)) {
    const message = 'strict mode: the first IPv6 address must be link-local (fe80::/10)';
    refuse(problems, 'strict-violation', first.words[0], message);
  }
}
