/**
 * Firewall rules by iptables(8), of ipsets where they are wanted. The kernel has no transaction over both: a set is there
 * before the rules that use it, and goes after them.
 */
import type { IpFamily } from '../../protocol/ip.ts';
import type { FirewallBackend } from './firewall.ts';
import {
  addressElement,
  addressRules,
  deviceElements,
  deviceRules,
  familyOf,
  type IptablesOptions,
  missingChain,
  type Rule,
  restoreInput,
  type SetNames,
  setRules,
  setsOf,
  type Theme,
} from './iptables-rules.ts';
import type { BlockedAddress, ReportingDevice } from './nft-script.ts';
import { callProgram, type ProgramEnd } from './run-program.ts';

/** Calls a program with a text on its standard input. */
export type Call = (program: string, args: readonly string[], input: string) => Promise<ProgramEnd>;
type Verb = 'add' | 'delete';

/** For the lock that all users of iptables share. */
const WAIT = ['-w', '5'] as const;
const PROGRAM: Readonly<Record<IpFamily, string>> = { inet: 'iptables', inet6: 'ip6tables' };
const FAMILIES: readonly IpFamily[] = ['inet', 'inet6'];
const THEMES: readonly Theme[] = ['vips', 'reports'];

/** `call` is called once at a time, in order. */
export function createIptables(options: IptablesOptions, call: Call = callProgram): FirewallBackend {
  const tables = new Tables(call);
  const { sets } = options;
  const rules = sets === null ? new PlainRules(options, tables) : new RulesOfSets(options, sets, tables);
  let last: Promise<unknown> = Promise.resolve();
  const perform = (turn: () => Promise<string | null>): Promise<string | null> => {
    const result = last.then(turn);
    last = result;
    return result;
  };
  return {
    change: (verb, addresses) => perform(() => rules.change(verb, addresses)),
    changeDevice: (verb, device) => perform(() => rules.changeDevice(verb, device)),
    close: () => perform(() => rules.close()),
  };
}

/** The tables `filter` of both families. Methods return null, or what is wrong. */
class Tables {
  readonly call: Call;

  constructor(call: Call) {
    this.call = call;
  }

  async set(family: IpFamily, add: readonly Rule[], remove: readonly Rule[]): Promise<string | null> {
    if (add.length + remove.length === 0) return null;
    const program = PROGRAM[family];
    const { error, output } = await this.call(program, [...WAIT, '-S'], '');
    if (error !== null) return error;
    const listing = output.split('\n');
    const missing = missingChain(listing, add);
    if (missing !== null) return `vrrp_iptables: ${program} has no chain ${missing}`;
    const input = restoreInput(listing, add, remove);
    if (input === '') return null;
    return (await this.call(`${program}-restore`, [...WAIT, '--noflush'], input)).error;
  }
}

/** A few rules of each family for all that is in a set. */
class RulesOfSets {
  readonly #options: IptablesOptions;
  readonly #names: SetNames;
  readonly #tables: Tables;
  /** Families and themes whose sets and rules are there. */
  readonly #ready = new Set<string>();
  #begun = false;

  constructor(options: IptablesOptions, names: SetNames, tables: Tables) {
    this.#options = options;
    this.#names = names;
    this.#tables = tables;
  }

  async change(verb: Verb, addresses: readonly BlockedAddress[]): Promise<string | null> {
    const errors: (string | null)[] = [];
    for (const family of FAMILIES) {
      const elements = addresses
        .filter((blocked) => familyOf(blocked) === family)
        .map((blocked) => addressElement(this.#names, blocked));
      if (elements.length > 0) errors.push(await this.#change(verb, family, 'vips', elements));
    }
    return joined(errors);
  }

  async changeDevice(verb: Verb, device: ReportingDevice): Promise<string | null> {
    if (this.#options.output === null) return null;
    const errors: (string | null)[] = [];
    for (const family of device.families) {
      const elements = deviceElements(this.#names, family, device);
      errors.push(await this.#change(verb, family, 'reports', elements));
    }
    return joined(errors);
  }

  async close(): Promise<string | null> {
    return this.#begun ? this.#removeAll() : null;
  }

  async #change(
    verb: Verb,
    family: IpFamily,
    theme: Theme,
    elements: readonly string[],
  ): Promise<string | null> {
    // A predecessor that was killed left its own. What of it cannot be removed is no reason not to begin.
    if (!this.#begun) await this.#removeAll();
    this.#begun = true;
    const key = `${family} ${theme}`;
    const ready = this.#ready.has(key);
    const created = ready ? [] : setsOf(this.#names, family, theme).map(([, create]) => create);
    const changed = elements.map((element) => `${verb === 'add' ? 'add' : 'del'} ${element}`);
    const error = await this.#ipset([...created, ...changed]);
    if (error !== null || ready) return error;
    const failed = await this.#tables.set(family, setRules(this.#options, family, theme), []);
    if (failed === null) this.#ready.add(key);
    return failed;
  }

  async #ipset(lines: readonly string[]): Promise<string | null> {
    const input = lines.map((line) => `${line}\n`).join('');
    return (await this.#tables.call('ipset', ['-exist', 'restore'], input)).error;
  }

  async #removeAll(): Promise<string | null> {
    const errors: (string | null)[] = [];
    const { error, output } = await this.#tables.call('ipset', ['list', '-n'], '');
    if (error !== null) return error;
    const present = new Set(output.split('\n'));
    for (const family of FAMILIES) {
      for (const theme of THEMES) {
        const names = setsOf(this.#names, family, theme).map(([name]) => name);
        // A rule cannot be without its set.
        if (!names.some((name) => present.has(name))) continue;
        errors.push(await this.#tables.set(family, [], setRules(this.#options, family, theme)));
        for (const name of names.filter((name) => present.has(name)))
          errors.push(await this.#removeSet(name));
      }
    }
    this.#ready.clear();
    return joined(errors);
  }

  /** One that somebody else's rule uses cannot go, and is emptied. */
  async #removeSet(name: string): Promise<string | null> {
    const { error } = await this.#tables.call('ipset', ['destroy', name], '');
    if (error !== null) await this.#ipset([`flush ${name}`]);
    return error;
  }
}

/** Rules of each address and each device. What a predecessor left of the same is replaced. */
class PlainRules {
  readonly #options: IptablesOptions;
  readonly #tables: Tables;
  readonly #added: Readonly<Record<IpFamily, Map<string, Rule>>> = { inet: new Map(), inet6: new Map() };

  constructor(options: IptablesOptions, tables: Tables) {
    this.#options = options;
    this.#tables = tables;
  }

  async change(verb: Verb, addresses: readonly BlockedAddress[]): Promise<string | null> {
    const errors: (string | null)[] = [];
    for (const family of FAMILIES) {
      const own = addresses.filter((blocked) => familyOf(blocked) === family);
      const rules = own.flatMap((blocked) => addressRules(this.#options, blocked));
      errors.push(await this.#set(verb, family, rules));
    }
    return joined(errors);
  }

  async changeDevice(verb: Verb, device: ReportingDevice): Promise<string | null> {
    const errors: (string | null)[] = [];
    for (const family of device.families) {
      errors.push(await this.#set(verb, family, deviceRules(this.#options, family, device)));
    }
    return joined(errors);
  }

  async close(): Promise<string | null> {
    const errors: (string | null)[] = [];
    for (const family of FAMILIES) {
      errors.push(await this.#set('delete', family, [...this.#added[family].values()]));
    }
    return joined(errors);
  }

  async #set(verb: Verb, family: IpFamily, rules: readonly Rule[]): Promise<string | null> {
    const error = await this.#tables.set(family, verb === 'add' ? rules : [], verb === 'delete' ? rules : []);
    if (error !== null) return error;
    for (const rule of rules) {
      const key = `${rule.chain} ${rule.body}`;
      if (verb === 'add') this.#added[family].set(key, rule);
      else this.#added[family].delete(key);
    }
    return null;
  }
}

function joined(errors: readonly (string | null)[]): string | null {
  const said = errors.filter((error) => error !== null);
  return said.length === 0 ? null : said.join('; ');
}
