/** What scripts, FIFOs and mail hear of one story, beside Debian's keepalived. */
import { beforeAll, describe, expect, it } from 'vitest';
import { keepalived, relived } from '../../src/lab/routers.ts';
import { type Heard, noticeStory } from '../harness/notice-story.ts';

/** Sync groups are told of as well. */
const GROUPED = true;

let ours: Heard;
let theirs: Heard;

beforeAll(async () => {
  [ours, theirs] = await Promise.all([noticeStory(relived, GROUPED), noticeStory(keepalived, GROUPED)]);
}, 90_000);

/** Whom a line of the FIFO is about: the order between instances that know nothing of each other is chance. */
function byScope(fifo: string): ReadonlyMap<string, readonly string[]> {
  const scopes = new Map<string, string[]>();
  for (const line of fifo.split('\n').filter((one) => one !== '')) {
    const [scope = '', name = ''] = line.split(' ');
    scopes.set(`${scope} ${name}`, [...(scopes.get(`${scope} ${name}`) ?? []), line]);
  }
  return scopes;
}

/** Runs of one script for one scope; scripts run at the same time, so only their sum is certain. */
const sorted = (lines: readonly string[]): string[] => [...lines].sort();

/** keepalived 2.2.7 does not fold its list of recipients yet (RFC 5322 section 2.2.3). */
const comparable = ({ text }: Heard['mails'][number]): string =>
  text.replace(/^Date: .*\r\n/, '').replaceAll('\r\n ', ' ');

/** What the log says of an instance, from its first role on, without the bursts that a clock sends. */
function told(log: string, name: string): readonly string[] {
  const lines = log.split('\n').filter((line) => line.includes(`(${name}) `));
  const texts = lines.map((line) => line.replace(/^.* \d{4}: /, ''));
  // 2.2.7 does not log the resignation of a member whose group has a fault; 2.4.3 sends it.
  const said = texts.filter((text) => !/gratuitous|timer expired|sent 0 priority/.test(text));
  return said.slice(said.findIndex((text) => text.includes('Entering')));
}

describe('one story', () => {
  it('gives the same lines of the FIFO for each instance and group, byte by byte', () => {
    expect(byScope(ours.fifo)).toEqual(byScope(theirs.fifo));
    const states = 'BACKUP MASTER MASTER_RX_LOWER_PRI BACKUP MASTER FAULT BACKUP MASTER STOP'.split(' ');
    expect(byScope(ours.fifo).get('INSTANCE "VI_3"')).toEqual(
      states.map((state) => `INSTANCE "VI_3" ${state} 100`),
    );
    if (GROUPED) expect(byScope(ours.fifo).get('GROUP "G1"')?.at(-1)).toBe('GROUP "G1" STOP 0');
  });

  it('ends with STOP of the instances, then of the groups', () => {
    const stops = ['VI_1', 'VI_2', 'VI_3'].map((name) => `INSTANCE "${name}" STOP 100`);
    const last = [...stops, ...(GROUPED ? ['GROUP "G1" STOP 0'] : [])];
    for (const { fifo } of [ours, theirs]) {
      expect(fifo.trimEnd().split('\n').slice(-last.length)).toEqual(last);
    }
  });

  it('runs the same scripts with the same arguments', () => {
    expect(sorted(ours.scripts)).toEqual(sorted(theirs.scripts));
    expect(ours.scripts).toContain('specific [VI_3] [master_rx_lower_pri]');
    expect(ours.scripts).toContain('generic [own] [INSTANCE] [VI_3] [FAULT] [100]');
    if (GROUPED) expect(ours.scripts).toContain('generic [GROUP] [G1] [STOP] [0]');
  });

  it('sends the same mails to the same recipients', () => {
    const [living, ending] = [false, true].map((end) =>
      ours.mails.map(comparable).filter((text) => text.includes('Stopping') === end),
    );
    expect(sorted(living ?? [])).toEqual(sorted(theirs.mails.map(comparable)));
    // keepalived ends before its mails about the end have left.
    expect(ending).toHaveLength(GROUPED ? 4 : 3);
    const envelopes = (heard: Heard) =>
      new Set(heard.mails.map(({ text: _, ...rest }) => JSON.stringify(rest)));
    expect(envelopes(ours)).toEqual(envelopes(theirs));
    expect([...envelopes(ours)]).toHaveLength(1);
  });

  it('logs the same lines about each instance', () => {
    for (const name of ['VI_1', 'VI_2', 'VI_3']) {
      expect(told(ours.log, name), ours.log).toEqual(told(theirs.log, name));
    }
    for (const state of ['down', 'up']) {
      const reports = (log: string) => log.split(`Netlink reports eth0 ${state}`).length - 1;
      expect([reports(ours.log), reports(theirs.log)]).toEqual([1, 1]);
    }
  });

  it('leaves no FIFO behind', () => {
    expect(ours.left.filter((name) => name.endsWith('fifo'))).toEqual([]);
  });
});
