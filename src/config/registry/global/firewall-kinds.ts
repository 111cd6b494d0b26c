/** Names of firewall chains and sets, as keepalived derives them from each other. */
import type { Arguments } from '../../arguments.ts';
import { quoted, type Word } from '../../problems.ts';
import { formatWord } from '../kinds.ts';
import type { Kind } from '../spec.ts';

const PLAIN = { arguments: '', range: '', unit: '', choices: [], secret: false } as const;

/** Characters in the name of an iptables chain and of an ipset. */
const LONGEST_CHAIN = 27;
const LONGEST_SET = 30;

export interface IptablesChains {
  readonly input: string;
  /** null: nothing is filtered on its way out. */
  readonly output: string | null;
}

/** `[INCHAIN [OUTCHAIN]]`; nothing means INPUT and OUTPUT. */
export function iptablesChains(): Kind<IptablesChains> {
  return {
    ...PLAIN,
    arguments: '[INCHAIN [OUTCHAIN]]',
    range: `1 to ${LONGEST_CHAIN} characters, different`,
    read: (args) => {
      const names = readNames(args, 2, LONGEST_CHAIN);
      if (names === null) return null;
      const [input = 'INPUT', output = names.length === 0 ? 'OUTPUT' : null] = names;
      return { input, output };
    },
    format: ({ input, output }) => [input, ...(output === null ? [] : [output])].map(formatWord).join(' '),
  };
}

export interface IpsetNames {
  readonly address: string;
  readonly address6: string;
  readonly interface6: string;
  readonly igmp: string;
  readonly mld: string;
  readonly nd: string;
}

/** The names where none are given. */
export const IPSETS: IpsetNames = deriveSets(['keepalived']);

/** Up to six names, of which missing ones follow from those before; nothing means no sets at all (false). */
export function ipsets(): Kind<IpsetNames | false> {
  return {
    ...PLAIN,
    arguments: '[ADDRESS [ADDRESS6 [INTERFACE6 [IGMP [MLD [ND]]]]]]',
    range: `1 to ${LONGEST_SET} characters, all different`,
    read: (args) => {
      if (args.peek() === null) return false;
      const names = readNames(args, 6, LONGEST_SET);
      if (names === null) return null;
      const sets = deriveSets(names);
      if (new Set(Object.values(sets)).size === 6) return sets;
      const message = `the names of ${quoted(args.keyword)} must all be different`;
      return args.ignored('duplicate-name', args.keyword, message);
    },
    format: (value) => (value === false ? '' : Object.values(value).map(formatWord).join(' ')),
  };
}

/** A missing name is the first or second one with a suffix, short enough for the kernel. */
function deriveSets(names: readonly string[]): IpsetNames {
  const suffixed = (name: string, suffix: string): string =>
    name.slice(0, LONGEST_SET - suffix.length) + suffix;
  const [address = 'keepalived', address6 = suffixed(address, '6')] = names;
  const base = address6.replace(/6$/, '');
  return {
    address,
    address6,
    interface6: names[2] ?? suffixed(base, '_if6'),
    igmp: names[3] ?? suffixed(address, '_igmp'),
    mld: names[4] ?? suffixed(base, '_mld'),
    nd: names[5] ?? suffixed(base, '_nd'),
  };
}

/** Up to `most` different names; null if one cannot be used. */
function readNames(args: Arguments, most: number, longest: number): string[] | null {
  const names: string[] = [];
  for (let word = args.peek(); word !== null && names.length < most; word = args.peek()) {
    args.next();
    const wrong = wrongName(word, names, longest);
    if (wrong !== null) return args.ignored(wrong.code, word, `${quoted(args.keyword)}: ${wrong.message}`);
    names.push(word.text);
  }
  return names;
}

function wrongName(
  word: Word,
  before: readonly string[],
  longest: number,
): { code: string; message: string } | null {
  if (word.text === '' || word.text.length > longest) {
    return { code: 'bad-name', message: `a name has 1 to ${longest} characters` };
  }
  const twice = before.includes(word.text);
  return twice ? { code: 'duplicate-name', message: `${quoted(word)} is named twice` } : null;
}
