/** The charts that the page can draw, by the machine that rows name. */

import type { Json } from '../../protocol/json.ts';
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
import watchdog from '../layout/watchdog.json' with { type: 'json' };
import { activeStates } from './active.ts';
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
  watchdog,
].map((layout) => layout as unknown as ChartLayout);

/** Null if this build does not know the machine. */
export function layoutOf(machine: string | null): ChartLayout | null {
  return LAYOUTS.find((layout) => layout.machine === machine) ?? null;
}

/** The drawing of this build knows every state that a row names: another version may have others under the same name. */
export function knowsStates(layout: ChartLayout, ...states: readonly Json[]): boolean {
  const known = new Set(layout.nodes.map(({ id }) => id));
  return states.every((state) => [...activeStates(state)].every((id) => known.has(id)));
}
