/** lvs_method: how IPVS hands packets on. */
import type { Arguments } from '../../arguments.ts';
import { type Place, quoted } from '../../problems.ts';
import { plain } from '../kinds.ts';
import type { Kind } from '../spec.ts';
import { wholeNumber } from './service.ts';

const METHODS = ['NAT', 'DR', 'TUN'] as const;
const TUNNELS = ['ipip', 'gue', 'gre'] as const;
const CHECKSUMS = ['nocsum', 'csum', 'remcsum'] as const;
const USAGE = 'NAT|DR|TUN [type ipip|gue|gre] [port N] [nocsum|csum|remcsum]';

export interface LvsMethod {
  readonly method: (typeof METHODS)[number];
  /** Of tunnels (TUN) alone; else ipip. */
  readonly type: (typeof TUNNELS)[number];
  /** UDP port of a gue tunnel; null: another type. */
  readonly port: number | null;
  readonly checksum: (typeof CHECKSUMS)[number];
}

/** What keepalived takes where nothing is set. */
export const NAT: LvsMethod = { method: 'NAT', type: 'ipip', port: null, checksum: 'nocsum' };

export function lvsMethod(): Kind<LvsMethod> {
  return plain<LvsMethod>({
    arguments: USAGE,
    range: 'port 1 to 65535, with gue only, which needs it; no csum with ipip, no remcsum with gre',
    choices: [...METHODS, 'type', ...TUNNELS, 'port', ...CHECKSUMS],
    read: readMethod,
    format: ({ method, type, port, checksum }) =>
      method === 'TUN'
        ? `TUN type ${type}${port === null ? '' : ` port ${port}`}${checksum === 'nocsum' ? '' : ` ${checksum}`}`
        : method,
  });
}

type Draft = { -readonly [K in keyof LvsMethod]: LvsMethod[K] };

function readMethod(args: Arguments): LvsMethod | null {
  const given = args.next();
  if (given === null) return args.missing(USAGE);
  const method = METHODS.find((one) => one === given.text);
  if (method === undefined) {
    const message = `${quoted(args.keyword)} must be NAT, DR or TUN, not ${quoted(given)}`;
    return args.ignored('invalid-choice', given, message);
  }
  const draft: Draft = { ...NAT, method };
  for (let option = args.next(); option !== null; option = args.next()) {
    const wrong = takeOption(args, draft, option.text);
    if (wrong === null) continue;
    args.rest();
    return args.ignored('invalid-tunnel', wrong.place ?? option, wrong.message);
  }
  const message = contradiction(draft);
  return message === null ? draft : args.ignored('invalid-tunnel', given, message);
}

interface Wrong {
  readonly message: string;
  /** null: the option itself. */
  readonly place: Place | null;
}

function takeOption(args: Arguments, draft: Draft, option: string): Wrong | null {
  const checksum = CHECKSUMS.find((one) => one === option);
  if (checksum !== undefined) {
    draft.checksum = checksum;
    return null;
  }
  if (option !== 'type' && option !== 'port') {
    return { message: 'expected type, port, nocsum, csum or remcsum', place: null };
  }
  const value = args.next();
  if (option === 'type') {
    const type = TUNNELS.find((one) => one === value?.text);
    if (type === undefined) return { message: 'the tunnel type must be ipip, gue or gre', place: value };
    draft.type = type;
    return null;
  }
  const port = wholeNumber(value?.text ?? '', 1, 65_535);
  if (port === null) return { message: 'the port of a gue tunnel must be 1 to 65535', place: value };
  draft.port = port;
  return null;
}

function contradiction({ type, port, checksum }: LvsMethod): string | null {
  if ((type === 'gue') !== (port !== null)) {
    return type === 'gue' ? 'a gue tunnel needs a port' : `only gue tunnels have a port, not ${type}`;
  }
  if (type === 'ipip' && checksum !== 'nocsum') return 'ipip tunnels have no checksum option';
  if (type === 'gre' && checksum === 'remcsum') return 'gre tunnels have no remote checksum (remcsum)';
  return null;
}
