/** Plays a story in real time with real routers, and tells who held what when and which promises were broken. */
import { rm } from 'node:fs/promises';
import { setTimeout as elapse } from 'node:timers/promises';
import { keepalived, relived } from '../../../src/lab/routers.ts';
import { temporaryDirectory } from '../../harness/leftovers.ts';
import { settlingUs } from '../checks/bounds.ts';
import { type Act, durationOf, type Lan, type Story } from '../story/model.ts';
import { virtualAddresses } from '../story/text-blocks.ts';
import { judge } from './judge.ts';
import { RealLan } from './real-lan.ts';
import { RealRouter } from './real-router.ts';
import { Watch } from './watch.ts';

export const REAL_PROGRAMS = { keepalived, relived } as const;
export type RealProgram = keyof typeof REAL_PROGRAMS;

const LANS: readonly Lan[] = [0, 1];
/** A busy machine takes its time; promises are about the protocol's. */
const SPARE_MS = 2_000;

export interface RealOutcome {
  /** What befell and who held what, in order. */
  readonly told: readonly string[];
  readonly broken: readonly string[];
  /** For how long nobody held the addresses of an instance that somebody had held, and for how long two did; milliseconds. */
  readonly nobodyMs: number;
  readonly severalMs: number;
}

interface Scene {
  readonly lan: RealLan;
  readonly routers: readonly RealRouter[];
}

export async function playReal(story: Story, program: RealProgram): Promise<RealOutcome> {
  const directory = temporaryDirectory('story');
  const lan = await RealLan.create(story.routers);
  try {
    const routers = story.routers.map((spec) => new RealRouter(spec, lan, REAL_PROGRAMS[program], directory));
    const watch = await Watch.begin(lan, story.routers);
    return await act({ lan, routers }, watch, story);
  } finally {
    await lan.destroy();
    await rm(directory, { recursive: true, force: true });
  }
}

async function act(scene: Scene, watch: Watch, story: Story): Promise<RealOutcome> {
  const { routers } = scene;
  const peaceMs = settlingUs(story) / 1_000 + SPARE_MS;
  await Promise.all(routers.map((router) => router.start()));
  const zeroMs = performance.now();
  // What takes time only for being done for real: the story goes on after it.
  let heldUpMs = 0;
  const told: { readonly atMs: number; readonly text: string }[] = [];
  const broken: string[] = [];
  const note = (text: string): void => {
    told.push({ atMs: performance.now(), text });
  };
  let befellMs = zeroMs;
  const look = (): void => {
    if (performance.now() - befellMs < peaceMs) return;
    for (const each of judge(scene, watch)) broken.push(`${stamp(performance.now() - zeroMs)}  ${each}`);
  };
  for (const { atMs, what, doIt } of schedule(scene, story)) {
    await elapse(Math.max(0, zeroMs + heldUpMs + atMs - performance.now()));
    look();
    const beganMs = performance.now();
    note(what);
    await doIt();
    befellMs = performance.now();
    heldUpMs += befellMs - beganMs;
  }
  await elapse(Math.max(0, befellMs + peaceMs + SPARE_MS - performance.now()));
  look();
  for (const { atMs, router, address, held } of watch.changes)
    told.push({ atMs, text: `${router} ${held ? 'holds' : 'gives up'} ${address}` });
  told.sort((a, b) => a.atMs - b.atMs);
  return {
    ...{ told: told.map(({ atMs, text }) => `${stamp(atMs - zeroMs)}  ${text}`), broken },
    ...spans(watch, story, performance.now()),
  };
}

const stamp = (ms: number): string => `${(ms / 1_000).toFixed(3).padStart(7)} s`;

interface Step {
  readonly atMs: number;
  readonly what: string;
  readonly doIt: () => Promise<void> | void;
}

/** What begins and what ends, in order. */
function schedule(scene: Scene, { acts }: Story): readonly Step[] {
  const steps = acts.flatMap((each): Step[] => {
    let end: () => Promise<void> | void = () => {};
    const { atUs, type, ...rest } = each;
    const begin = async (): Promise<void> => {
      end = await carryOut(scene, each);
    };
    const lastsUs = 'backAfterUs' in each ? each.backAfterUs : durationOf(each) || null;
    const what = `${type} ${JSON.stringify('config' in rest ? { router: rest.router } : rest)}`;
    const first = { atMs: atUs / 1_000, what, doIt: begin };
    if (lastsUs === null) return [first];
    return [first, { atMs: (atUs + lastsUs) / 1_000, what: `${type} is over`, doIt: () => end() }];
  });
  return steps.sort((a, b) => a.atMs - b.atMs);
}

/** Gives what ends it. */
async function carryOut({ lan, routers }: Scene, act: Act): Promise<() => Promise<void> | void> {
  const router = (name: string): RealRouter => {
    const found = routers.find(({ spec }) => spec.name === name);
    if (found === undefined) throw new Error(`no router ${name}`);
    return found;
  };
  switch (act.type) {
    case 'crash':
    case 'powerOff':
    case 'stop': {
      const own = router(act.router);
      await own.end(act.type);
      return () => own.start();
    }
    case 'stall':
      router(act.router).stall(true);
      return () => router(act.router).stall(false);
    case 'linkDown':
      await router(act.router).unplug(act.lan, 1);
      return () => router(act.router).unplug(act.lan, -1);
    case 'addressLost': {
      const own = router(act.router);
      await own.setOwnAddresses(act.lan, false);
      return () => own.setOwnAddresses(act.lan, true);
    }
    case 'part':
    case 'oneWay': {
      const ways = waysCutBy(act, routers);
      for (const [at, from, to] of ways) await lan.cut(at, from, to, 1);
      return async () => {
        for (const [at, from, to] of ways) await lan.cut(at, from, to, -1);
      };
    }
    case 'loss':
      return lan.lose(act.lan, act.rate);
    case 'script':
      return router(act.router).setScript(act);
    case 'file':
      router(act.router).setFile(act.name, act.value);
      return () => {};
    case 'addressDeleted':
      await router(act.router).deleteVirtualAddresses([act.instance]);
      return () => {};
    case 'reload':
      router(act.router).reload(act.config);
      return () => {};
    default:
      throw new Error(`${act.type} cannot be done for real`);
  }
}

function waysCutBy(
  act: Extract<Act, { type: 'part' | 'oneWay' }>,
  routers: readonly RealRouter[],
): readonly (readonly [Lan, string, string])[] {
  if (act.type === 'oneWay') return [[act.lan, act.from, act.to]];
  const inside = new Set(act.side);
  const names = routers.map(({ spec }) => spec.name);
  return (act.lan === null ? LANS : [act.lan]).flatMap((lan) =>
    names.flatMap((from) =>
      names
        .filter((to) => inside.has(from) !== inside.has(to))
        .map((to): readonly [Lan, string, string] => [lan, from, to]),
    ),
  );
}

/** Of the first address of each instance, over all routers, from its first holder on. */
function spans({ changes }: Watch, { routers }: Story, endMs: number) {
  const firsts = new Set(
    routers.flatMap(({ config }) => config.instances.map((each) => virtualAddresses(each)[0]?.address ?? '')),
  );
  let [nobodyMs, severalMs] = [0, 0];
  for (const address of firsts) {
    const own = changes.filter((change) => change.address === address);
    let holders = 0;
    own.forEach(({ atMs, held }, at) => {
      holders += held ? 1 : -1;
      const lastsMs = (own[at + 1]?.atMs ?? endMs) - atMs;
      if (holders === 0) nobodyMs += lastsMs;
      else if (holders > 1) severalMs += lastsMs;
    });
  }
  return { nobodyMs: Math.round(nobodyMs), severalMs: Math.round(severalMs) };
}
