/** How often a drift that stays is told. */
import { expect, it } from 'vitest';
import { afterLook, type ToldDrift } from './virtual-server.reminder.ts';

/** Which of these looks tell; null: it found nothing. */
function telling(...found: readonly (string | null)[]): readonly number[] {
  let told: ToldDrift | null = null;
  return found.flatMap((text, look) => {
    told = text === null ? null : afterLook(told, text);
    return told?.looksAgo === 0 ? [look] : [];
  });
}

it('tells of what stays after 1, 2, 4 looks and so on, and at last after 64', () => {
  const looks = Array<string>(400).fill('missing');
  expect(telling(...looks)).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 191, 255, 319, 383]);
});

it('tells at once of what is another, and of that as of something new', () => {
  const [a, b] = ['missing', 'changed'];
  expect(telling(a, a, a, a, a, b, b, b, b)).toEqual([0, 1, 3, 5, 6, 8]);
  expect(telling(a, b, a, b)).toEqual([0, 1, 2, 3]);
});

it('begins anew when it was gone for a look', () => {
  expect(telling('missing', 'missing', 'missing', null, 'missing', 'missing')).toEqual([0, 1, 4, 5]);
});
