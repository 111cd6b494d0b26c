import { expect, it } from 'vitest';
import { remarkOnEnd } from './certificate-end.ts';

it('the end of a certificate is spoken of from so many days on', () => {
  const at = '2026-12-01T00:00:00Z';
  const dayMs = 86_400_000;
  const remark = (inMs: number, expiryWarningDays: number | null) =>
    remarkOnEnd({ at, inMs }, expiryWarningDays);
  expect(remark(7 * dayMs + 1, 7)).toBe('');
  expect(remark(7 * dayMs, 7)).toBe(`certificate ends ${at}`);
  expect(remark(-1, 7)).toBe(`certificate ended ${at}`);
  expect(remark(-1, null)).toBe('');
});
