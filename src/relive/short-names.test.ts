import { describe, expect, it } from 'vitest';
import { didYouMean, nearNames, resolveName } from './short-names.ts';

const NAMES = ['log', 'at', 'why', 'verify', 'view', 'status', 'step', 'stat'];

describe('short names', () => {
  it('stand for the only name that begins so', () => {
    expect(resolveName('l', NAMES)).toEqual({ kind: 'found', name: 'log' });
    expect(resolveName('ver', NAMES)).toEqual({ kind: 'found', name: 'verify' });
  });

  it('give way to a whole name', () => {
    expect(resolveName('stat', NAMES)).toEqual({ kind: 'found', name: 'stat' });
  });

  it('are refused with the candidates where there are several', () => {
    expect(resolveName('v', NAMES)).toEqual({ kind: 'ambiguous', candidates: ['verify', 'view'] });
    expect(resolveName('', NAMES)).toMatchObject({ kind: 'unknown' });
  });

  it('are told what may have been meant', () => {
    expect(resolveName('lgo', NAMES)).toEqual({ kind: 'unknown', near: ['log'] });
    expect(resolveName('vrify', NAMES)).toEqual({ kind: 'unknown', near: ['verify'] });
    expect(resolveName('frobnicate', NAMES)).toEqual({ kind: 'unknown', near: [] });
    expect(nearNames('VI_2', ['VI_1', 'VI_10', 'VI_3'])).toEqual(['VI_1', 'VI_3']);
    expect(didYouMean(['log', 'at'])).toBe(' (did you mean log or at?)');
    expect(didYouMean([])).toBe('');
  });
});
