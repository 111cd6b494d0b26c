/** Probes of every kind go through here: what breaks in one of them stays in it. */
import { EMPTY, lastValueFrom, of, throwError } from 'rxjs';
import { expect, test } from 'vitest';
import { TCP_PROBE } from '../../machines/checker/checker.fixture.ts';
import { createProber, type ProbesByKind } from './prober.ts';

const clock = { monotonicUs: () => Math.round(performance.now() * 1000), wallUs: () => Date.now() * 1000 };

const resultOf = (tcp: ProbesByKind['tcp']) =>
  lastValueFrom(createProber(clock, { ...({} as ProbesByKind), tcp })(TCP_PROBE, 0));

test('a probe is timed', async () => {
  const passed = { outcome: 'passed', code: 'L4OK', detail: '' } as const;
  const result = await resultOf(() => of(passed));
  expect(result).toMatchObject(passed);
  expect(result.durationUs).toBeGreaterThanOrEqual(0);
});

test('a probe that throws, errs or says nothing has failed, and nothing else has', async () => {
  const failed = { outcome: 'failed', code: 'INTERNAL' };
  const thrown = await resultOf(() => {
    throw new Error('no such thing');
  });
  expect(thrown).toMatchObject({ ...failed, detail: 'no such thing' });
  const erred = await resultOf(() => throwError(() => new Error('later')));
  expect(erred).toMatchObject({ ...failed, detail: 'later' });
  expect(await resultOf(() => EMPTY)).toMatchObject(failed);
});
