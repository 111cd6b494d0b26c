/** What keepalived_check.data says of checks that have failed, of searches and of inhibited servers. */
import { expect, it } from 'vitest';
import { checkActors } from '../../config/actors/checks.ts';
import { read } from '../../config/config.fixture.ts';
import { allAtOnce } from '../../config/steps.ts';
import type { ActorView } from '../../engine/engine.ts';
import { type CheckFacts, healthLines, topologyLines } from './data-check.ts';

const url = (options = '') => `url {\npath /\nstatus_code 200\nregex "OK"\n${options}\n}\n`;

function server(reals: string, globals = ''): string {
  return `global_defs {\n${globals}\n}\nvirtual_server 192.0.2.1 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  sorry_server 192.0.2.9 80
  ${reals}
}\n`;
}

/** `states`: by actor, in place of those that all are well. */
function facts(text: string, states: Readonly<Record<string, unknown>> = {}, isReloaded = false): CheckFacts {
  const { config, diagnostics } = read(text);
  if (config === null) throw new Error(JSON.stringify(diagnostics));
  const actors = new Map(allAtOnce(checkActors(config)).map((actor) => [actor.id, actor]));
  const observe = (id: string): ActorView | null => {
    const actor = actors.get(id);
    if (actor === undefined) return null;
    const own = {
      retriesUsed: 0,
      last: null,
      failed: [],
      weightWords: {},
      duty: 'ready',
      agents: {},
      ordered: null,
    };
    const state = states[id] ?? (id.startsWith('real/') ? 'up' : { quorum: 'up' });
    return {
      ...{ actor: id, machine: '', state: state as ActorView['state'], crashed: false },
      context: { ...own, input: actor.input } as unknown as ActorView['context'],
    };
  };
  return {
    ...{ tree: config.tree, observe, isDriven: true, isReloaded, fileValue: () => 0 },
    ...{ identify: () => null, probes: () => null },
  };
}

const grep = (lines: readonly string[], label: string) =>
  lines.filter((line) => line.includes(label)).map((line) => line.trim());

it('a page that has failed leaves the count where it ended, any other check none', () => {
  const text = server(
    `real_server 192.0.2.2 80 {\nHTTP_GET {\n${url()}retry 3\n}\nTCP_CHECK {\nretry 3\n}\n}`,
  );
  const id = 'checker/[192.0.2.1]:tcp:80/[192.0.2.2]:tcp:80';
  const iterations = (states: Readonly<Record<string, unknown>>) =>
    grep(healthLines(facts(text, states)), 'Retries iterations').map((line) => Number(line.split(' = ')[1]));
  expect(iterations({})).toEqual([0, 0]);
  expect(iterations({ [`${id}/1`]: 'failing', [`${id}/2`]: 'failing' })).toEqual([4, 0]);
});

it('a check logs all failures by itself, or not', () => {
  const checks =
    'real_server 192.0.2.2 80 {\nTCP_CHECK {\nlog_all_failures\n}\nTCP_CHECK {\nconnect_port 1\n}\n}';
  const said = (globals: string) => grep(healthLines(facts(server(checks, globals))), 'Log all failures');
  expect(said('')).toEqual(['Log all failures = yes', 'Log all failures = no']);
  expect(said('checker_log_all_failures').at(-1)).toBe('Log all failures = no');
});

it('equal searches are one, and counted', () => {
  const urls = `${url()}${url()}${url('regex_options caseless')}`;
  const lines = healthLines(facts(server(`real_server 192.0.2.2 80 {\nHTTP_GET {\n${urls}}\n}`)));
  expect(grep(lines, 'Regex ref count')).toEqual([2, 2, 1].map((count) => `Regex ref count = ${count}`));
});

it('an inhibited server stands in the table in any case, others while they serve', () => {
  const text = server(
    'real_server 192.0.2.2 80 {\ninhibit_on_failure\n}\nreal_server 192.0.2.3 80 {\n}\nreal_server 192.0.2.4 80 {\n}',
  );
  const real = (last: number) => `real/[192.0.2.1]:tcp:80/[192.0.2.${last}]:tcp:80`;
  const virtual = 'virtual/[192.0.2.1]:tcp:80';
  const set = (states: Readonly<Record<string, unknown>>) =>
    grep(topologyLines(facts(text, states)), 'RS set').map((line) => Number(line.slice(-1)));
  expect(set({ [real(2)]: 'down', [real(3)]: 'down' })).toEqual([1, 0, 1]);
  expect(set({ [real(2)]: 'down', [virtual]: { quorum: 'down' } })).toEqual([1, 0, 0]);
});

it('the weight before is that of the last reload', () => {
  const text = server('real_server 192.0.2.2 80 {\nweight 7\n}');
  const said = (isReloaded: boolean) => grep(topologyLines(facts(text, {}, isReloaded)), 'previous');
  expect(said(false)).toEqual(['previous effective_weight = 0']);
  expect(said(true)).toEqual(['previous effective_weight = 7']);
});
