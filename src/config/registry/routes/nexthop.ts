/** `nexthop ...` at the end of a route: one leg of several. */
import type { Arguments } from '../../arguments.ts';
import { quoted, type Word } from '../../problems.ts';
import { flag, integer, word } from '../kinds.ts';
import { fixed, setting, unset } from '../rows.ts';
import type { Kind } from '../spec.ts';
import { encap } from './encap.ts';
import { gateway } from './kinds.ts';
import { realms } from './names.ts';
import {
  findOption,
  formatOptions,
  type GivenOption,
  type OptionValues,
  readOption,
  valuesOf,
} from './options.ts';

export const NEXTHOP = {
  via: setting({ kind: gateway(), default: unset(), meaning: 'router of this leg' }),
  dev: setting({ kind: word('IFNAME'), default: unset(), meaning: 'interface of this leg' }),
  weight: setting({ kind: integer(1, 256), default: fixed(1), meaning: 'share of this leg' }),
  onlink: setting({ kind: flag(), default: fixed(false, 'off'), meaning: 'the router is on the link' }),
  encap: setting({ kind: encap(), default: unset(), meaning: 'what packets are wrapped in' }),
  realms: setting({ kind: realms(), default: unset(), meaning: 'realms of this leg; IPv4' }),
};

export type Nexthop = OptionValues<typeof NEXTHOP>;

/** All legs from here on: nothing else may follow the first. */
export function nexthops(): Kind<readonly Nexthop[]> {
  return {
    arguments: 'via [inet|inet6] IP [dev IFNAME] [weight N] [onlink] [encap ...] [realms ...]',
    range: 'weight 1 to 256',
    unit: '',
    choices: Object.keys(NEXTHOP),
    secret: false,
    read: (args) => {
      const legs: Nexthop[] = [];
      do {
        const leg = readLeg(args);
        if (leg === null) return null;
        legs.push(leg);
      } while (args.next() !== null);
      return legs;
    },
    format: (legs) => legs.map((leg) => formatOptions(NEXTHOP, leg).join(' ')).join(' nexthop '),
  };
}

/** Up to the next `nexthop`, or the end of the line. */
function readLeg(args: Arguments): Nexthop | null {
  const given = new Map<string, GivenOption>();
  for (let option = args.peek(); option !== null && option.text !== 'nexthop'; option = args.peek()) {
    const found = findOption(args, NEXTHOP, option);
    if (found === null) {
      if (option.text === 'as')
        return args.ignored('unknown-option', option, `${quoted(option)} is for MPLS`);
      reportTrailing(args, option);
      break;
    }
    args.next();
    if (!readOption(args, found, option, given)) return null;
  }
  return valuesOf(NEXTHOP, given);
}

/** keepalived keeps the legs before it. */
function reportTrailing(args: Arguments, option: Word): void {
  const message = `${quoted(option)} cannot follow a nexthop: this and what follows is ignored`;
  args.report('warning', 'unknown-option', option, message);
  args.rest();
}
