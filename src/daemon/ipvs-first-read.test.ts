/** Whether virtual servers drive the kernel's table or only observe, when the first question about it goes wrong. */
import { expect, it } from 'vitest';
import { VirtualClock } from '../engine/virtual-clock.ts';
import type { IpvsTable } from '../protocol/ipvs/table.ts';
import { Ipvs } from './ipvs.ts';

const TABLE: IpvsTable = new Map();
const OBSERVED = expect.stringMatching(/^Virtual servers are observed only: .*has no IPVS table/);
const UNREADABLE = expect.stringMatching(/^Virtual servers are observed only until .*could not be read in 5/);
const failed = (why: string) => `IPVS: Can't initialize ipvs: ${why}`;

/** What the kernel answers, in turn, the last of it for ever: a table, none, or an error. */
async function opened(...answers: readonly (IpvsTable | null | string)[]) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const reads: number[] = [];
  let loads = 0;
  const ipvs = new Ipvs({
    ...{ notices: { notifyServer: () => {}, mailServer: () => {} }, suspend: () => {}, namespace: null },
    ...{ engine: { post: () => {} }, log: (line) => log.push(line) },
    means: {
      ...{ clock, scheduler: clock, turn: () => Promise.resolve(), later: () => {} },
      requests: { perform: () => [], ask: () => [], timeouts: () => null, close: () => {} },
      load: () => {
        loads += 1;
        return Promise.resolve();
      },
      read: () => {
        const answer = answers[Math.min(reads.length, answers.length - 1)] ?? null;
        reads.push(clock.monotonicUs() / 1000);
        return typeof answer === 'string' ? Promise.reject(new Error(answer)) : Promise.resolve(answer);
      },
    },
  });
  let isOpen = false;
  const opening = ipvs.open().then(() => {
    isOpen = true;
  });
  // A look at the table comes after 10 s: what is due before belongs to the opening.
  for (let turns = 0; !isOpen && turns < 1000; turns++) {
    await Promise.resolve();
    if (turns % 20 === 19) clock.runNext();
  }
  await opening;
  return { ipvs, clock, log, reads, told: { isDriven: ipvs.isDriven, loads, log } };
}

it('asks again when the kernel did not answer, says each reason once, and drives the table', async () => {
  const { reads, told } = await opened('ENOBUFS', 'ENOBUFS', 'EIO', TABLE);
  expect(told).toEqual({
    ...{ isDriven: true, loads: 0 },
    log: [failed('ENOBUFS'), failed('EIO'), 'IPVS: initialized at try 4'],
  });
  expect(reads).toEqual([0, 20, 60, 140]);
});

it('says once that it only observes when the kernel never answers, and asks no more', async () => {
  const { ipvs, clock, reads, told, log } = await opened('ENOBUFS');
  expect(told).toEqual({ isDriven: false, loads: 0, log: [failed('ENOBUFS'), UNREADABLE] });
  expect(reads).toEqual([0, 20, 60, 140, 300]);
  await ipvs.open();
  clock.advanceTo(60_000_000);
  expect([reads.length, log.length]).toEqual([5, 2]);
});

it('takes a kernel without IPVS at its word once the module was asked for', async () => {
  expect((await opened(null)).reads).toEqual([0, 0]);
  expect((await opened(null)).told).toEqual({ isDriven: false, loads: 1, log: [OBSERVED] });
  expect((await opened(null, TABLE)).told).toEqual({ isDriven: true, loads: 1, log: [] });
});

it('asks for the module once, also when the question after it went wrong', async () => {
  const drives = { isDriven: true, loads: 1, log: [failed('EIO'), 'IPVS: initialized at try 2'] };
  expect((await opened(null, 'EIO', TABLE)).told).toEqual(drives);
  const observes = { isDriven: false, loads: 1, log: [failed('EIO'), OBSERVED] };
  expect((await opened(null, 'EIO', null)).told).toEqual(observes);
});
