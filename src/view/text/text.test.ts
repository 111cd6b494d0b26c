import { describe, expect, it } from 'vitest';
import { formatPositions, parsePositions } from '../api.ts';
import { summarizeState } from '../chart/active.ts';
import { axisStepUs, formatClock, formatDuration, formatMark } from './time-format.ts';
import { toneOf } from './tone.ts';
import { describeEffect, describeEvent } from './words.ts';

describe('durations and times', () => {
  it('are as exact as a person needs', () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, '0 us'],
      [999, '999 us'],
      [1_500, '1.5 ms'],
      [361_200, '361 ms'],
      [3_609_375, '3.609 s'],
      [59_940_000, '59.9 s'],
      [125_000_000, '2 min 5 s'],
      [12_000_000_000, '3 h 20 min'],
      [187_200_000_000, '2 d 4 h'],
    ];
    for (const [us, text] of cases) expect(formatDuration(us)).toBe(text);
    expect(formatClock(1_700_000_000_123_456, 6)).toMatch(/^\d\d:\d\d:\d\d\.123456$/);
    expect(formatClock(1_700_000_000_123_456)).toMatch(/^\d\d:\d\d:\d\d$/);
  });

  it('mark an axis without crowding it, whatever its span', () => {
    for (let spanUs = 100; spanUs < 400 * 86_400e6; spanUs *= 1.7) {
      const step = axisStepUs(spanUs, 12);
      expect(spanUs / step, `span ${spanUs}`).toBeLessThanOrEqual(12);
      expect(formatMark(1_700_000_000_000_000, step).length, `step ${step}`).toBeLessThanOrEqual(15);
    }
  });
});

describe('words', () => {
  it('tell events and effects as sentences, and unknown ones by name', () => {
    const silent = {
      type: 'master.silent',
      silentUs: 3_609_375,
      allowedUs: 3_609_375,
      missedAdverts: 1,
      lateUs: 0,
    };
    expect(describeEvent(silent)).toBe('No advert for 3.609 s (1 advert missed)');
    expect(describeEvent({ type: 'advert.received', source: '10.0.0.1', priority: 0 })).toBe(
      '10.0.0.1 resigned (priority 0)',
    );
    expect(describeEvent({ type: 'something.new', x: 1 })).toBe('something.new');
    expect(describeEvent({ type: 'constructor' })).toBe('constructor');
    const addresses = [1, 2, 3, 4, 5].map((last) => ({
      address: `10.0.0.${last}`,
      prefixLength: 24,
      interface: 'e',
    }));
    expect(describeEffect({ type: 'addVips', params: { addresses } })).toBe(
      'add 10.0.0.1, 10.0.0.2, 10.0.0.3 and 2 more',
    );
    const objects = { addresses: addresses.slice(0, 1), routes: [{}], rules: [{}, {}] };
    expect(describeEffect({ type: 'removeVips', params: objects })).toBe(
      'remove 10.0.0.1 and 1 route and 2 rules',
    );
    expect(describeEffect({ type: 'toString', params: {} })).toBe('');
  });

  it('name a state by what an operator calls it', () => {
    expect(summarizeState({ protocol: { backup: 'listening' }, addresses: 'absent', garp: 'idle' })).toEqual({
      main: 'backup',
      details: ['backup.listening', 'addresses absent', 'garp idle'],
    });
    expect(summarizeState('up')).toEqual({ main: 'up', details: [] });
    expect(summarizeState({ passing: 'steady' })).toEqual({ main: 'passing', details: ['passing.steady'] });
    expect(summarizeState({ followed: 'failing' }).main).toBe('failing');
    expect(summarizeState({ table: 'applied', quorum: 'down', checks: 'running' }).main).toBe('down');
    expect(summarizeState(null)).toEqual({ main: '', details: [] });
    expect(toneOf('protocol.backup.listening')).toBe('calm');
    expect(toneOf('addresses.stuck')).toBe('warn');
    expect(toneOf('garp.idle')).toBe('accent');
  });
});

describe('positions of a live stream', () => {
  it('survive any node name', () => {
    const positions = new Map([
      ['r1', 12],
      ['a:b,c d%', 0],
      ['node (2)', 900_719_925_474],
    ]);
    expect(parsePositions(formatPositions(positions))).toEqual(positions);
    for (const text of ['r1', 'r1:', 'r1:x', ':3', 'r1:1,,r2:2', '%:1', `r1:${'9'.repeat(16)}`]) {
      expect(parsePositions(text), text).toBeNull();
    }
  });
});
