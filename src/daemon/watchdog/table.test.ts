import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { watchdogTable } from './table.ts';

it('the table that the watchdog runs is made of its chart', () => {
  const file = new URL('../../../native/starter/watchdog-table.h', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(watchdogTable());
});
