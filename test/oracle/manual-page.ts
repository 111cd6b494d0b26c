/** The configurations in keepalived.conf(5): its examples as they are, and one for each keyword that it lists. */
import type { Sample } from './installed.ts';
import { surround } from './surroundings.ts';
import { expand } from './synopsis.ts';
import { argumentTexts } from './synopsis-arguments.ts';

/** A line of the manual page's picture of the configuration. */
export interface Entry {
  /** Keywords of the blocks around it. */
  readonly path: readonly string[];
  /** Keyword and arguments as the page writes them. */
  readonly synopsis: string;
}

/** From here on the page has examples of what lines can be, instead of lists of keywords. */
const EXAMPLES_FROM = 'ADVANCED CONFIGURATION';

/** Every configuration that the page (troff source) gives. */
export function manualPageSamples(source: string): Sample[] {
  const entries = sectionsOf(source, false).flatMap(entriesOf);
  return [...entries.flatMap(samplesOf), ...sectionsOf(source, true).flatMap(examplesOf)];
}

/** Every line of its lists of keywords, once. */
export function manualPageEntries(source: string): Entry[] {
  return sectionsOf(source, false).flatMap(entriesOf);
}

/** The unfilled texts (between .nf and .fi) of the part with lists, or of the part with examples. */
function sectionsOf(source: string, examples: boolean): string[][] {
  const [lists = '', advanced = ''] = source.split(`.SH ${EXAMPLES_FROM}`);
  const text = examples ? advanced : lists.slice(lists.indexOf('.SH Global definitions'));
  return [...text.matchAll(/^\.nf$(.*?)^\.fi$/gms)].map(([, body = '']) =>
    body.split('\n').map(withoutMarkup),
  );
}

function withoutMarkup(line: string): string {
  const text = line.startsWith('.') ? '' : line;
  return text
    .replaceAll('\t', ' '.repeat(8))
    .replaceAll(/\\f[A-Z]/g, '')
    .replaceAll('\\e', '\\')
    .replaceAll(/\\([-'])/g, '$1')
    .trimEnd();
}

function entriesOf(lines: readonly string[]): Entry[] {
  const entries: Entry[] = [];
  const path: string[] = [];
  for (const statement of statementsOf(lines)) {
    const text = statement.trim();
    const [keyword = ''] = text.split(/[ |]/);
    if (text === '}') path.pop();
    else if (text.endsWith('{')) path.push(keyword);
    else if (path.length > 0 || ROOT_ENTRY.test(text)) entries.push({ path: [...path], synopsis: text });
  }
  return entries;
}

/** Outside all blocks there is more prose than configuration. */
const ROOT_ENTRY = /^[a-z_]+( [A-Z]+)?$/;
const PROSE = /^(or|\.\.\.|[A-Z][a-z]+:? [a-z].*|.*[a-z0-9]\.|be of the form.*)$/;

/** Lines without comments; one that goes on in the next (`\`, `|`, or deeper inside a list) is joined. */
function statementsOf(lines: readonly string[]): string[] {
  const statements: string[] = [];
  let joins = false;
  /** Indentation of the first line of the innermost block; null where a block was just opened or closed. */
  let indentation: number | null = null;
  for (const line of lines) {
    const text = line.replace(/(^|\s)#.*$/, '').trimEnd();
    if (text === '' || PROSE.test(text.trim())) continue;
    const depth = text.search(/\S/);
    const deeper = indentation !== null && depth > indentation && !/[{}]$/.test(text);
    if (joins || deeper) statements.push(`${statements.pop() ?? ''} ${text.trim()}`);
    else statements.push(text);
    joins = /[\\|]$/.test(text);
    if (joins) statements.push((statements.pop() ?? '').replace(/\\$/, ''));
    if (/[{}]$/.test(text)) indentation = null;
    else if (!deeper && !joins) indentation = depth;
  }
  return statements;
}

function samplesOf({ path, synopsis }: Entry): Sample[] {
  const fill = (argument: string): readonly string[] => argumentTexts(argument, path, synopsis);
  return expand(synopsis.replaceAll('dev <STRING>', 'dev eth1'), fill).flatMap((line) =>
    surround(path, line).map((text) => ({ name: `manual ${[...path, line].join(': ')}`, text })),
  );
}

/** Runs of lines that are configuration; the words between them explain. */
function examplesOf(lines: readonly string[], index: number): Sample[] {
  const runs: string[][] = [[]];
  for (const line of lines) {
    const text = line.trim().replace('ip_address ', '');
    if (/(produce:|^or better|^and$|^Another|^if the|^although|^following|^will |produces)/.test(text))
      runs.push([]);
    else if (text !== '...' && text !== '') runs.at(-1)?.push(text);
  }
  return runs
    .filter((run) => run.length > 0)
    .flatMap((run, part) => {
      const name = `manual example ${index + 1}.${part + 1}`;
      return surround(pathOf(run), shorter(run.join('\n'))).map((text) => ({ name, text }));
    });
}

/** Lines that are no blocks of their own are settings of an instance, or addresses of one. */
function pathOf(run: readonly string[]): string[] {
  const text = run.join('\n');
  if (text.startsWith('virtual_ipaddress') || text.includes('priority ')) {
    return text.includes('vrrp_instance') ? [] : ['vrrp_instance'];
  }
  return text.includes('{\n') || text.includes('{ \\') ? [] : ['vrrp_instance', 'virtual_ipaddress'];
}

/** The page's loop over 65024 instances would take longer than all else together. */
function shorter(text: string): string {
  return text.replace(',0,31)', ',0,1)').replace(',1,254)', ',1,2)').replace('(IF,0,7)', '(IF,0,1)');
}
