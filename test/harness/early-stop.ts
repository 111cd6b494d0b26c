/** Child process for a namespace: a router that is told to stop before it was told to start. Prints what it journalled. */

import { firewallConfig } from '../../src/config/firewall.ts';
import type { ConfigTree } from '../../src/config/model.ts';
import { VrrpProcess } from '../../src/daemon/vrrp-process.ts';
import { NO_PLAN } from '../../src/effects/notices/notices.ts';
import { NO_TLS_FILES } from '../../src/io/probes/tls-identity.ts';
import { vrrpInput } from '../../src/machines/vrrp/vrrp.fixture.ts';

const events: string[] = [];
const router = new VrrpProcess({
  node: 'a',
  version: '0',
  configuration: {
    actors: [{ id: 'vrrp/VI_1', identity: '', input: vrrpInput() }],
    secrets: new Map(),
    heartbeat: 'native',
    logStrangers: false,
    notices: NO_PLAN,
    trackers: {
      secure: true,
      keepSymlinks: false,
      linkbeat: new Map(),
      processBufferBytes: 0,
      forceProcessBuffer: false,
      identify: () => null,
    },
    checks: { tls: NO_TLS_FILES, sharesProbes: false, mayCome: [] },
    journalled: null,
    firewall: firewallConfig({ global_defs: [] } as unknown as ConfigTree),
    ipvsNamespace: null,
  },
  journal: { row: ({ event }) => events.push(event.type), run: () => {}, define: () => {} },
  logger: { log: () => {}, logLater: () => {}, close: () => {} },
  detail: false,
  orders: null,
  startNote: null,
  watch: null,
});
await router.stop({ event: { type: 'signal.received', signal: 'SIGTERM' }, reason: 'SIGTERM' });
await router.start();
process.stdout.write(events.join(' '));
