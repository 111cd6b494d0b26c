/**
 * A story as data: who takes part, how everybody is configured, what befalls whom and when. Everything that chance has
 * decided is in it, so that the same story is always the same history, and a part of a story is a story.
 */
import type { ServiceAct, ServiceSpec } from './service-model.ts';

/** Two Ethernets, `eth0` and `eth1` of each router. */
export type Lan = 0 | 1;

/** One vrrp_instance as keepalived.conf will have it. */
export interface InstanceSpec {
  readonly name: string;
  readonly vrid: number;
  readonly lan: Lan;
  readonly version: 2 | 3;
  readonly family: 'inet' | 'inet6';
  readonly intervalMs: number;
  readonly priority: number;
  /** `state MASTER` */
  readonly startsAsMaster?: true;
  readonly nopreempt?: true;
  readonly preemptDelayS?: number;
  readonly downTimerAdverts?: number;
  /** How many virtual addresses. */
  readonly addresses: number;
  /** Numbers of the routers that it sends to; absent: multicast. */
  readonly peers?: readonly number[];
  readonly garpDelayS?: number;
  readonly garpRefreshS?: number;
  /** 0: not even once. */
  readonly lowerPriorityGarps?: number;
  readonly lowerPriorityNoAdvert?: true;
  readonly higherPrioritySendAdvert?: true;
  readonly tracks?: readonly TrackSpec[];
}

export interface TrackSpec {
  readonly kind: 'script' | 'interface' | 'file';
  readonly name: string;
  readonly weight: number;
}

export interface ScriptSpec {
  readonly name: string;
  readonly intervalS: number;
  readonly timeoutS: number;
  readonly rise: number;
  readonly fall: number;
  readonly initFail?: true;
}

export interface GroupSpec {
  readonly name: string;
  readonly members: readonly string[];
  readonly tracks?: readonly TrackSpec[];
}

export interface ConfigSpec {
  readonly startupDelayS?: number;
  readonly scripts: readonly ScriptSpec[];
  /** Names of track_file blocks. */
  readonly files: readonly string[];
  readonly groups: readonly GroupSpec[];
  readonly instances: readonly InstanceSpec[];
  readonly services?: readonly ServiceSpec[];
  /** Checks that are alike have one probe between them. */
  readonly sharesProbes?: true;
}

export interface RouterSpec {
  readonly name: string;
  /** Last part of its addresses. */
  readonly number: number;
  readonly config: ConfigSpec;
}

/** After that long it is started again; null: never in this story. */
type Comeback = { readonly backAfterUs: number | null };
type Lasting = { readonly durationUs: number };
/** Draws of its own, so that they stay the same whatever else befalls. */
type Chancy = Lasting & { readonly lan: Lan; readonly rate: number; readonly seed: number };

/** What befalls. Times in microseconds of the world's time. */
export type Act = { readonly atUs: number } & (
  | ({ readonly type: 'powerOff' | 'stop'; readonly router: string } & Comeback)
  /** `warm`: its watchdog starts it again, with what the dead one left written down. */
  | ({ readonly type: 'crash'; readonly router: string; readonly warm?: true } & Comeback)
  | ({ readonly type: 'stall'; readonly router: string } & Lasting)
  | ({ readonly type: 'linkDown' | 'addressLost'; readonly router: string; readonly lan: Lan } & Lasting)
  /** Those named hear each other, and nobody else; null: on both LANs. */
  | ({ readonly type: 'part'; readonly lan: Lan | null; readonly side: readonly string[] } & Lasting)
  | ({ readonly type: 'oneWay'; readonly lan: Lan; readonly from: string; readonly to: string } & Lasting)
  | ({ readonly type: 'loss' | 'duplication' } & Chancy)
  /** Those that are drawn come late by up to `byUs`, behind others. */
  | ({ readonly type: 'delay'; readonly byUs: number } & Chancy)
  | { readonly type: 'wallStep'; readonly router: string; readonly byUs: number }
  | ({ readonly type: 'drift'; readonly router: string; readonly ppm: number } & Lasting)
  /** The kernel refuses, or takes its time. */
  | ({
      readonly type: 'netlink';
      readonly router: string;
      readonly refuses: readonly ('add' | 'remove')[];
      readonly lateUs: number;
    } & Lasting)
  | ({ readonly type: 'script'; readonly router: string; readonly name: string } & Lasting & ScriptTruth)
  | { readonly type: 'file'; readonly router: string; readonly name: string; readonly value: number }
  /** Somebody deletes the virtual addresses of an instance by hand. */
  | { readonly type: 'addressDeleted'; readonly router: string; readonly instance: string }
  | { readonly type: 'reload'; readonly router: string; readonly config: ConfigSpec }
  /** The journal refuses rows. */
  | ({ readonly type: 'disk'; readonly router: string } & Lasting)
  | ServiceAct
);

/** What a run of a script comes to: its exit code after this time, or a kill by its timeout. */
export interface ScriptTruth {
  readonly code: number;
  readonly takesUs: number;
}

export const STORY_FORMAT = 'relived-story@1';

export interface Story {
  readonly format: typeof STORY_FORMAT;
  /** What it shows, for people. */
  readonly about: string;
  readonly seed: number;
  /** Whose deadlines adverts are repeated by: the heartbeat core's own, as with raw sockets; absent: those of somebody else (native engine). */
  readonly heartbeats?: 'core';
  /** How long a packet takes, and the kernel to do what it is asked for. */
  readonly latencyUs: number;
  readonly kernelUs: number;
  readonly routers: readonly RouterSpec[];
  /** In order of time. */
  readonly acts: readonly Act[];
  /** When the last act begins, at the latest. What lasts ends by itself, and then peace is awaited. */
  readonly endUs: number;
}

export function durationOf(act: Act): number {
  return 'durationUs' in act ? act.durationUs : 0;
}

/** Every configuration that is in force at some time. */
export function configsOf(story: Story): readonly ConfigSpec[] {
  const reloaded = story.acts.flatMap((act) => (act.type === 'reload' ? [act.config] : []));
  return [...story.routers.map(({ config }) => config), ...reloaded];
}

/** @throws Error if the text is no story */
export function parseStory(text: string): Story {
  const story = JSON.parse(text) as Story;
  if (story.format !== STORY_FORMAT) throw new Error(`format is ${story.format}, not ${STORY_FORMAT}`);
  return story;
}

/** One line for each act: a reviewer reads it, and a diff of it is short. */
export function storyText(story: Story): string {
  const { acts, routers, ...rest } = story;
  const head = Object.entries(rest).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const list = (items: readonly unknown[]): string =>
    items.length === 0 ? '[]' : `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
  return `{\n${head.join(',\n')},\n"routers": ${list(routers)},\n"acts": ${list(acts)}\n}\n`;
}
