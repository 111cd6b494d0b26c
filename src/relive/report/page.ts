/** A report as one file of HTML that asks for nothing and runs from anywhere. */
import { createHash } from 'node:crypto';
import { markup, escapeMarkup as text } from '../../view/chart/shape.ts';
import { formatClock, formatWall } from '../time.ts';
import type { Step } from '../why/model.ts';
import { actorName, changeInWords, effectsInWords, eventInWords } from '../words.ts';
import type { ChartPart } from './chart-svg.ts';
import type { ConfigurationInForce } from './configuration.ts';
import type { ReportRow, ReportRows } from './rows.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import type { Subject } from './subject.ts';
import { timelineSvg } from './timeline-svg.ts';

export interface ReportContent {
  readonly subject: Subject;
  /** Null: this build does not have the chart. */
  readonly charts: readonly ChartPart[] | null;
  readonly chartOf: string;
  readonly rows: ReportRows;
  readonly configurations: readonly { readonly node: string; readonly configuration: ConfigurationInForce }[];
  readonly clocks: readonly string[];
  /** What it was made of, and with what: pairs of a term and its meaning. */
  readonly made: readonly (readonly [string, string])[];
  readonly utc: boolean;
  /** How much goes in, where everything would be too large. */
  readonly depth: Depth;
}

export interface Depth {
  readonly details: boolean;
  readonly quietRegions: boolean;
}

const hash = (source: string): string => `'sha256-${createHash('sha256').update(source).digest('base64')}'`;

export function reportPage(content: ReportContent): string {
  const { explanation } = content.subject;
  const policy = `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`;
  const sections = [
    story(content),
    timelineSection(content),
    chartSection(content),
    rowsSection(content),
    configurationSection(content),
    madeSection(content),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${text(explanation.sentence)}</title><style>${STYLE}</style></head>
<body>${header(content)}<main>${sections.join('\n')}</main><script>${SCRIPT}</script></body></html>
`;
}

function header({ subject, utc }: ReportContent): string {
  const { sentence, wallUs, verdict, node, actor } = subject.explanation;
  const links = ['story', 'timeline', 'chart', 'rows', 'configuration', 'made'];
  const titles = [
    'How it came about',
    'Timeline',
    'Statechart',
    'Rows',
    'Configuration',
    'How this was made',
  ];
  const nav = links.map((id, index) => `<li><a href="#${id}">${titles[index]}</a></li>`).join('');
  return `<header><h1>${text(sentence)}.</h1>
<p class="when"><time datetime="${new Date(wallUs / 1000).toISOString()}">${text(formatWall(wallUs, utc))}</time>,
${text(actorName(actor))} on ${text(node)}, verdict <code id="verdict">${text(verdict)}</code></p>
<nav aria-label="Parts of the report"><ul>${nav}<li><button id="unfold" type="button" hidden>Open everything</button></li></ul></nav></header>`;
}

function section(id: string, title: string, body: string): string {
  return `<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`;
}

function list(title: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  return `<h3>${title}</h3><ul>${items.map((item) => `<li>${text(item)}</li>`).join('')}</ul>`;
}

function story(content: ReportContent): string {
  const { chain, missing, prevention, unknown } = content.subject.explanation;
  const body = [
    `<ol class="chain">${chain.map((step) => stepItem(step, content)).join('')}</ol>`,
    list('What should have come and did not', missing),
    list('What would have prevented it', prevention),
    list('What is not known', unknown),
  ];
  return section('story', 'How it came about', body.join(''));
}

function stepItem({ node, seq, wallUs, text: words, isRoot }: Step, { rows, utc }: ReportContent): string {
  const time = wallUs === null ? '' : text(formatClock(wallUs, utc));
  const isShown = rows.rows.some((one) => one.witness.name === node && one.row.seq === seq);
  const place = seq === null ? text(node) : `${text(node)} @${seq}`;
  const where = isShown ? `<a href="#${rowId(node, seq ?? 0)}">${place}</a>` : `<span>${place}</span>`;
  return `<li${isRoot ? ' class="root"' : ''}><span class="when">${time}</span>${where}<span class="text">${text(words)}</span></li>`;
}

/** Names of nodes may hold anything. */
const rowId = (node: string, seq: number): string => `row-${Buffer.from(node).toString('hex')}-${seq}`;

function timelineSection({ subject, utc }: ReportContent): string {
  const caption = `States as bars; below them a tick for each row, tall and coloured where it came from outside; arrows lead from a
cause to what it brought about; the dashed line is the change itself. Times are those of each node's own clock.`;
  const figure = `<figure><div class="scroll" tabindex="0" role="region" aria-label="Timeline">${markup(timelineSvg(subject, utc))}</div>
<figcaption>${caption}</figcaption></figure>`;
  return section('timeline', 'Timeline', figure);
}

function chartSection({ charts, chartOf, depth }: ReportContent): string {
  if (charts === null)
    return section(
      'chart',
      'Statechart',
      `<p>This build of relive does not have the chart of ${text(chartOf)}.</p>`,
    );
  const told = charts.filter(
    ({ name, fired }, index) => index === 0 || name === 'protocol' || fired.length > 0,
  );
  const quiet = charts.filter((part) => !told.includes(part));
  const states = quiet.map(
    ({ name, active }) => `${name}: ${active.map((id) => id.slice(name.length + 1)).join(', ')}`,
  );
  const rest =
    quiet.length === 0
      ? ''
      : `<details><summary>${quiet.length} regions in which nothing happened (${text(states.join('; '))})</summary>${depth.quietRegions ? quiet.map(chartFigure).join('') : ''}</details>`;
  const about = `<p class="hint">The regions of ${text(chartOf)} in which something happened: filled states are active, dashed ones were left,
the marked transition fired.</p>`;
  return section('chart', 'Statechart', about + told.map(chartFigure).join('') + rest);
}

function chartFigure({ name, fired, active, svg }: ChartPart): string {
  const says = fired.length > 0 ? `fired: ${fired.join('; ')}` : `active: ${active.join(', ')}`;
  return `<figure><h3>${text(name)}</h3><div class="scroll" tabindex="0" role="region" aria-label="Chart of ${text(name)}">${markup(svg)}</div>
<figcaption>${text(says)}</figcaption></figure>`;
}

function rowsSection(content: ReportContent): string {
  const { rows, leftOut, others } = content.rows;
  const said = [
    leftOut > 0 ? `${leftOut} rows of the same actors farther from the change are left out.` : '',
    others > 0 ? `${others} rows of other actors in the same time are not shown.` : '',
  ].join(' ');
  const head = ['time', 'node', 'row', 'cause', 'who', 'what happened', 'state', 'effects'];
  const cells = head.map((title) => `<th scope="col">${title}</th>`).join('');
  const table = `<table><caption class="hint">${text(said)}</caption><thead><tr>${cells}</tr></thead><tbody>
${rows.map((row) => rowLine(row, content)).join('\n')}</tbody></table>`;
  const body = `<div class="scroll" tabindex="0" role="region" aria-label="Rows">${table}</div>`;
  return section('rows', 'The rows around it', body);
}

function rowLine({ witness, row, before }: ReportRow, { subject, utc, depth }: ReportContent): string {
  const { seq, cause, actor, event, state, effects, kind, delta, wallUs } = row;
  const isSubject = subject.explanation.node === witness.name && subject.explanation.seq === seq;
  const change =
    kind === 'note'
      ? ''
      : kind === 'crash'
        ? `crashed: ${String(delta.error)}`
        : changeInWords(before, state);
  // A start has its whole context: thousands of letters that the configuration says better.
  const more = kind === 'start' || !depth.details ? '' : details({ event, effects, delta });
  const cells = [
    `<td class="t">${text(formatClock(wallUs, utc))}</td><td>${text(witness.name)}</td>`,
    `<td><a href="#${rowId(witness.name, seq)}">@${seq}</a></td>`,
    `<td>${cause === null ? 'outside' : `<a href="#${rowId(witness.name, cause)}">@${cause}</a>`}</td>`,
    `<td>${text(actorName(actor))}</td><td>${text(eventInWords(event))}${more}</td>`,
    `<td>${text(change)}</td><td>${text(effectsInWords(effects))}</td>`,
  ];
  return `<tr id="${rowId(witness.name, seq)}"${isSubject ? ' class="here"' : ''}>${cells.join('')}</tr>`;
}

function details(data: object): string {
  return `<details><summary>data</summary><pre>${text(JSON.stringify(data, null, 1))}</pre></details>`;
}

function configurationSection({ configurations }: ReportContent): string {
  const nodes = configurations.map(({ node, configuration }) => {
    const { name, files, isOneOfSeveral } = configuration;
    const doubt = isOneOfSeveral
      ? '<p>Processes of different times had configurations of this name: the newest is shown.</p>'
      : '';
    const shown = files.map(
      ({ path, text: body }) =>
        `<details><summary><code>${text(path)}</code></summary><pre>${text(body)}</pre></details>`,
    );
    const all = shown.length > 0 ? shown.join('') : '<p>Unknown: its journal does not have it.</p>';
    return `<h3>${text(node)}${name === null ? '' : `, ${text(name)}`}</h3>${doubt}${all}`;
  });
  return section(
    'configuration',
    'Configuration in force',
    `<p class="hint">Secrets are masked.</p>${nodes.join('')}`,
  );
}

function madeSection({ clocks, made }: ReportContent): string {
  const terms = made.map(([term, meaning]) => `<dt>${text(term)}</dt><dd>${text(meaning)}</dd>`).join('');
  return section('made', 'How this was made', `${list('Clocks', clocks)}<h3>Sources</h3><dl>${terms}</dl>`);
}
