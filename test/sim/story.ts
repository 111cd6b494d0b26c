/** One seed's story: faults drawn at random, quiet after each, and the invariants checked all along. */
import { Cluster, GOOD_LAN, type Sabotage } from './cluster.ts';
import { momentary, replayDifferences, settled } from './invariants.ts';
import { SeededRandom } from './seeded-random.ts';

const ROUTERS = [
  { name: 'r1', address: '10.0.0.1', priority: 150 },
  { name: 'r2', address: '10.0.0.2', priority: 100 },
  { name: 'r3', address: '10.0.0.3', priority: 50 },
] as const;

/** Intervals that stories are told at; a story draws one. */
const INTERVALS_US = [1_000_000, 100_000, 10_000] as const;

/** How long the kernel takes to answer; the longest is more than a Master_Down_Interval of the shortest interval. */
const KERNELS_US = [150, 3_000, 40_000] as const;

const FAULTS_A_STORY = 8;

export interface Story {
  readonly seed: number;
  readonly advertIntervalUs: number;
  readonly kernelUs: number;
  readonly faults: readonly string[];
  readonly violations: readonly string[];
  readonly rows: number;
  readonly virtualSeconds: number;
}

type Fault = (cluster: Cluster, random: SeededRandom) => { readonly name: string; readonly undo: () => void };

const anyRouter = (cluster: Cluster, random: SeededRandom) => {
  const router = cluster.routers[random.integer(0, cluster.routers.length - 1)];
  if (router === undefined) throw new Error('a cluster without routers');
  return router;
};

const FAULTS: readonly Fault[] = [
  (cluster, random) => {
    const router = anyRouter(cluster, random);
    router.kill();
    return { name: `kill ${router.name}`, undo: () => router.start() };
  },
  (cluster, random) => {
    const router = anyRouter(cluster, random);
    router.stop();
    return { name: `stop ${router.name}`, undo: () => router.start() };
  },
  (cluster, random) => {
    const router = anyRouter(cluster, random);
    // Faster than the kernel answers: every answer belongs to a role that is over.
    for (let flap = random.integer(1, 6); flap > 0; flap -= 1) {
      router.setLink(false);
      cluster.time.advanceBy(random.integer(0, 2_000));
      router.setLink(true);
      cluster.time.advanceBy(random.integer(0, 50_000));
    }
    return { name: `flap ${router.name}`, undo: () => {} };
  },
  (cluster, random) => {
    const router = anyRouter(cluster, random);
    router.deleteAddresses();
    return { name: `delete the addresses of ${router.name}`, undo: () => {} };
  },
  (cluster, random) => {
    const router = anyRouter(cluster, random);
    router.setLink(false);
    return { name: `cut ${router.name}`, undo: () => router.setLink(true) };
  },
  (cluster, random) => {
    const router = anyRouter(cluster, random);
    router.pause();
    return { name: `pause ${router.name}`, undo: () => router.resume() };
  },
  (cluster, random) => {
    const alone = anyRouter(cluster, random).name;
    const others = cluster.routers.map((router) => router.name).filter((name) => name !== alone);
    cluster.partition([[alone], others]);
    return { name: `part ${alone} from ${others.join('+')}`, undo: () => cluster.heal() };
  },
  (cluster, random) => {
    const loss = random.integer(5, 60) / 100;
    cluster.lan.quality = { ...GOOD_LAN, loss, duplication: 0.1 };
    return {
      name: `lose ${Math.round(loss * 100)} %`,
      undo: () => {
        cluster.lan.quality = GOOD_LAN;
      },
    };
  },
];

/** Runs everything due up to a moment, checking after each step what must always hold. */
function advance(cluster: Cluster, byUs: number, note: (violation: string) => void): void {
  const endUs = cluster.time.monotonicUs() + byUs;
  for (let next = cluster.time.nextUs(); next !== null && next <= endUs; next = cluster.time.nextUs()) {
    cluster.time.runNext();
    for (const violation of momentary(cluster)) note(violation);
  }
  cluster.time.advanceTo(endUs);
}

/** Tells one story. Stops at the first violation: what follows it would only be noise. */
export function tellStory(seed: number, sabotage: Sabotage = {}): Story {
  const random = new SeededRandom(seed);
  const advertIntervalUs = INTERVALS_US[random.integer(0, INTERVALS_US.length - 1)] ?? 1_000_000;
  const kernelUs = KERNELS_US[random.integer(0, KERNELS_US.length - 1)] ?? 150;
  const cluster = new Cluster(
    ROUTERS.map(({ name, address, priority }) => ({ name, address, input: { priority, advertIntervalUs } })),
    random,
    { kernelUs, ...sabotage },
  );
  // Two Master_Down_Intervals and the LAN: the best router may first have to hear that it is not alone. And whatever
  // the kernel was asked meanwhile: to delete, to add, to delete, to add.
  const quietUs = 9 * advertIntervalUs + 50_000 + 4 * kernelUs;
  const faults: string[] = [];
  const violations = new Set<string>();
  const at = () => `${(cluster.time.monotonicUs() / 1e6).toFixed(3)} s`;
  const note = (violation: string) => violations.add(`at ${at()}: ${violation}`);
  const settle = () => {
    advance(cluster, quietUs, note);
    for (const violation of settled(cluster)) note(violation);
  };

  cluster.start();
  settle();
  for (let count = 0; count < FAULTS_A_STORY && violations.size === 0; count += 1) {
    advance(cluster, random.integer(0, 2 * advertIntervalUs), note);
    const draw = FAULTS[random.integer(0, FAULTS.length - 1)];
    if (draw === undefined) break;
    const { name, undo } = draw(cluster, random);
    faults.push(`${at()} ${name}`);
    advance(cluster, random.integer(advertIntervalUs, quietUs), note);
    // Under loss nobody can promise who is master; under any other fault the rest must have settled.
    if (!name.startsWith('lose')) settle();
    undo();
    settle();
  }
  const lives = cluster.routers.flatMap((router) => router.lives);
  for (const { rows } of lives) for (const difference of replayDifferences(rows)) note(difference);
  return {
    seed,
    advertIntervalUs,
    kernelUs,
    faults,
    violations: [...violations],
    rows: lives.reduce((sum, { rows }) => sum + rows.length, 0),
    virtualSeconds: cluster.time.monotonicUs() / 1e6,
  };
}

export function describeStory(story: Story): string {
  const lines = [
    `seed ${story.seed}: interval ${story.advertIntervalUs} us, kernel ${story.kernelUs} us, ${story.virtualSeconds.toFixed(1)} virtual s, ${story.rows} rows`,
    ...story.faults.map((fault) => `  ${fault}`),
    ...story.violations.map((violation) => `  VIOLATION ${violation}`),
  ];
  return lines.join('\n');
}
