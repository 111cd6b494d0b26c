/** Everything about VRRP that needs more than one line to judge, in the order of keepalived. */
import { checkAddresses, checkStaticAddresses } from './addresses.ts';
import { checkAuthentication } from './authentication.ts';
import { checkBfd } from './bfd.ts';
import type { CheckContext } from './context.ts';
import { checkFamily } from './family.ts';
import { checkGarpGroups } from './garp-groups.ts';
import { checkInstance } from './instance.ts';
import { checkInterfaces } from './interfaces.ts';
import { checkNames, checkRepeated } from './names.ts';
import { checkRouterIds } from './router-ids.ts';
import { checkStrict } from './strict.ts';
import { checkSyncGroups } from './sync-groups.ts';
import { checkTrackGroups } from './track-groups.ts';
import {
  checkInstanceTrackers,
  checkTracked,
  checkTrackLines,
  dropUnusedScripts,
  trackedThings,
} from './trackers.ts';
import { checkUnicast } from './unicast.ts';
import { checkSharedVmacs, checkVmac } from './vmac.ts';

/** Reports and corrects; afterwards the nodes say what is in force. */
export function checkVrrp(context: CheckContext): void {
  checkNames(context);
  checkRepeated(context);
  checkTracked(context);
  checkBfd(context);
  const things = trackedThings(context);
  const vmacNames = new Map<string, string>();
  for (const node of context.root.blocks('vrrp_instance')) {
    checkFamily(node, context);
    checkInstance(node, context);
    checkStrict(node, context);
    checkUnicast(node, context);
    checkVmac(node, vmacNames, context);
    checkAddresses(node, context);
    checkAuthentication(node, context);
    checkTrackLines(node, things, context.problems);
    checkInstanceTrackers(node, context);
  }
  checkSyncGroups(context, things);
  dropUnusedScripts(context);
  checkTrackGroups(context);
  checkGarpGroups(context);
  checkStaticAddresses(context);
  checkInterfaces(context);
  checkRouterIds(context);
  checkSharedVmacs(context);
}
