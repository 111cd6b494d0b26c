/**
 * What a start plan says: the table that a cold start of a configuration sets before it has checked anything, and what that
 * depends on (docs/adr/0019-start-plan.md).
 *
 * Left out is every virtual server whose first table depends on more than the configuration: real servers by name, checks
 * that follow a file or a session (FILE_CHECK, BFD_CHECK), programs whose first result decides (MISC_CHECK with alpha), and
 * standing orders of operators. There is no plan where something comes before the table (lvs_flush, startup_script), where
 * a reading is never the same again (`${_RANDOM}`), where the program is run from its sources, and without IPVS.
 */
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { join } from 'node:path';
import { type NamedVirtualServer, namedVirtualServers } from '../config/actors/checks.ts';
import type { ConfigTree } from '../config/model.ts';
import type { Steps } from '../config/steps.ts';
import { startTable, type Wanted } from '../effects/ipvs/start-table.ts';
import type { ActorView } from '../engine/engine.ts';
import type { ActorId } from '../engine/types.ts';
import { lateCrypto } from '../io/late-modules.ts';
import type { RealServerContext } from '../machines/real-server/real-server.context.ts';
import {
  initialContext,
  type VirtualServerContext,
} from '../machines/virtual-server/virtual-server.context.ts';
import type { VirtualServerInput } from '../machines/virtual-server/virtual-server.input.ts';
import { after, wholeTable } from '../machines/virtual-server/virtual-server.updates.ts';
import type { ServicePlan } from '../protocol/ipvs/plan.ts';
import type { JsonObject } from '../protocol/json.ts';
import { type StartCondition, startPlanHead, startPlanLines } from '../protocol/start-plan.ts';

/** As much as the starter reads. */
const MOST_BYTES = 64 * 1024 * 1024;

type Observe = (id: ActorId) => ActorView | null;

/** What the configuration in force was read from. */
export interface StartReading {
  readonly tree: ConfigTree;
  /** Digest of its definition in the journal. */
  readonly configuration: string;
  /** Null: they cannot be described, or it is never read the same again. */
  readonly conditions: readonly StartCondition[] | null;
}

/** What a plan is made of. */
export interface StartPlanSource {
  /** The file that Node runs, and the words of the command line. */
  readonly words: readonly string[];
  /** Directory of the project, and when this process began: what changed since is another program. */
  readonly root: string;
  readonly beganMs: number;
  readonly reading: () => StartReading;
  readonly observe: Observe;
  readonly orders: string;
  readonly pidFiles: readonly string[];
  /** As in the plan. */
  readonly namespace: string | null;
}

interface Parts {
  readonly wanted: readonly Wanted[];
  readonly leftOut: readonly ServicePlan[];
}

/** What a plan says, or why there can be none. */
type Known = { readonly text: string } | { readonly none: string };
export type Made = Known | 'later';

/** In steps. `place`: path of the plan. */
export function* startPlanText(place: string, source: StartPlanSource): Steps<Made> {
  const { words, pidFiles, namespace, orders } = source;
  const { tree, configuration, conditions } = source.reading();
  const obstacle = obstacleOf(source, tree) ?? (conditions === null ? 'no reading is like another' : null);
  if (obstacle !== null) return { none: obstacle };
  const parts = yield* partsOf(source, tree);
  if (parts === 'later') return 'later';
  if ('none' in parts) return parts;
  const program = programConditions(source);
  if (program === null) return { none: 'the program has changed since it began' };
  const table = yield* startTable(parts.wanted, parts.leftOut);
  if (table === null || table.services.length === 0) return { none: 'no virtual server can be in it' };
  const lines = startPlanLines({
    ...{ place, words: digest(words.map((word) => `${word}\0`).join('')), configuration },
    conditions: [...(conditions ?? []), ...program, orderCondition(orders)],
    ...{ pidFiles, namespace, ...table },
  });
  if (lines === null) return { none: 'a name has a line end in it' };
  return yield* written(lines);
}

function obstacleOf({ words }: StartPlanSource, tree: ConfigTree): string | null {
  const [globals] = tree.global_defs;
  const [program = ''] = words;
  if (globals?.lvs_start_plan === false) return 'lvs_start_plan is off';
  if (globals?.lvs_flush === true) return 'lvs_flush empties the table first';
  if ((globals?.startup_script ?? null) !== null) return 'startup_script runs first';
  return program.endsWith('.js') ? null : 'the program runs from its sources';
}

function* partsOf(
  { observe }: StartPlanSource,
  tree: ConfigTree,
): Steps<Parts | { readonly none: string } | 'later'> {
  const wanted: Wanted[] = [];
  const leftOut: ServicePlan[] = [];
  for (const server of namedVirtualServers(tree)) {
    const view = observe(server.id);
    if (view === null) return { none: 'virtual servers are not run' };
    const { table } = view.state as JsonObject;
    if (table === 'unread' || table === 'applying' || table === 'mending') return 'later';
    if (table === 'observed') return { none: 'there is no IPVS' };
    const { input } = view.context as unknown as VirtualServerContext;
    const plain = !view.crashed && table === 'applied' && (yield* isPlain(server, input, observe));
    if (plain) wanted.push({ actor: server.id, ...atStart(input) });
    else leftOut.push(input.service);
  }
  return { wanted, leftOut };
}

/** What a cold start wants of it follows from the configuration alone. */
function* isPlain(
  { block }: NamedVirtualServer,
  { realServers }: VirtualServerInput,
  observe: Observe,
): Steps<boolean> {
  if (block.real_server_name.length > 0) return false;
  const follows = block.real_server.some((real) => real.FILE_CHECK.length + real.BFD_CHECK.length > 0);
  const runs = block.real_server.some((real) => real.MISC_CHECK.length > 0);
  if (follows || (runs && realServers.some(({ startWeight }) => startWeight === null))) return false;
  for (const { actor } of realServers) {
    yield;
    const context = observe(actor)?.context as unknown as RealServerContext | undefined;
    if (context === undefined || context.duty !== 'ready' || context.ordered !== null) return false;
  }
  return true;
}

/** The names of the bundle's parts are digests of them, and the first part has those of all others. */
function programConditions({ words, root, beganMs }: StartPlanSource): readonly StartCondition[] | null {
  const files = [words[0] ?? '', join(root, 'package.json')];
  if (files.some((file) => fs.statSync(file).ctimeMs >= beganMs)) return null;
  return files.map((path) => ({ kind: 'file', digest: digest(fs.readFileSync(path)), path }));
}

function atStart(input: VirtualServerInput) {
  const started = { type: 'virtual.started', driven: true, held: true } as const;
  return wholeTable(after(initialContext(input), started));
}

/** Orders come with the start of real servers. */
function orderCondition(path: string): StartCondition {
  const text = fs.existsSync(path) ? fs.readFileSync(path) : null;
  return text === null ? { kind: 'absent', path } : { kind: 'file', digest: digest(text), path };
}

function digest(content: Uint8Array | string): string {
  return lateCrypto().hash('sha256', content, 'hex');
}

function* written(lines: readonly string[]): Steps<Known> {
  const hash = lateCrypto().createHash('sha256');
  const parts: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    const part = `${line}\n`;
    hash.update(part);
    parts.push(part);
    bytes += Buffer.byteLength(part);
    yield;
  }
  const text = startPlanHead(hash.digest('hex')) + parts.join('');
  return bytes + text.length > 2 * MOST_BYTES ? { none: 'it would be too large' } : { text };
}
