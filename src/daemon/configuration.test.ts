/** What is left of the keeper of IPVS with the options that leave out a part of the program. */
import { expect, it } from 'vitest';
import type { Configured } from '../config/reload.ts';
import type { IpvsInput } from '../machines/ipvs/ipvs.input.ts';
import { partsOf } from './configuration.ts';

const ALL = { withoutVrrp: false, withoutBfd: false, withoutCheckers: false, dontReleaseIpvs: false };
const daemon = { interface: 'eth0', syncId: 51 };

function left(instance: string | null, without: Partial<typeof ALL>): readonly (IpvsInput | undefined)[] {
  const input: IpvsInput = {
    ...{ flushesAtStart: true, flushesAtStop: true },
    timeouts: { tcpSeconds: 1, tcpFinSeconds: 2, udpSeconds: 3 },
    sync: { daemon, instance },
  };
  const actor: Configured = { id: 'ipvs/table', identity: 'ipvs', input: { ...input } };
  return partsOf(actor, { ...ALL, ...without }).map((part) => part.input as IpvsInput);
}

it('synchronises connections as its instance says also without virtual servers, and does nothing else', () => {
  const [part] = left('VI_1', { withoutCheckers: true });
  expect(part).toEqual({
    ...{ flushesAtStart: false, flushesAtStop: false, timeouts: null },
    sync: { daemon, instance: 'VI_1' },
  });
  expect(left(null, { withoutCheckers: true })).toEqual([]);
});

it('synchronises nothing without the instance that decides', () => {
  expect(left('VI_1', { withoutVrrp: true })).toMatchObject([{ flushesAtStart: true, sync: null }]);
  expect(left(null, { withoutVrrp: true })).toMatchObject([{ sync: { instance: null } }]);
  expect(left('VI_1', {})).toMatchObject([{ flushesAtStart: true, sync: { instance: 'VI_1' } }]);
});

it('leaves the table at the end if it is told to, and says nothing of that', () => {
  expect(left(null, { dontReleaseIpvs: true })).toMatchObject([
    { flushesAtStart: true, flushesAtStop: false },
  ]);
  const of = (kind: string): object | undefined => {
    const actor = { id: `${kind}/x`, identity: '', input: { notifiesStop: true } };
    return partsOf(actor, { ...ALL, dontReleaseIpvs: true })[0]?.input;
  };
  expect(of('real')).toEqual({ notifiesStop: false });
  expect(of('virtual')).toEqual({ notifiesStop: false, leavesTableAtStop: true });
  expect(of('checker')).toEqual({ notifiesStop: true });
});
