/** The charts that the page can draw, by the machine that rows name. */

import agentChecker from '../layout/agent-checker.json' with { type: 'json' };
import bfd from '../layout/bfd.json' with { type: 'json' };
import checker from '../layout/checker.json' with { type: 'json' };
import group from '../layout/group.json' with { type: 'json' };
import httpChecker from '../layout/http-checker.json' with { type: 'json' };
import ipvs from '../layout/ipvs.json' with { type: 'json' };
import realServer from '../layout/real-server.json' with { type: 'json' };
import staticObjects from '../layout/static.json' with { type: 'json' };
import tracker from '../layout/tracker.json' with { type: 'json' };
import virtualServer from '../layout/virtual-server.json' with { type: 'json' };
import vrrp from '../layout/vrrp.json' with { type: 'json' };
import type { ChartLayout } from './layout-types.ts';

const LAYOUTS: readonly ChartLayout[] = [
  vrrp,
  group,
  tracker,
  bfd,
  staticObjects,
  checker,
  httpChecker,
  agentChecker,
  realServer,
  virtualServer,
  ipvs,
].map((layout) => layout as unknown as ChartLayout);

/** Null if this build does not know the machine. */
export function layoutOf(machine: string | null): ChartLayout | null {
  return LAYOUTS.find((layout) => layout.machine === machine) ?? null;
}
