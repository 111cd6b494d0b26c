/** Which unicast adverts are believed: check_unicast_src, min_ttl and max_ttl, skip_check_adv_addr. */
import { expect, vi } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { askDaemon } from '../harness/ask-daemon.ts';
import { type Forged, instance, type Scene, type Story, tell } from '../harness/scene.ts';

vi.setConfig({ maxConcurrency: 5 });

const PEER = '10.77.0.2';
const STRANGER = '10.77.0.3';

/** Router `a` with one peer, whose adverts the test makes. */
function router(extra = '', limits = '') {
  const peers = `unicast_src_ip 10.77.0.1\n  unicast_peer {\n    ${PEER} ${limits}\n  }`;
  return { a: instance({ number: 1, priority: 150, state: 'MASTER', extra: `${peers}\n  ${extra}` }), b: '' };
}

const better = (more: Omit<Forged, 'priority' | 'to'>): Forged => ({ priority: 200, to: 'a', ...more });

async function becomesMaster(scene: Scene, globals = ''): Promise<void> {
  await scene.prepareToForge();
  await scene.start('a', globals);
  await scene.waitForHolder('a', '101');
}

/** It yields to this advert. */
async function yields(scene: Scene, advert: Forged): Promise<void> {
  await scene.forge(advert);
  const gone = async () => (await scene.held('a')) === '';
  await waitFor(gone, { deadlineMs: 3_000, what: `yielding to ${JSON.stringify(advert)}` });
}

/** It stays master through the time of two adverts. */
async function stays(scene: Scene, advert: Forged): Promise<void> {
  const before = scene.advertsOf(1).length;
  await scene.forge(advert);
  const more = () => scene.advertsOf(1).length >= before + 2;
  await waitFor(more, { deadlineMs: 6_000, what: `adverts after ${JSON.stringify(advert)}` });
  expect(await scene.held('a')).toBe('101');
}

interface Status {
  readonly instances: readonly {
    readonly counters: { readonly received: number; readonly errors: { readonly addressList: number } };
  }[];
}

/** Four adverts with other addresses, the first of which it yields to: how many of them it counts as such. */
async function countOtherAddresses(scene: Scene): Promise<number | undefined> {
  await becomesMaster(scene);
  const advert = better({ source: PEER, addresses: ['10.77.0.109'] });
  await yields(scene, advert);
  for (let more = 0; more < 3; more++) await scene.forge(advert);
  const counters = async () =>
    ((await askDaemon(scene.control('a'), 'status')) as Status).instances[0]?.counters;
  const all = async () => (await counters())?.received === 4;
  await waitFor(all, { deadlineMs: 3_000, what: 'four adverts counted' });
  return (await counters())?.errors.addressList;
}

const KNOWN_TO_BOTH: readonly Story[] = [
  {
    what: 'without check_unicast_src anybody may be master',
    configurations: router(),
    play: async (scene) => {
      await becomesMaster(scene);
      await yields(scene, better({ source: STRANGER }));
      await scene.waitForHolder('a', '101');
    },
    adverts: ['a150'],
  },
  {
    what: 'check_unicast_src: only peers count',
    configurations: router(),
    play: async (scene) => {
      await becomesMaster(scene, 'vrrp_check_unicast_src');
      await stays(scene, better({ source: STRANGER }));
      await yields(scene, better({ source: PEER }));
      await scene.waitForHolder('a', '101');
    },
    adverts: ['a150'],
  },
];

tell(KNOWN_TO_BOTH, [
  ['relived', 'keepalived'],
  ['keepalived', 'relived'],
]);

/** Debian's keepalived does not know them yet. */
const NEWER: readonly Story[] = [
  {
    what: 'check_unicast_src of an instance',
    configurations: router('check_unicast_src'),
    play: async (scene) => {
      await becomesMaster(scene);
      await stays(scene, better({ source: STRANGER }));
      await yields(scene, better({ source: PEER }));
    },
    adverts: ['a150'],
  },
  {
    what: 'min_ttl and max_ttl: a peer counts from where it should be, and nobody else does',
    configurations: router('', 'min_ttl 250 max_ttl 253'),
    play: async (scene) => {
      await becomesMaster(scene);
      await stays(scene, better({ source: PEER, hopLimit: 249 }));
      await stays(scene, better({ source: PEER, hopLimit: 254 }));
      await stays(scene, better({ source: STRANGER, hopLimit: 251 }));
      await yields(scene, better({ source: PEER, hopLimit: 250 }));
      await scene.waitForHolder('a', '101');
      await yields(scene, better({ source: PEER, hopLimit: 253 }));
    },
    adverts: ['a150'],
  },
  {
    what: 'skip_check_adv_addr: a backup counts other addresses of the same sender once',
    configurations: router('skip_check_adv_addr'),
    play: async (scene) => expect(await countOtherAddresses(scene)).toBe(1),
    adverts: ['a150'],
  },
  {
    what: 'other addresses in an advert are counted each time without skip_check_adv_addr',
    configurations: router(),
    play: async (scene) => expect(await countOtherAddresses(scene)).toBe(4),
    adverts: ['a150'],
  },
];

tell(NEWER, [['relived', 'keepalived']]);
