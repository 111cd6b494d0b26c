import { describe, expect, it } from 'vitest';
import { configuredActors } from './actors.ts';
import { read } from './config.fixture.ts';
import {
  afterAnswer,
  followedNames,
  type NameAnswer,
  type NameState,
  UNKNOWN_NAME,
  withAddresses,
} from './names.ts';

const SECOND = 1_000_000;
const NAME = {
  key: 'k',
  host: 'web',
  family: 'inet',
  refreshUs: null,
  holdUs: 30 * SECOND,
  most: 3,
} as const;
/** By a letter each: `a` is 10.0.0.10. */
const found = (letters: string[], ttl = 60): NameAnswer => ({
  kind: 'found',
  addresses: letters.map((letter) => `10.0.0.${Number.parseInt(letter, 36)}`),
  ttlUs: ttl * SECOND,
});
const NONE: NameAnswer = { kind: 'none', why: 'ENOTFOUND' };
const FAILED: NameAnswer = { kind: 'failed', why: 'ETIMEOUT' };

/** Addresses and seconds until the next query after each answer, one a second. */
function told(...answers: readonly NameAnswer[]): string[] {
  let state: NameState = UNKNOWN_NAME;
  return answers.map((answer, second) => {
    const after = afterAnswer(NAME, state, answer, second * 10 * SECOND);
    state = after.state;
    const letters = state.addresses.map((address) => Number(address.replace('10.0.0.', '')).toString(36));
    return `${letters.join(' ')} in ${after.delayUs / SECOND}`;
  });
}

describe('a name', () => {
  it('has the addresses of its last answer, for the time that it says, within bounds', () => {
    expect(told(found(['b', 'a']), found(['a'], 0), found([], 5))).toEqual(['a b in 60', 'a in 1', 'a in 5']);
    expect(told(found(['a'], 1e6))).toEqual(['a in 3600']);
  });

  it('keeps those that are there in their places, and not more than are wanted', () => {
    expect(told(found(['d', 'c']), found(['a', 'b', 'c', 'd']), found(['z', 'd', 'a']))).toEqual([
      ...['c d in 60', 'c d a in 60', 'd a z in 60'],
    ]);
  });

  it('keeps its addresses while nobody can say, and while it is missing for less than it is held', () => {
    expect(told(found(['a']), FAILED, FAILED, FAILED, FAILED, FAILED).at(-1)).toBe('a in 5');
    expect(told(found(['a']), NONE, NONE, NONE, NONE)).toEqual([
      ...['a in 60', 'a in 5', 'a in 5', 'a in 5', ' in 5'],
    ]);
    expect(told(found(['a']), NONE, NONE, found(['a']), NONE, NONE, NONE).at(-1)).toBe('a in 5');
    expect(told(NONE, FAILED)).toEqual([' in 5', ' in 5']);
  });
});

it('takes no address that is nobody, or many, or another family', () => {
  const addresses = ['0.0.0.0', '224.0.0.5', '255.255.255.255', 'fd00::1', '10.0.0.10'];
  const answer = { kind: 'found', addresses, ttlUs: SECOND } as const;
  expect(afterAnswer(NAME, UNKNOWN_NAME, answer, 0).state.addresses).toEqual(['10.0.0.10']);
  const six = { ...answer, addresses: ['::', 'ff02::1', 'fe80::1', 'FD00:0:0::1'] };
  expect(afterAnswer({ ...NAME, family: 'inet6' }, UNKNOWN_NAME, six, 0).state.addresses).toEqual([
    'fd00::1',
  ]);
});

const TEXT = `virtual_server 192.0.2.1 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  quorum 2
  real_server 192.0.2.2 80 {
    weight 7
  }
  real_server_name web.example.com {
    weight 3
    notify_up /bin/true
    TCP_CHECK {
    }
  }
}
`;

it('each address becomes a real server with what its name has, but one that is there already', () => {
  const { config } = read(TEXT);
  if (config === null) throw new Error('unusable');
  const [name] = followedNames(config.tree);
  expect(name).toMatchObject({ host: 'web.example.com', family: 'inet', most: 16, holdUs: 30 * SECOND });
  const addresses = new Map([[name?.key ?? '', ['192.0.2.2', '192.0.2.9', '192.0.2.3']]]);
  const ids = (of: typeof config) =>
    configuredActors(of).map(({ id }) => id.replaceAll('[192.0.2.1]:tcp:80', 'VS'));
  expect(ids(config)).toEqual(['real/VS/[192.0.2.2]:tcp:80', 'virtual/VS', 'ipvs/table']);
  expect(ids(withAddresses(config, addresses))).toEqual([
    'real/VS/[192.0.2.2]:tcp:80',
    'checker/VS/[192.0.2.9]:tcp:80/1',
    'real/VS/[192.0.2.9]:tcp:80',
    'checker/VS/[192.0.2.3]:tcp:80/1',
    'real/VS/[192.0.2.3]:tcp:80',
    ...['virtual/VS', 'ipvs/table'],
  ]);
  const [server] = withAddresses(config, addresses).tree.virtual_server;
  expect(server?.real_server.map(({ weight }) => weight)).toEqual([7, 3, 3]);
  expect(server?.quorum).toBe(2);
});
