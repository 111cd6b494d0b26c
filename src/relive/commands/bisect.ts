/** `relive bisect`: since when, with which configuration, or in which version something is so. */
import { Command } from 'commander';
import type { JournalReader } from '../../journal/reader.ts';
import {
  CliError,
  EXIT,
  type JournalOptions,
  type OutputOptions,
  print,
  talk,
  withJournals,
  withOutput,
} from '../cli.ts';
import { withReaders } from '../journals.ts';
import { actorOf, firstSeqFrom, lastSeqTo, pointOf } from '../range.ts';
import { formatWall, POINT_HELP } from '../time.ts';
import { live } from '../whatif/ask.ts';
import { bisect, parsePredicate } from '../whatif/bisect.ts';
import {
  type Candidate,
  checkouts,
  isBadByScript,
  recordedConfigurations,
  revisions,
} from '../whatif/candidates.ts';
import { figuresOf } from '../whatif/compare.ts';
import { sourcesIn } from '../whatif/sources.ts';
import { actorName, eventInWords, stateInWords } from '../words.ts';
import { rangeOf } from './whatif.ts';

interface BisectOptions extends JournalOptions, OutputOptions {
  readonly instance?: string;
  readonly good?: string;
  readonly bad?: string;
  readonly predicate?: string;
  readonly script?: string;
  readonly over: 'time' | 'config' | 'code';
  readonly code: readonly string[];
  readonly repository?: string;
  readonly revisions?: string;
  readonly since?: string;
  readonly until?: string;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
const PREDICATE_HELP = "'VI_1 is backup', 'VI_1 is not master', 'VI_1.effectivePriority < 100'";

export function bisectCommand(): Command {
  const command = new Command('bisect')
    .description('the first row, configuration or version from which something is so, by halves')
    .option(
      '--over <what>',
      'time, config (the recorded configurations), code (versions of relived)',
      over,
      'time',
    )
    .option('--good <time>', `over time: it is not so yet (default: the first row); ${POINT_HELP}`)
    .option('--bad <time>', 'over time: it is so (default: the last row)')
    .option(
      '--predicate <text>',
      `what is so: ${PREDICATE_HELP}; over config or code by default: a failover happens`,
    )
    .option(
      '--script <command>',
      'instead: exit status 0 is good, 1 to 127 but 125 bad (RELIVE_SEQ, RELIVE_JOURNAL)',
    )
    .option('--code <directory>', 'over code: checkouts, from good to bad', collect, [])
    .option('--repository <directory>', 'over code: a repository, with --revisions')
    .option('--revisions <good..bad>', 'over code: revisions of the repository')
    .option('-i, --instance <name>', 'over config or code: the VRRP instance')
    .option('--since <time>', 'over config or code: the stretch that is lived again')
    .option('--until <time>', 'its end');
  return withOutput(withJournals(command)).action((options: BisectOptions) =>
    withReaders(options, (readers) =>
      options.over === 'time' ? overTime(options, readers) : overCandidates(options, readers),
    ),
  );
}

function over(word: string): 'time' | 'config' | 'code' {
  if (word === 'time' || word === 'config' || word === 'code') return word;
  throw new CliError(EXIT.usage, `--over ${word}: expected time, config or code`);
}

function predicateOf({ predicate }: BisectOptions) {
  if (predicate === undefined) return null;
  const parsed = parsePredicate(predicate);
  if (parsed === null)
    throw new CliError(EXIT.usage, `--predicate '${predicate}' is not understood; as ${PREDICATE_HELP}`);
  return parsed;
}

async function overTime(options: BisectOptions, readers: readonly JournalReader[]): Promise<void> {
  const [reader] = readers;
  if (reader === undefined || readers.length > 1)
    throw new CliError(EXIT.usage, 'bisect over time looks at one journal: give one -j');
  const predicate = predicateOf(options);
  const { script } = options;
  if ((predicate === null) === (script === undefined))
    throw new CliError(EXIT.usage, 'give one of --predicate and --script');
  const from =
    options.good === undefined
      ? reader.firstSeq()
      : firstSeqFrom(pointOf(options.good, readers), reader, readers);
  const to =
    options.bad === undefined ? reader.lastSeq() : lastSeqTo(pointOf(options.bad, readers), reader, readers);
  const actor = predicate === null ? null : actorOf(predicate.name, readers);
  const isSo = (seq: number): boolean =>
    predicate !== null && actor !== null
      ? predicate.holds(reader.stateAt(actor, seq))
      : isBadByScript(script ?? '', { RELIVE_SEQ: String(seq), RELIVE_JOURNAL: reader.directory });
  const what = options.predicate ?? 'the script says bad';
  const found = await bisect(from, to, isSo, ({ at, isSo: so }) =>
    talk(`relive: @${at}: ${so ? 'so' : 'not so'}`),
  );
  if (found === null)
    throw new CliError(
      EXIT.nothingFound,
      `${what}: the same at @${from} and @${to}, so there is nothing to find`,
    );
  const row = reader.row(found.first);
  if (options.output !== 'table') {
    print(JSON.stringify({ ...found, row }, null, options.output === 'json' ? 2 : 0));
    return;
  }
  const when = row === null ? '' : `${formatWall(row.wallUs, options.utc === true)}  `;
  const event = row === null ? '' : `  ${actorName(row.actor)}  ${eventInWords(row.event)}`;
  const state = row?.state === undefined || row.state === null ? '' : `  [${stateInWords(row.state)}]`;
  print(`${when}@${found.first}${event}${state}`);
  print(
    `${what}: ${found.before ? 'no longer so' : 'so'} from this row on (${found.looks} looks at ${to - from + 1} rows)`,
  );
}

function candidatesOf(
  options: BisectOptions,
  reader: JournalReader,
): { candidates: Candidate[]; remove: () => void } {
  const nothing = (): void => {};
  if (options.over === 'config') return { candidates: recordedConfigurations(reader), remove: nothing };
  if (options.repository !== undefined && options.revisions !== undefined)
    return revisions(options.repository, options.revisions);
  return { candidates: checkouts(options.code), remove: nothing };
}

async function overCandidates(options: BisectOptions, readers: readonly JournalReader[]): Promise<void> {
  const [reader] = readers;
  if (reader === undefined) return;
  const actor = options.instance === undefined ? null : actorOf(options.instance, readers);
  const predicate = predicateOf(options);
  const range = rangeOf(options, readers, actor);
  const sources = sourcesIn(readers, range);
  const { candidates, remove } = candidatesOf(options, reader);
  if (candidates.length < 2) {
    remove();
    throw new CliError(EXIT.nothingFound, `${candidates.length} candidates: there is nothing to choose from`);
  }
  const isSo = async (at: number): Promise<boolean> => {
    const candidate = candidates[at];
    if (candidate === undefined) return false;
    if (options.script !== undefined)
      return isBadByScript(options.script, { ...candidate.environment, RELIVE_JOURNAL: reader.directory });
    const lived = live(sources, range, await candidate.terms());
    const [life = lived.base] = lived.changed;
    const changes = life.chronicle.changes.filter((change) => actor === null || change.actor === actor);
    if (predicate === null) {
      const terms = { routers: sources.length, before: lived.before, endUs: range.toUs };
      return figuresOf(changes, [], terms).failovers > 0;
    }
    const name = actorOf(predicate.name, readers);
    const last = changes.findLast((change) => change.actor === name);
    const state =
      last === undefined
        ? (reader.stateAt(name, reader.seqAt(range.toUs))?.state ?? null)
        : { protocol: last.path };
    return predicate.holds({ actor: name, seq: 0, machine: null, state, context: {}, uncertain: false });
  };
  try {
    const seen = ({ at, isSo: so }: { at: number; isSo: boolean }): void =>
      talk(`relive: ${candidates[at]?.name ?? at}: ${so ? 'so' : 'not so'}`);
    const found = await bisect(0, candidates.length - 1, isSo, seen);
    const what =
      options.predicate ?? (options.script === undefined ? 'a failover happens' : 'the script says bad');
    if (found === null)
      throw new CliError(
        EXIT.nothingFound,
        `${what}: the same with the first and the last, so there is nothing to find`,
      );
    const name = candidates[found.first]?.name ?? '';
    if (options.output !== 'table')
      print(JSON.stringify({ ...found, name }, null, options.output === 'json' ? 2 : 0));
    else {
      print(name);
      print(
        `${what}: ${found.before ? 'no longer so' : 'so'} from this one on (${found.looks} looks at ${candidates.length})`,
      );
    }
  } finally {
    remove();
  }
}
