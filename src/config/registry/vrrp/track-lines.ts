/** Blocks that say what an instance or a sync group follows: `NAME [weight N [reverse|noreverse]]`. */
import { quoted } from '../../problems.ts';
import { type OptionFaults, readOptions } from '../lines.ts';
import { ACTS, block, setting, unset } from '../rows.ts';
import type { KeywordTable, LineSpec, ListBlock } from '../spec.ts';
import { isDirection, type Weight, type WeightRules, weight } from '../weights.ts';

export interface TrackEntry {
  readonly name: string;
  /** null: that of the tracked thing. */
  readonly weight: Weight | null;
}

function trackLine(what: string, byDefault: string, rules: WeightRules): LineSpec<TrackEntry> {
  const options = {
    weight: setting({
      kind: weight(rules),
      default: unset(byDefault),
      meaning: 'added to the priority while well, or subtracted while not; 0: a failure is a fault',
    }),
  } satisfies KeywordTable;
  return {
    what,
    arguments: `NAME [weight ${options.weight.kind.arguments}]`,
    options,
    read: (words, args) => {
      const [first] = words;
      args.next();
      const faults: OptionFaults = { failed: new Set(), repeated: new Set() };
      // Behind `NAME weight N reverse` keepalived reads nothing more.
      const end = isDirection(words[3]?.text) ? 4 : words.length;
      const given = readOptions(args.until(end), options, faults);
      const [ignored] = words.slice(end);
      if (ignored !== undefined) {
        args.report(
          'note',
          'extra-word',
          ignored,
          `${quoted(ignored)} is ignored: the line takes no more words`,
        );
      }
      return { name: first.text, weight: (given.get('weight') as Weight | undefined) ?? null };
    },
    format: ({ name, weight: given }) =>
      given === null ? name : `${name} weight ${options.weight.kind.format(given)}`,
  };
}

function list(path: string, line: LineSpec<TrackEntry>): ListBlock<TrackEntry> {
  return { path, line };
}

/** The five blocks of things to follow, in the block of this path. */
export function trackBlocks(path: 'vrrp_instance' | 'vrrp_sync_group') {
  const standing = path === 'vrrp_instance' ? { standing: ACTS } : {};
  const named = (limit: 253 | 254, lower = false): WeightRules => ({ limit, lower, noreverse: true });
  return {
    track_interface: block({
      block: list(`${path}/track_interface`, trackLine('an interface', '0', { limit: 253, lower: true })),
      meaning: 'interfaces to follow',
      ...standing,
    }),
    track_script: block({
      block: list(
        `${path}/track_script`,
        trackLine('a vrrp_script', 'weight of the script', named(253, true)),
      ),
      meaning: 'scripts to follow',
      ...standing,
    }),
    track_file: block({
      block: list(`${path}/track_file`, trackLine('a track_file', 'weight of the file', named(254))),
      meaning: 'files to follow',
      ...standing,
    }),
    track_process: block({
      block: list(
        `${path}/track_process`,
        trackLine('a vrrp_track_process', 'weight of the process', named(254)),
      ),
      meaning: 'processes to follow',
      ...standing,
    }),
    track_bfd: block({
      block: list(`${path}/track_bfd`, trackLine('a bfd_instance', 'weight of the session', named(253))),
      meaning: 'BFD sessions to follow',
      ...standing,
    }),
  };
}
