/** `relive config diff`. */
import { type ActorDiff, type ConfigDiff, diffConfigs, isSameConfig } from '../../config/diff/diff.ts';
import { print } from '../cli.ts';
import { type Colour, coloured, table } from '../output.ts';
import { type InputOptions, Inputs } from './input.ts';

export interface DiffOptions extends InputOptions {
  readonly output: 'table' | 'json';
  readonly kept?: true;
}

/** As diff(1). */
const DIFFERENT = 1;
const TROUBLE = 2;

const COLOURS: Readonly<Record<ActorDiff['change'], Colour>> = {
  kept: 'gray',
  changed: 'yellow',
  added: 'green',
  removed: 'red',
};

export function diff(from: string, to: string, options: DiffOptions): void {
  const inputs = new Inputs(options);
  const [before, after] = [from, to].map((file, index) =>
    inputs.usableTree(file, { index, exitCode: TROUBLE }),
  );
  if (before === undefined || after === undefined) return;
  const found = diffConfigs(before, after);
  if (options.output === 'json') print(JSON.stringify(found, null, 2));
  else showTable(found, options.kept === true);
  process.exitCode = isSameConfig(found) ? 0 : DIFFERENT;
}

export function showTable({ actors, refused }: ConfigDiff, withKept: boolean): void {
  const shown = actors.filter(({ change }) => withKept || change !== 'kept');
  const rows = shown.flatMap((actor) => [
    [actor.kind, actor.name, coloured(COLOURS[actor.change], actor.change), actor.meaning],
    ...detailsOf(actor).map((detail) => ['', '', '', `  ${detail}`]),
  ]);
  if (rows.length > 0) {
    for (const line of table([['ACTOR', 'NAME', 'CHANGE', 'WHAT IT MEANS'], ...rows])) print(line);
  }
  const counts = (['kept', 'changed', 'added', 'removed'] as const)
    .map((change) => `${actors.filter((actor) => actor.change === change).length} ${change}`)
    .join(', ');
  print(counts);
  if (refused.length > 0)
    print(coloured('red', 'the reload is refused: nothing of this happens before a restart'));
}

function detailsOf({ settings, added, removed }: ActorDiff): string[] {
  return [
    ...settings.map(({ keyword, from, to }) => `${keyword}: ${from ?? '(none)'} -> ${to ?? '(none)'}`),
    ...removed.map((line) => `- ${line}`),
    ...added.map((line) => `+ ${line}`),
  ];
}
