import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalReader } from '../../journal/reader.ts';
import { openJournal } from '../../journal/writer.ts';
import type { FleetTable } from '../../view/api.ts';
import { unpackFleet } from '../../view/fleet.ts';
import { moment } from '../../view/history/moment.ts';
import { RecordedAnswers } from '../../view/page/recorded/answers.ts';
import { at } from '../../view/queries.ts';
import { peacefulPair, STORY_BEGIN_US, type Story, takeOver } from '../story.fixture.ts';
import type { Witness } from '../why/model.ts';
import { chartParts } from './chart-svg.ts';
import { laneSource } from './lane-source.ts';
import { recordingOf } from './recording.ts';
import { MOST_BYTES, report } from './report.ts';
import { subjectOf, type Wanted } from './subject.ts';

const HOSTILE = '</pre><script>alert(1)</script>';
const LAST: Wanted = { name: null, actor: null, atUs: null, window: null };

let story: Story;
let witnesses: readonly Witness[];
let page: string;

/** r1 dies, r2 takes over and is stopped. r2's configuration says what no page should believe. */
beforeAll(async () => {
  const pair = peacefulPair();
  story = pair.story;
  await pair.r1.end();
  takeOver(pair);
  story.pass(1_000_000);
  pair.r2.run('sent', pair.r2, 2);
  await pair.r2.end();
  const again = openJournal({ directory: pair.r2.journal, node: 'r2', process: 'vrrp' });
  const text = `vrrp_instance VI_1 {\n  authentication {\n    auth_pass hunter2\n  }\n}\n# ${HOSTILE}\n`;
  again.define({ kind: 'config', name: 'config@1', body: { files: [{ path: '/etc/x.conf', text }] } });
  await again.close();
  witnesses = [pair.r1, pair.r2].map(({ name, journal }) => ({ name, reader: new JournalReader(journal) }));
  page = made({ ...LAST, atUs: STORY_BEGIN_US + 17_500_000 });
});

afterAll(() => {
  for (const { reader } of witnesses) reader.close();
  story.remove();
});

const made = (wanted: Wanted): string =>
  report(subjectOf(wanted, witnesses), witnesses, {
    utc: true,
    command: 'relive report',
    nowUs: STORY_BEGIN_US,
  });

/** A page is too long to be shown where a test fails. */
function expectIn(page: string, part: string): void {
  expect(page.includes(part) ? part : `nowhere: ${part}`).toBe(part);
}

const idsOf = (text: string): string[] => [...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id ?? '');

describe('a report', () => {
  it('says what relive why says, with a link to each row of the chain', () => {
    expectIn(page, '<h1>r2 took VI_1 over from r1, whose process was killed or died');
    expectIn(page, '<code id="verdict">peer-killed</code>');
    for (const title of [
      'What should have come and did not',
      'What would have prevented it',
      'What is not known',
    ])
      expectIn(page, `<h3>${title}</h3>`);
    const ids = idsOf(page);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...page.matchAll(/<li[^>]*>(?:(?!<\/li>).)*href="#([^"]+)"/g)].map(([, id]) => id ?? '');
    expect(links.filter((id) => id.startsWith('row-')).length).toBeGreaterThan(0);
    expect(links.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('draws both nodes over time, what fired, and the rows', () => {
    expect(/<title>backup\.listening[^<]*<\/title>/.exec(page)?.[0]).toBeDefined();
    expectIn(page, 'fired: protocol.backup → protocol.master: master.silent');
    expect(
      /class="state atomic active entered" data-id="protocol\.master" data-tone="good"/.exec(page)?.[0],
    ).toBeDefined();
    expect(/class="cause across"/.exec(page)?.[0]).toBeDefined();
    expect(
      /<tr id="row-7232-\d+" class="here">.*no awaited advert for 3\.609 s/.exec(page)?.[0],
    ).toBeDefined();
    expectIn(page, 'one machine, one clock');
  });

  it('lets nothing in and nothing out', () => {
    expect(page.includes('hunter2')).toBe(false);
    expect(page.includes(HOSTILE)).toBe(false);
    expectIn(page, 'auth_pass ********');
    expect(
      /content="default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+';/.exec(page)?.[0],
    ).toBeDefined();
    expect(/\s(?:style|on\w+|src)=|url\(|@import|https?:|<link|<img/.exec(page)?.[0]).toBeUndefined();
  });

  it('stays within its bound', () => {
    expect(Buffer.byteLength(page)).toBeLessThan(MOST_BYTES);
  });

  it('draws the last state of a process that just ended', async () => {
    const ended = subjectOf({ ...LAST, actor: 'vrrp/VI_1', name: 'VI_1' }, witnesses);
    expect(ended.change.kind).toBe('end');
    const text = made({ ...LAST, actor: 'vrrp/VI_1', name: 'VI_1' });
    expectIn(text, 'active: protocol.master');
    expect(text.includes(' fired"')).toBe(false);
  });

  it('carries what a server would answer, for the page that asks itself', () => {
    const subject = subjectOf({ ...LAST, atUs: STORY_BEGIN_US + 17_500_000 }, witnesses);
    const recording = recordingOf(subject, witnesses, { rows: 200, told: 80 });
    const answers = new RecordedAnswers(recording);
    const ask = (path: string, query: Record<string, string>) =>
      answers.answer(path, new URLSearchParams(query)) as Record<string, unknown>;
    const { node, actor, seq } = recording.opened;
    expect([node, actor]).toEqual(['r2', 'vrrp/VI_1']);
    const sources = witnesses.map(laneSource);
    const source = sources.find((one) => one.node === node) ?? laneSource(witnesses[0] as Witness);
    const own = recording.rows.filter((row) => row.node === node && row.actor === actor);
    expect(own.length).toBeGreaterThan(2);
    for (const row of own) {
      const asked = { actor, timeUs: row.wallUs, everybody: false };
      const time = String(row.wallUs);
      const served = moment(sources, sources, source, asked);
      expect(ask('/api/moment', { node, actor, time, everybody: '0' })).toMatchObject({
        row: { seq: served.row?.seq },
        links: served.links,
      });
    }
    const standing = (fleet: readonly FleetTable[]) =>
      fleet
        .flatMap(unpackFleet)
        .filter((view) => view.node === node && view.actor === actor)
        .map(({ seq: at, state, priority }) => ({ seq: at, state, priority }));
    const changeUs = own.find((row) => row.seq === seq)?.wallUs ?? 0;
    for (const timeUs of [changeUs - 1, changeUs, changeUs + 1_000_000]) {
      const carried = standing(ask('/api/at', { time: String(timeUs) }).fleet as FleetTable[]);
      expect(carried).toHaveLength(1);
      expect(carried).toEqual(standing(at(sources, timeUs).fleet));
    }
    expect(ask('/api/why', { node, actor, seq: String(seq) }).sentence).toMatch(/^r2 took VI_1 over/);
    expect(JSON.stringify(recording).includes('hunter2')).toBe(false);
  });

  it('says so where this build does not have the chart', () => {
    expect(chartParts({ machine: 'vrrp@0', state: 'x' })).toBeNull();
  });
});
