/** A story of the simulator in network namespaces, with keepalived and with relived as its routers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { playReal, REAL_PROGRAMS, type RealProgram } from '../sim/real/real-play.ts';
import { shortened } from '../sim/real/short-story.ts';
import { parseStory } from '../sim/story/model.ts';

const FIXTURE = join(import.meta.dirname, '../sim/fixtures/power-off-of-the-master.json');
const TIMEOUT_MS = 120_000;

it.each(Object.keys(REAL_PROGRAMS) as RealProgram[])(
  'is played by %s, which keeps the promises',
  async (program) => {
    const { story, leftOut } = shortened(parseStory(readFileSync(FIXTURE, 'utf8')));
    expect(leftOut).toEqual([]);
    const { told, broken } = await playReal(story, program);
    expect(broken).toEqual([]);
    const steps = told.map((line) => line.replace(/^.* s {2}/, '')).map((step) => step.split(' {')[0]);
    // The master, its successor, the master again; each by itself while they are parted.
    const marks = [
      'powerOff',
      'r2 holds 10.0.51.100',
      'r1 holds 10.0.51.100',
      'part',
      'r2 holds 10.0.51.100',
      'part is over',
    ];
    let at = steps.indexOf('r1 holds 10.0.51.100');
    expect(at, told.join('\n')).toBeGreaterThanOrEqual(0);
    for (const mark of marks) {
      at = steps.indexOf(mark, at + 1);
      expect(at, `${mark} in\n${told.join('\n')}`).toBeGreaterThan(0);
    }
  },
  TIMEOUT_MS,
);
