/** How each incident of the corpus is played. */
import type { Script } from './incident.ts';
import { elections } from './scripts/elections.ts';
import { mismatches } from './scripts/mismatches.ts';
import { network } from './scripts/network.ts';
import { processes } from './scripts/processes.ts';
import { servers } from './scripts/servers.ts';
import { storage } from './scripts/storage.ts';
import { trackers } from './scripts/trackers.ts';

export const SCRIPTS: Readonly<Record<string, Script>> = {
  ...processes,
  ...network,
  ...trackers,
  ...elections,
  ...mismatches,
  ...servers,
  ...storage,
};
