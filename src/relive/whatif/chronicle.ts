/** Who was master when, as rows tell it. Pure. */
import type { ActorEvent, JournalRow } from '../../engine/types.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { protocolPath, roleOf } from '../words.ts';

/** An instance of a router got another role. */
export interface RoleChange {
  readonly atUs: number;
  readonly router: string;
  readonly actor: string;
  readonly role: string;
  readonly path: string;
  readonly event: string;
  /** How long the master had been silent that was followed until then; null if none was. */
  readonly silentUs: number | null;
  /** Of the master that was followed until then. */
  readonly followed: string | null;
  /** It took a living master's place, of lower priority. */
  readonly isPreemption: boolean;
}

/** A stretch of time in which mastership was not as it should be. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
  /** `two`: several routers were master. `unknown`: the journals at hand do not tell. */
  readonly kind: 'nobody' | 'two' | 'unknown';
}

interface Known {
  role: string;
  followed: string | null;
  followedPriority: number;
  ownPriority: number;
  hasRival: boolean;
  isSkewing: boolean;
  silentUs: number | null;
}

type Told = Pick<JournalRow, 'monoUs' | 'actor' | 'event' | 'state' | 'delta'>;

/** Collects the changes of role of one life of the routers. */
export class Chronicle {
  readonly changes: RoleChange[] = [];
  readonly #isKept: boolean;
  readonly #seen: (change: RoleChange) => void;
  readonly #known = new Map<string, Known>();

  /** `isKept`: false where there are too many to keep, and each is only `seen`. */
  constructor(isKept = true, seen: (change: RoleChange) => void = () => {}) {
    this.#isKept = isKept;
    this.#seen = seen;
  }

  /** What an instance was when the history is entered. */
  enter(
    router: string,
    actor: string,
    state: Json,
    context: { readonly [key: string]: Json | undefined },
  ): void {
    const master = context.master as
      | { readonly source?: unknown; readonly priority?: unknown }
      | null
      | undefined;
    const path = protocolPath(state);
    const role = path.split('.')[0] ?? '';
    this.#known.set(`${router} ${actor}`, {
      role,
      followed: typeof master?.source === 'string' ? master.source : null,
      followedPriority: Number(master?.priority ?? 0),
      ownPriority: Number(context.effectivePriority ?? 0),
      hasRival: (context.rival ?? null) !== null,
      isSkewing: path === 'backup.skewing',
      silentUs: null,
    });
  }

  row(router: string, { monoUs, actor, event, state, delta }: Told): RoleChange | null {
    if (!actor.startsWith('vrrp/') || state === null) return null;
    const key = `${router} ${actor}`;
    const known = this.#known.get(key) ?? fresh();
    this.#known.set(key, known);
    if (event.type === 'actor.started') Object.assign(known, fresh());
    if (event.type === 'master.silent') known.silentUs = Number(event.silentUs);
    const role = roleOf(state);
    const change =
      role === known.role ? null : this.#change(router, { monoUs, actor, event, state, delta }, known);
    learn(known, role, state, delta, event);
    return change;
  }

  /** The process of a router is gone. */
  end(router: string, atUs: number): void {
    for (const [key, known] of this.#known) {
      if (!key.startsWith(`${router} `) || known.role === 'gone') continue;
      const actor = key.slice(router.length + 1);
      if (known.role !== 'initialize')
        this.#take({
          ...{ atUs, router, actor, role: 'gone', path: 'gone', event: 'process.ended' },
          ...{ silentUs: null, followed: known.followed, isPreemption: false },
        });
      Object.assign(known, fresh(), { role: 'gone' });
    }
  }

  #change(router: string, { monoUs, actor, event, state }: Told, known: Known): RoleChange {
    const gains = roleOf(state) === 'master';
    // A priority that came to be higher than that of the master, which lives.
    const outranks = known.followed !== null && known.followedPriority < known.ownPriority;
    const waited = (known.followed !== null && !outranks) || known.isSkewing;
    const change: RoleChange = {
      ...{ atUs: monoUs, router, actor, role: roleOf(state), path: protocolPath(state), event: event.type },
      silentUs: gains && waited ? known.silentUs : null,
      followed: known.followed,
      isPreemption: gains && !waited && (known.hasRival || outranks),
    };
    this.#take(change);
    return change;
  }

  #take(change: RoleChange): void {
    if (this.#isKept) this.changes.push(change);
    this.#seen(change);
  }
}

const fresh = (): Known => ({
  role: '',
  followed: null,
  followedPriority: 0,
  ownPriority: 0,
  hasRival: false,
  isSkewing: false,
  silentUs: null,
});

function learn(known: Known, role: string, state: Json, delta: Told['delta'], event: ActorEvent): void {
  known.role = role;
  known.isSkewing = protocolPath(state) === 'backup.skewing';
  if ('master' in delta) {
    known.followed = sourceOf(delta.master);
    known.followedPriority = Number((delta.master as JsonObject | null)?.priority ?? 0);
  }
  if (typeof delta.effectivePriority === 'number') known.ownPriority = delta.effectivePriority;
  if ('rival' in delta) known.hasRival = (delta.rival ?? null) !== null;
  if (event.type !== 'master.silent') known.silentUs = null;
}

function sourceOf(master: Json | undefined): string | null {
  const source = (master as { readonly source?: unknown } | null | undefined)?.source;
  return typeof source === 'string' ? source : null;
}

/** Times without a master, with two, and of which one journal alone does not tell. `routers`: whose journals are at hand. */
export function spansOf(
  changes: readonly RoleChange[],
  before: ReadonlyMap<string, string>,
  routers: number,
  endUs: number,
): Span[] {
  return routers > 1 ? jointSpans(changes, before, endUs) : ownSpans(changes, endUs);
}

/** Several routers: whoever is master says so. */
function jointSpans(
  changes: readonly RoleChange[],
  before: ReadonlyMap<string, string>,
  endUs: number,
): Span[] {
  const masters = new Set([...before].filter(([, role]) => role === 'master').map(([key]) => key));
  const spans: Span[] = [];
  let wasMaster = masters.size > 0;
  let sinceUs: number | null = null;
  const kindOf = (): Span['kind'] | null =>
    masters.size > 1 ? 'two' : masters.size === 0 && wasMaster ? 'nobody' : null;
  let kind = kindOf();
  for (const { atUs, router, actor, role } of [...changes, END(endUs)]) {
    const former = kind;
    if (role === 'master') masters.add(`${router} ${actor}`);
    else masters.delete(`${router} ${actor}`);
    wasMaster ||= masters.size > 0;
    kind = atUs === endUs && router === '' ? null : kindOf();
    if (kind === former) continue;
    if (former !== null && sinceUs !== null && atUs > sinceUs)
      spans.push({ fromUs: sinceUs, toUs: atUs, kind: former });
    sinceUs = kind === null ? null : atUs;
  }
  return spans;
}

const END = (atUs: number): RoleChange => ({
  ...{ atUs, router: '', actor: '', role: '', path: '', event: '' },
  ...{ silentUs: null, followed: null, isPreemption: false },
});

/** One router: what it heard of others is all that is known of them. */
function ownSpans(changes: readonly RoleChange[], endUs: number): Span[] {
  const spans: Span[] = [];
  let lostUs: number | null = null;
  for (const { atUs, role, silentUs } of changes) {
    if (role === 'master') {
      if (silentUs !== null) spans.push({ fromUs: atUs - silentUs, toUs: atUs, kind: 'nobody' });
      else if (lostUs !== null) spans.push({ fromUs: lostUs, toUs: atUs, kind: 'unknown' });
      lostUs = null;
    } else if (role === 'fault' || role === 'gone' || role === 'initialize') lostUs ??= atUs;
    else lostUs = null;
  }
  if (lostUs !== null) spans.push({ fromUs: lostUs, toUs: endUs, kind: 'unknown' });
  return spans;
}
