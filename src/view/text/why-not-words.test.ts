import { expect, it } from 'vitest';
import { guardWords, hasNotCome, wayWords } from './why-not-words.ts';

it('says what has not come, and what is left of a timer', () => {
  expect(hasNotCome('link.up', null, null)).toBe('link.up has not come');
  expect(hasNotCome('master.silent', null, { timer: 'master down', leftUs: 2_500_000 })).toBe(
    'the master falling silent (master.silent) has not come; 2.5 s are left of master down',
  );
  expect(hasNotCome('after garpDelay', 'vrrp.garpDelay', null)).toBe('timer vrrp.garpDelay does not run');
  expect(hasNotCome('after garpDelay', 'vrrp.garpDelay', { timer: '', leftUs: 4_000 })).toBe(
    'timer vrrp.garpDelay has 4 ms left',
  );
  expect(hasNotCome('constructor', null, null)).toBe('constructor has not come');
});

it('says what a guard answers and why, or that the event decides', () => {
  const saw = [
    { path: 'input.preemptDelayUs', value: 3_000_000 },
    { path: 'event.priority', value: null },
  ];
  expect(guardWords({ name: 'isBetter', passed: false, saw: [] }, false)).toBe('isBetter: no');
  expect(guardWords({ name: 'isBetter', passed: false, saw }, true)).toBe(
    "isBetter: depends on the event's priority (input.preemptDelayUs 3 s)",
  );
  const way = { source: 'a', waits: 'x has not come', refusedBy: null, overtakenBy: null };
  expect(wayWords(way)).toBe('from a: x has not come');
  expect(wayWords({ ...way, refusedBy: 'g: no' })).toBe(
    'from a: x has not come, and its guard would refuse it: g: no',
  );
});
