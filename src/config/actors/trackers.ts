/** What instances follow, as actors: one for each thing, with everybody who follows it. */
import type { Follower, TrackerInput, TrackerSource } from '../../machines/tracker/tracker.input.ts';
import type { Config, ConfigTree, VrrpInstanceConfig } from '../model.ts';
import { canonical } from '../plain.ts';
import type { Configured } from '../reload.ts';
import { checkFollowers } from './checks.ts';
import { followedBy, type TrackerKind, trackerActor } from './standing.ts';

export interface TrackerActor extends Configured {
  readonly input: TrackerInput;
}

type Plain = Pick<TrackerInput, 'source' | 'rise' | 'fall' | 'startsFailed' | 'lossDelayUs' | 'gainDelayUs'>;

const AT_ONCE = { rise: 1, fall: 1, startsFailed: false, lossDelayUs: 0, gainDelayUs: 0 } as const;

/** Everything that is followed, in the order of the file, and interfaces that have delays. */
export function trackerActors(config: Config): readonly TrackerActor[] {
  const { tree } = config;
  const followers = followersOf(tree);
  const delays = linkDelays(tree);
  const named = (kind: TrackerKind, names: readonly string[], plainOf: (name: string) => Plain | null) =>
    [...new Set(names)].flatMap((name) => {
      const id = trackerActor(kind, name);
      const plain = plainOf(name);
      const settlesLink = kind === 'interface' && delays.has(name);
      const own = followers.get(id) ?? [];
      if (plain === null || (own.length === 0 && !settlesLink)) return [];
      const input: TrackerInput = { name, ...plain, followers: own, settlesLink };
      return [{ id, identity: canonical([id, identityOf(plain.source)]), input }];
    });
  const interfaces = [
    ...followers.keys(),
    ...[...delays.keys()].map((name) => trackerActor('interface', name)),
  ];
  const interfaceNames = interfaces.flatMap((id) =>
    id.startsWith(INTERFACES) ? id.slice(INTERFACES.length) : [],
  );
  const byName = <T extends { readonly name: string }>(
    blocks: readonly T[],
    make: (block: T) => Plain | null,
  ) => {
    const known = new Map(blocks.map((block) => [block.name, block]));
    return (name: string): Plain | null => {
      const block = known.get(name);
      return block === undefined ? null : make(block);
    };
  };
  const names = (blocks: readonly { readonly name: string }[]) => blocks.map(({ name }) => name);
  return [
    ...named('script', names(tree.vrrp_script), byName(tree.vrrp_script, scriptTracker)),
    ...named('process', names(tree.vrrp_track_process), byName(tree.vrrp_track_process, processTracker)),
    ...named('file', names(tree.track_file), byName(tree.track_file, fileTracker)),
    ...named('bfd', names(tree.bfd_instance), (name) => ({
      ...AT_ONCE,
      source: { kind: 'bfd', session: `bfd/${name}` },
      startsFailed: true,
    })),
    ...named('interface', interfaceNames, (name) => ({
      ...AT_ONCE,
      ...delays.get(name),
      source: { kind: 'interface', interface: name },
    })),
  ];
}

const INTERFACES = trackerActor('interface', '');

/** By tracker: the instances and checks that follow it, with the weight that each gives it. */
function followersOf(tree: ConfigTree): ReadonlyMap<string, readonly Follower[]> {
  const followers = new Map<string, Follower[]>();
  for (const instance of tree.vrrp_instance) {
    for (const { tracker, weight } of followedBy(tree, instance)) {
      const follower = { actor: `vrrp/${instance.name}`, weight: weight.value, reverse: weight.reverse };
      const known = followers.get(tracker);
      if (known === undefined) followers.set(tracker, [follower]);
      else known.push(follower);
    }
  }
  for (const [tracker, checks] of checkFollowers(tree)) {
    followers.set(tracker, [...(followers.get(tracker) ?? []), ...checks]);
  }
  return followers;
}

/** What makes a tracker the same one after a reload (keepalived: a script's command and user). */
function identityOf(source: TrackerSource): unknown {
  if (source.kind === 'script') return [source.command, source.user, source.group];
  if (source.kind === 'process') return { ...source, least: null, most: null };
  return source.kind === 'file' ? source.path : null;
}

function scriptTracker(block: ConfigTree['vrrp_script'][number]): Plain | null {
  if (block.script === null) return null;
  const source: TrackerSource = {
    kind: 'script',
    command: block.script.command,
    user: block.user?.user ?? null,
    group: block.user?.group ?? null,
    intervalUs: block.interval,
    timeoutUs: block.timeout,
  };
  return { ...AT_ONCE, source, rise: block.rise, fall: block.fall, startsFailed: block.init_fail };
}

function processTracker(block: ConfigTree['vrrp_track_process'][number]): Plain | null {
  const [program, ...parameters] = block.process ?? [];
  if (program === undefined) return null;
  const match = block.param_match;
  const source: TrackerSource = {
    kind: 'process',
    program,
    parameters,
    match,
    fullCommand: block.full_command || match !== null || parameters.length > 0,
    // keepalived: no more than none means that none need run either.
    least: block.quorum_max === 0 ? 0 : block.quorum,
    most: block.quorum_max,
  };
  return { ...AT_ONCE, source, lossDelayUs: block.terminate_delay, gainDelayUs: block.fork_delay };
}

function fileTracker({ file, init_file: initial }: ConfigTree['track_file'][number]): Plain | null {
  return file === null ? null : { ...AT_ONCE, source: { kind: 'file', path: file, initial } };
}

interface LinkDelay {
  readonly lossDelayUs: number;
  readonly gainDelayUs: number;
}

/**
 * interface_up_down_delays, in force: a loss must be noticed while the backups still wait, so the delay is cut for the
 * instances whose adverts use the interface; one that waits for a single advert allows none (keepalived).
 */
function linkDelays(tree: ConfigTree): ReadonlyMap<string, LinkDelay> {
  const delays = new Map<string, LinkDelay>();
  for (const { interface: name, down, up } of tree.interface_up_down_delays) {
    let [lossDelayUs, gainDelayUs] = [down, up];
    for (const instance of tree.vrrp_instance) {
      if (instance.interface !== name) continue;
      const mostUs = longestDelayUs(instance);
      if (mostUs === null) [lossDelayUs, gainDelayUs] = [0, 0];
      else if (lossDelayUs > mostUs) {
        if (gainDelayUs === lossDelayUs) gainDelayUs = mostUs;
        lossDelayUs = mostUs;
      }
    }
    if (lossDelayUs > 0 || gainDelayUs > 0) delays.set(name, { lossDelayUs, gainDelayUs });
  }
  return delays;
}

/** null: no delay at all. */
function longestDelayUs({
  down_timer_adverts: adverts,
  advert_int: intervalUs,
}: VrrpInstanceConfig): number | null {
  if (adverts === 1) return null;
  return (adverts - 1) * intervalUs - Math.floor(intervalUs / 256);
}
