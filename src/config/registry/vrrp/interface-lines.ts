/** Lines that start with the name of an interface. */
import type { Arguments } from '../../arguments.ts';
import { quoted } from '../../problems.ts';
import { duration } from '../kinds.ts';
import type { LineSpec, ListBlock } from '../spec.ts';

export interface LinkbeatEntry {
  readonly interface: string;
  /** null: the first that works. */
  readonly method: LinkbeatMethod | null;
}

const METHODS = ['MII', 'ETHTOOL', 'IOCTL'] as const;
export type LinkbeatMethod = (typeof METHODS)[number];

const LINKBEAT_LINE: LineSpec<LinkbeatEntry> = {
  what: 'an interface',
  arguments: 'IFNAME [MII|ETHTOOL|IOCTL]',
  options: {},
  read: ([first], args) => {
    args.next();
    const given = args.peek();
    const method = METHODS.find((one) => one === given?.text) ?? null;
    if (method !== null) args.next();
    reportRest(args, 'a line has an interface and MII, ETHTOOL or IOCTL');
    return { interface: first.text, method };
  },
  format: ({ interface: name, method }) => (method === null ? name : `${name} ${method}`),
};

export const LINKBEAT_INTERFACES: ListBlock<LinkbeatEntry> = {
  path: 'linkbeat_interfaces',
  line: LINKBEAT_LINE,
};

export interface DebounceEntry {
  readonly interface: string;
  /** Microseconds that a link must be down to count as down. */
  readonly down: number;
  /** Microseconds that a link must be up to count as up. */
  readonly up: number;
}

const DELAY = duration(0, 255_000_000);

const DEBOUNCE_LINE: LineSpec<DebounceEntry> = {
  what: 'an interface',
  arguments: 'IFNAME [DOWN [UP]]',
  options: {},
  read: ([first], args) => {
    args.next();
    const option = args.of(first);
    if (args.peek() === null) {
      // The interface has to exist all the same.
      args.report('note', 'missing-delay', first, `${quoted(first)} has no delay: its links count at once`);
      return { interface: first.text, down: 0, up: 0 };
    }
    const down = DELAY.read(option);
    if (down === null) return null;
    const up = args.peek() === null ? 0 : DELAY.read(option);
    return up === null ? null : { interface: first.text, down, up };
  },
  format: ({ interface: name, down, up }) => `${name} ${DELAY.format(down)} ${DELAY.format(up)}`,
};

export const INTERFACE_DELAYS: ListBlock<DebounceEntry> = {
  path: 'interface_up_down_delays',
  line: DEBOUNCE_LINE,
};

function reportRest(args: Arguments, message: string): void {
  const [first] = args.rest();
  if (first !== undefined)
    args.report('warning', 'extra-word', first, `${quoted(first)} is ignored: ${message}`);
}
