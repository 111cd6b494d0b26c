/** What the page draws and explains, on journals that the real engine wrote. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changedRow, startRow, temporaryDirectory } from '../../src/journal/journal.fixture.ts';
import { openJournal } from '../../src/journal/writer.ts';
import { createExplainer } from '../../src/relive/page/explainer.ts';
import { INSTANCE, startTwoRouters, type TwoRouters } from '../../src/view/two-routers.fixture.ts';
import { Shown } from './shown.ts';

const S = 1_000_000;
const DEADLINE = { timeout: 10_000 };

/** A router of another version: its machine is in the journal alone. */
async function writeForeign(directory: string): Promise<void> {
  const journal = openJournal({ directory, node: 'old', process: 'vrrp' });
  const body = {
    id: 'vrrp',
    initial: 'asleep',
    states: { asleep: { on: { wake: { target: 'awake', guard: 'isRested' } } }, awake: {} },
  };
  journal.define({ kind: 'machine', name: 'vrrp@0', body });
  const own = { actor: 'vrrp/OLD', machine: 'vrrp@0' };
  journal.row({ ...startRow(1), ...own, state: 'asleep' });
  journal.row({ ...changedRow(2), ...own, event: { type: 'wake' }, state: 'awake' });
  journal.row({ ...changedRow(3), ...own, event: { type: 'dream' }, state: { awake: 'walking' } });
  await journal.close();
}

describe('charts on the page', { timeout: 60_000 }, () => {
  const scratch = temporaryDirectory();
  let routers: TwoRouters;
  let view: Shown;

  beforeAll(async () => {
    // Their present is that of the page: the take-over has just happened, and a timer still runs.
    routers = startTwoRouters(Date.now() * 1_000 - 34 * S);
    routers.clock.advanceBy(30 * S);
    routers.r1.setLink(false);
    routers.clock.advanceBy(4 * S);
    await routers.flush();
    const foreign = join(scratch.path, 'old');
    await writeForeign(foreign);
    view = await Shown.over([...routers.directories, foreign], { explainer: createExplainer() });
  });
  afterAll(async () => {
    await view?.close();
    await routers?.close();
    scratch.remove();
  });

  it('draws a machine of another version as its journal defines it', async () => {
    const { page: shown, complaints } = await view.browser.open(
      `${view.view.url}#node=old&actor=vrrp/OLD&seq=2`,
    );
    const lit = shown.locator('#chart .state.active[data-id="awake"]');
    await expect.poll(() => lit.count(), DEADLINE).toBe(1);
    expect(await shown.locator('#chart .label.fired').allTextContents()).toEqual([
      expect.stringContaining('wake [isRested] \u2192 awake'),
    ]);
    expect(await shown.locator('#chart-note').textContent()).toContain('no drawing of vrrp@0');
    // A state that only a row knows.
    await shown.keyboard.press('j');
    const walking = shown.locator('#chart .state.active[data-id="awake.walking"]');
    await expect.poll(() => walking.count(), DEADLINE).toBe(1);
    expect(complaints).toEqual([]);
    await shown.close();
  });

  it('says why a router took over, in words, on the chart, and back to the cause on the other router', async () => {
    const { page: shown, complaints } = await view.browser.open(
      `${view.view.url}#node=r2&actor=${INSTANCE}&seq=6`,
    );
    const verdict = shown.locator('.explanation .verdict');
    await expect
      .poll(() => verdict.textContent(), DEADLINE)
      .toBe('r2 took VI_1 over from r1, whose link went down.');
    expect(await shown.locator('#chart .edge.why').count()).toBeGreaterThan(0);
    expect(await shown.locator('.step .no').first().textContent()).toContain(
      'mustAgree: no input.group null',
    );
    const refused = shown.locator('#chart .label.refused');
    expect(await refused.getAttribute('data-id')).toBe('protocol.backup:master.silent:0');
    await shown.locator('.chain .root .jump').click();
    await expect.poll(() => shown.locator('#panel').getAttribute('data-node'), DEADLINE).toBe('r1');
    expect(await shown.locator('#panel h2').textContent()).toBe('The link went down');
    expect(complaints).toEqual([]);
    await shown.close();
  });

  it('shows what is left of the timers at a moment, and how it shrinks', async () => {
    const { page: shown } = await view.browser.open(`${view.view.url}#node=r2&actor=${INSTANCE}&seq=7`);
    const arc = shown.locator('#chart .timers [data-timer="vrrp.garpDelay"]');
    await expect.poll(() => arc.textContent(), DEADLINE).toBe('5 s');
    expect(await arc.getAttribute('data-edges')).toBe('garp.announced:after garpDelay:0');
    expect(await arc.locator('.left-over').getAttribute('stroke-dasharray')).toBe('100.0 100');
    expect(await shown.locator('.running').textContent()).toContain('5 s left of 5 s');
    // While it is live it shrinks, though no row comes.
    await shown.keyboard.press('l');
    await expect.poll(() => arc.textContent(), DEADLINE).toBe('due');
    expect(await shown.locator('.running').textContent()).toContain('due after 5 s');
    await shown.close();
  });

  it('says why not of a state that is clicked, or found by keys and asked about', async () => {
    const { page: shown, complaints } = await view.browser.open(
      `${view.view.url}#node=r2&actor=${INSTANCE}&seq=5`,
    );
    const state = (id: string) => shown.locator(`#chart .state[data-id="${id}"]`);
    await state('protocol.master').locator('> .title').click();
    const answer = shown.locator('.why-not .verdict');
    await expect.poll(() => answer.textContent(), DEADLINE).toMatch(/is not master of VI_1: it follows r1/);
    expect(await state('protocol.master').getAttribute('class')).toContain('asked');
    expect(await shown.locator('#chart .edge.way').count()).toBe(3);
    expect(await shown.locator('#chart .label.shut').getAttribute('data-id')).toBe(
      'protocol.backup:hold.ended:0',
    );
    await shown.keyboard.press('Escape');
    expect(await answer.count()).toBe(0);
    // One stop of the tab key, arrows from there.
    expect(await shown.locator('#chart [tabindex="0"]').count()).toBe(1);
    await state('protocol.backup.listening').focus();
    await shown.keyboard.press('ArrowRight');
    const focused = (): Promise<string | null> =>
      shown.locator('#chart .state:focus').getAttribute('data-id');
    expect(await focused()).toBe('protocol.master');
    expect(await state('protocol.master').getAttribute('aria-pressed')).toBe('false');
    expect(await state('protocol.master').getAttribute('aria-description')).toBe('protocol.master');
    await shown.keyboard.press('Enter');
    await expect.poll(() => answer.count(), DEADLINE).toBe(1);
    expect(await shown.locator('#chart').getAttribute('aria-label')).toContain('active: backup');
    expect(await shown.locator('#chart-text').textContent()).toMatch(
      /^Advert from .*: active: backup, backup\.listening/,
    );
    // A region from near, and the whole again.
    const scale = async (): Promise<number> =>
      Number(
        /scale\(([\d.]+)\)/.exec((await shown.locator('#chart > g').getAttribute('transform')) ?? '')?.[1],
      );
    const whole = await scale();
    await shown.keyboard.press('z');
    expect(await scale()).toBeGreaterThan(whole * 1.5);
    await shown.keyboard.press('z');
    expect(await scale()).toBe(whole);
    expect(complaints).toEqual([]);
    await shown.close();
  });
});
