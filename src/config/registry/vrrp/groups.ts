/** Blocks that bind instances or interfaces together. */
import { duration, each, flag, word } from '../kinds.ts';
import { AS_BLOCK, block, deprecated, fixed, setting } from '../rows.ts';
import type { Setting, SettingsBlock } from '../spec.ts';
import { nameList } from './name-lines.ts';
import { NOTICES } from './notices.ts';
import { trackBlocks } from './track-lines.ts';

/** In a block that is not supported as a whole, its rows say nothing of their own. */
function silent<T extends Record<string, Setting>>(table: T): T {
  const rows = Object.entries(table).map(([keyword, row]) => [keyword, { ...row, ...AS_BLOCK }]);
  return Object.fromEntries(rows) as T;
}

// Blocks stand apart from the tables they are in: there, the type of their (missing) name would be lost.
const SYNC_GROUP_MEMBERS = block({
  block: nameList('vrrp_sync_group/group', 'names of instances'),
  meaning: 'the members, in one block',
});
const TRACK_GROUP_MEMBERS = block({
  block: nameList('track_group/group', 'names of instances'),
  meaning: 'the members, in one block',
});
const GARP_GROUP_INTERFACES = block({
  block: nameList('garp_group/interfaces', 'names of interfaces'),
  meaning: 'interfaces that share the limits',
});

export const VRRP_SYNC_GROUP = {
  path: 'vrrp_sync_group',
  keywords: {
    group: SYNC_GROUP_MEMBERS,
    ...trackBlocks('vrrp_sync_group'),
    ...silent(NOTICES),
    sync_group_tracking_weight: setting({
      kind: flag(),
      default: fixed(false),
      meaning: 'weights of trackers count for members, too',
    }),
    global_tracking: deprecated('sync_group_tracking_weight'),
  },
} satisfies SettingsBlock;

export const TRACK_GROUP = {
  path: 'track_group',
  keywords: {
    group: TRACK_GROUP_MEMBERS,
  },
} satisfies SettingsBlock;

const INTERVAL = duration(0, 4_294_967_295);

export const GARP_GROUP = {
  path: 'garp_group',
  keywords: {
    garp_interval: setting({
      kind: INTERVAL,
      default: fixed(0, 'none'),
      meaning: 'least time between two gratuitous ARPs',
    }),
    gna_interval: setting({
      kind: INTERVAL,
      default: fixed(0, 'none'),
      meaning: 'least time between two unsolicited neighbour advertisements',
    }),
    interface: setting({
      kind: each(word('IFNAME')),
      default: fixed<readonly string[]>([], 'none'),
      meaning: 'an interface of the group',
    }),
    interfaces: GARP_GROUP_INTERFACES,
  },
} satisfies SettingsBlock;
