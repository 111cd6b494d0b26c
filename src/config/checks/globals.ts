/** Checks of global_defs. */
import type { BlockNode } from '../node.ts';
import { type Problems, quoted } from '../problems.ts';
import type { GLOBAL_DEFS } from '../registry/global/global-defs.ts';
import { SSL } from '../registry/global/ssl.ts';

const SSL_KEYWORDS = Object.keys(SSL.keywords) as (keyof typeof SSL.keywords)[];

export type GlobalsNode = BlockNode<typeof GLOBAL_DEFS.keywords>;

/** Keywords of which only the first line counts. */
const FIRST_COUNTS = [
  'vmac_prefix',
  'vmac_addr_prefix',
  'lvs_sync_daemon',
  'notify_fifo',
  'vrrp_notify_fifo',
  'lvs_notify_fifo',
  'notify_fifo_script',
  'vrrp_notify_fifo_script',
  'lvs_notify_fifo_script',
  'startup_script',
  'shutdown_script',
  'nftables',
  'vrrp_iptables',
  'nftables_ipvs',
  'snmp_socket',
  'tmp_config_directory',
] as const;

/** Corrects what keepalived corrects. */
export function checkGlobals(globals: GlobalsNode, problems: Problems): void {
  reportRepeated(globals, problems);
  for (const list of globals.blocks('notification_email')) {
    if (list.lines.length > 0) continue;
    const message = 'nobody is listed here';
    problems.add({ severity: 'warning', code: 'empty-list', place: list.keyword, message });
  }
}

function reportRepeated(globals: GlobalsNode, problems: Problems): void {
  for (const name of FIRST_COUNTS) {
    const usable = globals.given(name).filter(({ value }) => value !== null);
    for (const { keyword } of usable.slice(1)) {
      const message = `${quoted(keyword)} is set already: this line is ignored`;
      problems.add({ severity: 'warning', code: 'duplicate-keyword', place: keyword, message });
    }
  }
}

/** keepalived keeps the last SSL block, and the last line of each keyword in it. */
export function checkSsl(nodes: readonly BlockNode<typeof SSL.keywords>[], problems: Problems): void {
  for (const node of nodes) {
    for (const keyword of SSL_KEYWORDS) {
      const usable = node.given(keyword).filter(({ value }) => value !== null);
      for (const given of usable.slice(1)) {
        const message = `${quoted(given.keyword)} stands here already: this line replaces it`;
        problems.add({ severity: 'warning', code: 'duplicate-keyword', place: given.keyword, message });
      }
    }
  }
  for (const node of nodes.slice(0, -1)) {
    node.kept = false;
    const message = 'another SSL block follows: this one is ignored';
    problems.add({ severity: 'warning', code: 'duplicate-block', place: node.origin, message });
  }
}

/** A burst has at least one packet. */
export function correctRepeat<K extends string>(
  node: {
    isSet(name: K): boolean;
    value(name: string): unknown;
    correct(name: K, value: never): void;
    place(name: K): import('../problems.ts').Place;
  },
  keyword: K,
  problems: Problems,
): void {
  if (!node.isSet(keyword) || node.value(keyword) !== 0) return;
  node.correct(keyword, 1 as never);
  problems.add({
    severity: 'warning',
    code: 'value-corrected',
    place: node.place(keyword),
    message: `'${keyword}' must be at least 1: 1 is in force`,
  });
}
