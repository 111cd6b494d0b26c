/**
 * The simulator as a command:
 *
 *   npm run sim -- --seed 1 --seeds 1000           stories by chance; one that goes wrong is made as small as it can be
 *   npm run sim -- --seeds 10000 --workers 2       by two threads
 *   npm run sim -- --seed 7 --minutes 1440         a day of one cluster
 *   npm run sim -- --seeds 50 --canary no-skew     the same with routers that are broken on purpose
 *   npm run sim -- --story FILE                    a story from a file
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CANARIES } from './canaries.ts';
import { type Outcome, play } from './play.ts';
import { playReal, REAL_PROGRAMS, type RealProgram } from './real/real-play.ts';
import { shortened } from './real/short-story.ts';
import { playSeeds, type SeedOutcome, sabotageOf } from './seeds.ts';
import { configText } from './story/config-text.ts';
import { generateStory } from './story/generate.ts';
import { parseStory, type Story, storyText } from './story/model.ts';
import { shrink } from './story/shrink.ts';

const USAGE = `usage: npm run sim -- [--seed N] [--seeds K] [--minutes M] [--loss RATE] [--workers N] [--canary NAME] [--story FILE]
  --seed N         first seed, and so the first story; one seed is one history (1)
  --seeds K        how many (1)
  --workers N      threads that play them (1)
  --minutes M      length of each story; without it as long as what befalls needs
  --loss RATE      adverts are lost all the time, each with this probability (0)
  --canary NAME    routers broken on purpose: ${Object.keys(CANARIES).join(', ')}
  --story FILE     play this story instead
  --shrink FILE    where the smallest story that goes wrong is written to (build/sim-SEED.json)
  --go-on          do not stop at the first story that goes wrong, and do not shrink
  --real PROGRAM   the same for real, as far as it can be done and in 40 s at most: ${Object.keys(REAL_PROGRAMS).join(' or ')} as each
                   router, in network namespaces; needs root. Prints who held what when, and which promises were broken
  --show           print each story
  --digest         print the SHA-256 of all that was journalled`;

const OPTIONS = {
  seed: { type: 'string', default: '1' },
  seeds: { type: 'string', default: '1' },
  workers: { type: 'string', default: '1' },
  minutes: { type: 'string' },
  loss: { type: 'string', default: '0' },
  canary: { type: 'string' },
  story: { type: 'string' },
  shrink: { type: 'string' },
  real: { type: 'string' },
  'go-on': { type: 'boolean', default: false },
  show: { type: 'boolean', default: false },
  digest: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function optionsOf({ minutes, loss, canary, digest }: Values) {
  return {
    minutes: minutes === undefined ? null : Number(minutes),
    loss: Number(loss),
    digest,
    ...(canary === undefined ? {} : { canary }),
  };
}

function seedsOf({ seed, seeds }: Values): readonly [first: number, count: number] {
  return [Number(seed), Number(seeds)];
}

function storyOf(file: string): Story {
  return parseStory(readFileSync(file, 'utf8'));
}

/** Without a file: those of the seeds. */
function* stories(values: Values): Generator<Story> {
  if (values.story !== undefined) {
    yield storyOf(values.story);
    return;
  }
  const [first, count] = seedsOf(values);
  for (let seed = first; seed < first + count; seed++) yield generateStory(seed, optionsOf(values));
}

async function* outcomes(values: Values): AsyncGenerator<SeedOutcome> {
  if (values.story === undefined) {
    yield* playSeeds(...seedsOf(values), optionsOf(values), Number(values.workers));
    return;
  }
  const story = storyOf(values.story);
  const options = { sabotage: sabotageOf(values.canary), digest: values.digest };
  yield { seed: story.seed, outcome: await play(story, options) };
}

function tell({ violations }: Outcome): void {
  for (const { rule, atUs, text } of violations)
    console.log(`  ${(atUs / 1e6).toFixed(6)} s  ${rule}: ${text}`);
}

async function reduce(story: Story, outcome: Outcome, values: Values): Promise<void> {
  const rule = outcome.violations[0]?.rule;
  const sabotage = sabotageOf(values.canary);
  const fails = async (candidate: Story): Promise<boolean> =>
    (await play(candidate, { sabotage })).violations.some((violation) => violation.rule === rule);
  const small = await shrink({ ...story, about: rule ?? story.about }, { fails });
  const file = values.shrink ?? `build/sim-${story.seed}.json`;
  writeFileSync(file, storyText(small));
  console.log(`${file}: ${small.routers.length} routers, ${small.acts.length} acts`);
  for (const { config, number } of small.routers) console.log(configText(config, number));
  for (const act of small.acts) console.log(JSON.stringify(act));
  tell(await play(small, { sabotage }));
}

async function runReal(values: Values, program: string): Promise<void> {
  if (!Object.hasOwn(REAL_PROGRAMS, program))
    throw new Error(`no program ${program}; there are ${Object.keys(REAL_PROGRAMS).join(', ')}`);
  for (const whole of stories(values)) {
    const { story, leftOut } = shortened(whole);
    console.log(`seed ${story.seed}, ${program}: ${story.routers.length} routers, ${story.acts.length} acts`);
    if (leftOut.length > 0) console.log(`  left out: ${leftOut.map(({ type }) => type).join(', ')}`);
    const { told, broken, nobodyMs, severalMs } = await playReal(story, program as RealProgram);
    for (const line of told) console.log(`  ${line}`);
    console.log(`  held by nobody for ${nobodyMs} ms, by several for ${severalMs} ms`);
    for (const line of broken) console.log(`  broken: ${line}`);
    if (broken.length > 0) process.exitCode = 1;
  }
}

async function run(values: Values): Promise<void> {
  const total = { stories: 0, wrong: 0, rows: 0, adverts: 0, looks: 0, routerUs: 0 };
  const begun = process.cpuUsage();
  if (values.show) for (const story of stories(values)) console.log(storyText(story));
  for await (const { seed, outcome } of outcomes(values)) {
    total.stories += 1;
    for (const key of ['rows', 'adverts', 'looks', 'routerUs'] as const) total[key] += outcome[key];
    if (outcome.digest !== null) console.log(`seed ${seed}: ${outcome.digest}`);
    if (outcome.violations.length === 0) continue;
    total.wrong += 1;
    console.log(`seed ${seed}:`);
    tell(outcome);
    process.exitCode = 1;
    if (values['go-on']) continue;
    const [story] = stories({ ...values, seed: String(seed) });
    if (story !== undefined) await reduce(story, outcome, values);
    break;
  }
  const { user, system } = process.cpuUsage(begun);
  const seconds = (user + system) / 1e6;
  const days = total.routerUs / 86_400_000_000;
  console.log(
    `${total.stories} stories, ${total.wrong} wrong; ${total.looks} looks in peace, ${total.rows} rows, ${total.adverts} adverts heard`,
  );
  const rate = ((days / seconds) * 60).toFixed(1);
  console.log(
    `${days.toFixed(2)} days of routers in ${seconds.toFixed(1)} s of one processor: ${rate} a minute`,
  );
}

const { values } = parseArgs({ options: OPTIONS });
if (values.help) console.log(USAGE);
else if (values.real !== undefined) await runReal(values, values.real);
else await run(values);
