/**
 * Real servers that are known by name: which names a configuration follows, and what it means with the addresses that
 * they have. The addresses are a fact from outside; with them a configuration is as if its file had the real servers.
 */
import { type IpFamily, parseIp } from '../protocol/ip.ts';
import type { RealServerConfig, VirtualServerConfig } from './actors/checkers/planned.ts';
import type { Config, ConfigTree } from './model.ts';
import type { Endpoint } from './registry/lvs/service.ts';

/** What is followed of a name, and how. Times in microseconds. */
export interface FollowedName {
  /** All of it: equal for those that can be followed together. */
  readonly key: string;
  readonly host: string;
  readonly family: IpFamily;
  /** null: as the answers say. */
  readonly refreshUs: number | null;
  readonly holdUs: number;
  readonly most: number;
}

/** By the key of a name: its addresses, in the order of the servers that they become. */
export type NameAddresses = ReadonlyMap<string, readonly string[]>;

type NamedConfig = VirtualServerConfig['real_server_name'][number];

function followed(server: VirtualServerConfig, named: NamedConfig): FollowedName {
  const { name_refresh: refreshUs, name_hold: holdUs, name_max: most } = named;
  const [host, family] = [named.name.host, server.ip_family];
  return {
    key: JSON.stringify([host, family, refreshUs, holdUs, most]),
    host,
    family,
    refreshUs,
    holdUs,
    most,
  };
}

export function followedNames({ virtual_server: servers }: ConfigTree): readonly FollowedName[] {
  const names = new Map<string, FollowedName>();
  for (const server of servers) {
    for (const named of server.real_server_name) {
      const name = followed(server, named);
      names.set(name.key, name);
    }
  }
  return [...names.values()];
}

/** Name servers to ask; none: those of the machine. */
export function nameServers({ global_defs: [globals] }: ConfigTree): readonly Endpoint[] {
  return globals?.name_server ?? [];
}

/** The configuration with a real server for each address. One that is in the file, or comes from a name before, is there once. */
export function withAddresses(config: Config, addresses: NameAddresses): Config {
  if (config.tree.virtual_server.every(({ real_server_name: named }) => named.length === 0)) return config;
  const servers = config.tree.virtual_server.map((server) => withServers(server, addresses));
  return { ...config, tree: { ...config.tree, virtual_server: servers } };
}

function withServers(server: VirtualServerConfig, addresses: NameAddresses): VirtualServerConfig {
  const key = ({ address, port }: Endpoint): string => `${address} ${port}`;
  const known = new Set(server.real_server.map(({ name }) => key(name)));
  const found: RealServerConfig[] = [];
  for (const named of server.real_server_name) {
    for (const address of addresses.get(followed(server, named).key) ?? []) {
      const name = { address, port: named.name.port };
      if (known.has(key(name))) continue;
      known.add(key(name));
      found.push({ ...named, name });
    }
  }
  return { ...server, real_server: [...server.real_server, ...found] };
}

/** What a query came to. */
export type NameAnswer =
  | { readonly kind: 'found'; readonly addresses: readonly string[]; readonly ttlUs: number }
  /** There is no such name, or it has no address of this family. */
  | { readonly kind: 'none'; readonly why: string }
  /** Nobody could say. */
  | { readonly kind: 'failed'; readonly why: string };

export interface NameState {
  readonly addresses: readonly string[];
  /** Since when answers have been that there is none; null: they are not. */
  readonly missingSinceUs: number | null;
  /** Why the last answer was of no use; null: it was. */
  readonly trouble: string | null;
}

export const UNKNOWN_NAME: NameState = { addresses: [], missingSinceUs: null, trouble: null };

/** What a name had when the program ended, and until when that was as good as an answer: Unix time. */
export interface KeptName {
  readonly host: string;
  readonly family: IpFamily;
  readonly addresses: readonly string[];
  readonly goodUntilUs: number;
}

const SECOND_US = 1_000_000;
const LEAST_TTL_US = SECOND_US;
const LARGEST_TTL_US = 3_600 * SECOND_US;
/** Between queries that came to nothing, unless something else is configured. */
const RETRY_US = 5 * SECOND_US;
/** Nothing is asked for more often than that. */
const LEAST_DELAY_US = 100_000;

/** What is known of a name after an answer, and when it is to be asked for again. */
export function afterAnswer(
  name: FollowedName,
  state: NameState,
  answer: NameAnswer,
  nowUs: number,
): { readonly state: NameState; readonly delayUs: number } {
  const { refreshUs, holdUs } = name;
  const found = answer.kind === 'found' ? usable(answer.addresses, name.family) : [];
  if (answer.kind === 'found' && found.length > 0) {
    const addresses = chosen(state.addresses, found, name.most);
    const ttlUs = Math.min(Math.max(answer.ttlUs, LEAST_TTL_US), LARGEST_TTL_US);
    return { state: { addresses, missingSinceUs: null, trouble: null }, delayUs: refreshUs ?? ttlUs };
  }
  const why = answer.kind === 'found' ? 'no usable address' : answer.why;
  const retryUs = refreshUs ?? RETRY_US;
  // Who does not answer does not say that there is nothing.
  if (answer.kind === 'failed') return { state: { ...state, trouble: why }, delayUs: retryUs };
  const missingSinceUs = state.missingSinceUs ?? nowUs;
  const leftUs = missingSinceUs + holdUs - nowUs;
  const isOver = leftUs <= 0;
  return {
    state: { addresses: isOver ? [] : state.addresses, missingSinceUs, trouble: why },
    delayUs: isOver ? retryUs : Math.max(Math.min(leftUs, retryUs), LEAST_DELAY_US),
  };
}

/** Further ahead than any answer is good for: the clock of the machine was set back. */
const LARGEST_LEAD_US = 2 * 86_400 * SECOND_US;

/** What is known of a name before its first answer. `wallUs`: now, Unix time. */
export function beforeAnswer(name: FollowedName, kept: KeptName | null, wallUs: number): NameState {
  if (kept === null) return UNKNOWN_NAME;
  const ageUs = wallUs - kept.goodUntilUs;
  const addresses = usable(kept.addresses, name.family).slice(0, name.most);
  if (ageUs > name.holdUs || ageUs < -LARGEST_LEAD_US || addresses.length === 0) return UNKNOWN_NAME;
  return { addresses, missingSinceUs: null, trouble: 'no answer since the start' };
}

/** No server is behind any, all or many machines, nor behind an address that means something else on each link. */
const UNUSABLE = /^(0\.|22[4-9]\.|23\d\.|255\.255\.255\.255$|::$|ff|fe[89ab])/;

/** In the text that addresses have here. */
function usable(addresses: readonly string[], family: IpFamily): readonly string[] {
  const read = addresses.flatMap((address) => parseIp(address) ?? []);
  return read.filter((ip) => ip.family === family && !UNUSABLE.test(ip.text)).map(({ text }) => text);
}

/** Name servers turn the order of their answers, and may have more than are wanted: who is there stays before others come. */
function chosen(before: readonly string[], found: readonly string[], most: number): readonly string[] {
  const all = new Set(found);
  const kept = before.filter((address) => all.has(address));
  const fresh = [...all].filter((address) => !before.includes(address)).sort();
  return [...kept, ...fresh].slice(0, most);
}
