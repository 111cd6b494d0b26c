// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of the configuration language
/** Mistakes that people make in configurations, made at random. One seed, one list of mistakes. */
import type { SeededRandom } from '../sim/seeded-random.ts';
import type { Sample } from './installed.ts';

interface Mutation {
  readonly name: string;
  /** The lines changed in place; false: nothing here to change. */
  readonly apply: (lines: string[], random: SeededRandom) => boolean;
}

function pick<T>(random: SeededRandom, from: readonly T[]): T | undefined {
  return from[random.integer(0, from.length - 1)];
}

const ADDRESS = /\b\d+\.\d+\.\d+\.\d+\b|\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}\b/i;
const NUMBER = /(?<![\w.:/-])-?\d+(?:\.\d+)?(?![\w.:/-])/;
const INTERFACE = /\b(?:eth\d(?:\.\d)?|p33p1(?:\.\d)?|wlan0)\b/;

/** Another text for the first match in a random line that has one. */
function replacing(name: string, pattern: RegExp, texts: readonly string[]): Mutation {
  return {
    name,
    apply: (lines, random) => {
      const places = lines.flatMap((line, index) => (pattern.test(line) ? [index] : []));
      const place = pick(random, places);
      const text = pick(random, texts) ?? '';
      if (place === undefined) return false;
      lines[place] = (lines[place] ?? '').replace(pattern, () => text);
      return true;
    },
  };
}

/** Another text for a random line that is not empty. */
function rewriting(name: string, rewrite: (line: string, random: SeededRandom) => string): Mutation {
  return {
    name,
    apply: (lines, random) => {
      const place = somewhere(lines, random);
      if (place === undefined) return false;
      lines[place] = rewrite(lines[place] ?? '', random);
      return true;
    },
  };
}

function somewhere(lines: readonly string[], random: SeededRandom): number | undefined {
  return pick(
    random,
    lines.flatMap((line, index) => (line.trim() === '' ? [] : [index])),
  );
}

/** A line of one of these texts at a random place. */
function inserting(name: string, texts: readonly string[]): Mutation {
  return {
    name,
    apply: (lines, random) => {
      lines.splice(random.integer(0, lines.length), 0, ...(pick(random, texts) ?? '').split('\n'));
      return true;
    },
  };
}

/** First and last line of a random block; null: no block. */
function randomBlock(lines: readonly string[], random: SeededRandom): readonly [number, number] | null {
  const starts = lines.flatMap((line, index) => (/\{\s*$/.test(line) ? [index] : []));
  const first = pick(random, starts);
  if (first === undefined) return null;
  let depth = 0;
  for (let index = first; index < lines.length; index++) {
    const line = (lines[index] ?? '').replace(/[#!].*$/, '');
    depth += line.split('{').length - line.split('}').length;
    if (depth <= 0) return [first, index];
  }
  return null;
}

function misspell(line: string, random: SeededRandom): string {
  const word = /[a-z_]{3,}/i.exec(line);
  if (word === null) return line;
  const at = word.index + random.integer(0, word[0].length - 2);
  const [one = '', other = ''] = [line[at], line[at + 1]];
  const wrong = pick(random, [other + one, one, `${one}${one}${other}`, `${one}x`]) ?? '';
  return line.slice(0, at) + wrong + line.slice(at + 2);
}

const MUTATIONS: readonly Mutation[] = [
  {
    name: 'delete a line',
    apply: (lines, random) => {
      const place = somewhere(lines, random);
      if (place !== undefined) lines.splice(place, 1);
      return place !== undefined;
    },
  },
  {
    name: 'repeat a line',
    apply: (lines, random) => {
      const place = somewhere(lines, random);
      if (place !== undefined) lines.splice(random.integer(0, lines.length), 0, lines[place] ?? '');
      return place !== undefined;
    },
  },
  {
    name: 'swap two lines',
    apply: (lines, random) => {
      const [one, other] = [somewhere(lines, random), somewhere(lines, random)];
      if (one === undefined || other === undefined || one === other) return false;
      [lines[one], lines[other]] = [lines[other] ?? '', lines[one] ?? ''];
      return true;
    },
  },
  {
    name: 'remove a block',
    apply: (lines, random) => {
      const block = randomBlock(lines, random);
      if (block !== null) lines.splice(block[0], block[1] - block[0] + 1);
      return block !== null;
    },
  },
  {
    name: 'repeat a block',
    apply: (lines, random) => {
      const block = randomBlock(lines, random);
      if (block !== null) lines.splice(block[1] + 1, 0, ...lines.slice(block[0], block[1] + 1));
      return block !== null;
    },
  },
  {
    name: 'move a line into another block',
    apply: (lines, random) => {
      const place = somewhere(lines, random);
      const block = randomBlock(lines, random);
      if (place === undefined || block === null || block[0] === place) return false;
      const [line = ''] = lines.splice(place, 1);
      lines.splice(block[0] + (place < block[0] ? 0 : 1), 0, line);
      return true;
    },
  },
  rewriting('misspell a keyword', misspell),
  rewriting(
    'append words',
    (line, random) => `${line} ${pick(random, ['x', '1', 'on', 'eth0', '"a b"', '{'])}`,
  ),
  rewriting('drop the last word', (line) => line.replace(/\s+\S+\s*$/, '')),
  rewriting('double quote', (line, random) => {
    const at = random.integer(0, line.length);
    return `${line.slice(0, at)}"${line.slice(at)}`;
  }),
  rewriting('quote the last word', (line) => line.replace(/(\S+)\s*$/, '"$1"')),
  rewriting('comment out', (line, random) => `${pick(random, ['#', '!'])}${line}`),
  rewriting('comment behind', (line, random) => `${line} ${pick(random, ['# x', '! {', '#}'])}`),
  rewriting(
    'conditional',
    (line, random) => `${pick(random, ['@main', '@^main', '@other', '@^other', '@'])} ${line}`,
  ),
  rewriting('loop', (line, random) => {
    const loop = pick(random, [
      '~SEQ(N, 1, 2)',
      '~SEQ(N,3,-1,1)',
      '~LST(N, 5, 6)',
      '~SEQ(N)',
      '~LST(N',
      '~SEQx(N,9,11)',
    ]);
    return `${loop} ${line.replace(NUMBER, () => (random.chance(0.7) ? `$\{N}` : '$N'))}`;
  }),
  rewriting('definition', (line, random) => {
    const number = NUMBER.exec(line)?.[0] ?? '7';
    const name = pick(random, ['X', 'x_1', '_X']) ?? 'X';
    const used = random.chance(0.5) ? `$\{${name}}` : `$${name}`;
    return `$${name}=${number}\n${line.replace(NUMBER, () => used)}`;
  }),
  replacing('number', NUMBER, [
    ...[
      '0',
      '-1',
      '1',
      '2',
      '3',
      '7',
      '255',
      '256',
      '65535',
      '65536',
      '4294967295',
      '4294967296',
      '1.5',
      '0.001',
    ],
    ...[
      '99999999999999999999',
      '1e3',
      '0x10',
      '010',
      '+5',
      'ten',
      '-253',
      '-254',
      '254',
      '-2147483649',
      '""',
    ],
  ]),
  replacing('address', ADDRESS, [
    ...[
      '192.0.2.300',
      '10.0.0',
      '2001:db8::1',
      'fe80::1',
      '::',
      '0.0.0.0',
      '224.0.0.18',
      'ff02::12',
      '2001:db8::g',
    ],
    ...[
      '192.168.200.1/33',
      '192.168.200.9',
      '127.0.0.1',
      'example',
      '2001:db8::1/129',
      '10.0.0.1/',
      '1.2.3.4.5',
    ],
  ]),
  replacing('interface', INTERFACE, ['eth9', 'eth1', 'eth0', 'lo', 'aninterfacewithalongname', '']),
  replacing('brace away', /[{}]/, ['', ' ']),
  inserting('brace', ['{', '}', '{}', '{ }', '} {']),
  inserting('keyword', [
    ...[
      'state MASTER',
      'priority 255',
      'nopreempt',
      'version 3',
      'version 2',
      'advert_int 0.5',
      'use_vmac',
      'strict_mode',
    ],
    ...[
      'native_ipv6',
      'accept',
      'weight 3',
      'weight',
      'alpha',
      'quorum 3',
      'protocol UDP',
      'lvs_method TUN',
      'lvs_sched sh',
    ],
    ...[
      'delay_loop 0',
      'connect_timeout 9',
      'persistence_timeout',
      'interval 0',
      'rise 0',
      'dynamic_interfaces',
      'vrrp_strict',
    ],
    ...[
      'global_defs {\nvrrp_strict\n}',
      'global_defs {\ndynamic_interfaces\n}',
      'global_defs {\nvrrp_version 3\n}',
    ],
    ...[
      'track_interface {\neth1\n}',
      'virtual_ipaddress {\n10.1.1.1\n}',
      'virtual_routes {\n10.2.0.0/16 dev eth1\n}',
    ],
    ...[
      'unicast_peer {\n10.1.1.1\n}',
      'authentication {\nauth_type PASS\nauth_pass a\n}',
      'notify /usr/bin/true',
      'smtp_alert',
    ],
    ...[
      'foo',
      'foo bar {\nbaz\n}',
      'vrrp_instance VI_9 {',
      'TCP_CHECK {\n}',
      'sorry_server 10.1.1.1 80',
      'SSL {\n}',
    ],
  ]),
  inserting('include', [
    ...[
      'include included.conf',
      'include no-such-file.conf',
      'includer no-such-file.conf',
      'include no-such-*.conf',
    ],
    ...[
      'includew no-such-*.conf',
      'includea no-such-*.conf',
      'includem no-such.conf',
      'include',
      'include {included,none}.conf',
    ],
    ...['includeb {included,none}.conf', 'include "included.conf"', '@main include included.conf'],
  ]),
];

export interface Mutant {
  readonly text: string;
  /** What was done to which sample. */
  readonly history: string;
}

/** A sample with one mistake, sometimes two or three. */
export function mutate(samples: readonly Sample[], random: SeededRandom): Mutant {
  const sample = pick(random, samples) ?? { name: '', text: '' };
  const lines = sample.text.split('\n');
  const done: string[] = [];
  const wanted = random.chance(0.6) ? 1 : random.integer(2, 3);
  for (let tries = 0; done.length < wanted && tries < 20; tries++) {
    const mutation = pick(random, MUTATIONS);
    if (mutation?.apply(lines, random)) done.push(mutation.name);
  }
  return { text: lines.join('\n'), history: `${sample.name}: ${done.join(', ')}` };
}
