/**
 * Start plan: the table of virtual servers that a cold start of a configuration sets, as relived-starter (native/starter)
 * carries it out, and what has to be as it was for that. A file of lines, of which the first has a digest of the others.
 */

const FORMAT = 'relived start plan 1';

/** Something that a reading depends on. Digests are SHA-256 in hexadecimal, paths absolute. */
export type StartCondition =
  /** Content of a file that is not executable. */
  | { readonly kind: 'file'; readonly digest: string; readonly path: string }
  /** All names in a directory, each with a zero behind it, in the order of their bytes. */
  | { readonly kind: 'listing'; readonly digest: string; readonly path: string }
  | { readonly kind: 'absent'; readonly path: string }
  | { readonly kind: 'real'; readonly path: string; readonly real: string }
  /** An environment variable. */
  | { readonly kind: 'variable'; readonly digest: string; readonly name: string }
  | { readonly kind: 'unset'; readonly name: string }
  | { readonly kind: 'host'; readonly name: string }
  /** The working directory. */
  | { readonly kind: 'directory'; readonly path: string };

export interface StartPlanContent {
  /** Path of the plan itself. */
  readonly place: string;
  /** Digest of the file that Node runs and the words behind it, each with a zero behind it. */
  readonly words: string;
  /** Name of the configuration in the journal: digest of its definition. */
  readonly configuration: string;
  readonly conditions: readonly StartCondition[];
  /** Locked while a daemon runs. */
  readonly pidFiles: readonly string[];
  /** File of the network namespace whose table it is; null: that of the program. */
  readonly namespace: string | null;
  /** Payloads of generic netlink, in the order in which they are sent: services, then their real servers. */
  readonly services: readonly Uint8Array[];
  readonly servers: readonly Uint8Array[];
}

/** What has no place in a line. */
const UNSPEAKABLE = /[\n\t\0]/;

/** Everything behind the first line, in pieces; null if it holds a name that cannot be written down. */
export function startPlanLines(plan: StartPlanContent): readonly string[] | null {
  const { place, words, configuration, conditions, pidFiles, namespace } = plan;
  const lines = [`place ${place}`, `words ${words}`];
  for (const condition of conditions) lines.push(...conditionLine(condition));
  lines.push(`configuration ${configuration}`, ...pidFiles.map((path) => `pid-file ${path}`));
  if (namespace !== null) lines.push(`namespace ${namespace}`);
  const names = conditions.flatMap((one) => ['path', 'name', 'real'].map((key) => Object(one)[key] ?? ''));
  if ([place, namespace ?? '', ...pidFiles, ...names].some((name) => UNSPEAKABLE.test(name))) return null;
  for (const payload of plan.services) lines.push(`service ${hex(payload)}`);
  for (const payload of plan.servers) lines.push(`server ${hex(payload)}`);
  return lines;
}

/** The first line. `digest`: of all others, each with its line end. */
export function startPlanHead(digest: string): string {
  return `${FORMAT} ${digest}\n`;
}

function conditionLine(condition: StartCondition): readonly string[] {
  switch (condition.kind) {
    case 'file':
    case 'listing':
      return [`${condition.kind} ${condition.digest} ${condition.path}`];
    case 'absent':
    case 'directory':
      return [`${condition.kind} ${condition.path}`];
    case 'real':
      return [`real ${condition.path}\t${condition.real}`];
    case 'variable':
      return [`variable ${condition.digest} ${condition.name}`];
    case 'unset':
    case 'host':
      return [`${condition.kind} ${condition.name}`];
  }
}

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at++) text += DIGITS[bytes[at] ?? 0];
  return text;
}

/** What the starter tells the daemon of. */
export type StartNote =
  | {
      readonly type: 'startPlan.used';
      /** Wall clock. */
      readonly setAtUs: number;
      /** Before the daemon heard of it. */
      readonly agoUs: number;
      readonly tookUs: number;
      readonly services: number;
      readonly servers: number;
      /** As in the plan. */
      readonly configuration: string;
    }
  | { readonly type: 'startPlan.unused'; readonly reason: string };

export interface ToldStart {
  readonly note: StartNote;
  /** Process that takes the table back if the daemon does not take over; null: none. */
  readonly guard: number | null;
}

/** Characters of a reason. */
const LONGEST_REASON = 1024;

/** `nowUs`: wall clock. Null: that is no note. */
export function parseStartNote(text: string, nowUs: number): ToldStart | null {
  if (text.startsWith('unused ')) {
    const reason = text.slice('unused '.length, LONGEST_REASON);
    return { note: { type: 'startPlan.unused', reason }, guard: null };
  }
  const [, at, took, services, servers, guard, configuration = ''] =
    /^set (\d{1,16}) (\d{1,12}) (\d{1,9}) (\d{1,9}) (\d{1,10}) ([0-9a-f]{64})$/.exec(text) ?? [];
  if (at === undefined) return null;
  return {
    note: {
      type: 'startPlan.used',
      ...{ setAtUs: Number(at), agoUs: Math.max(0, nowUs - Number(at)), tookUs: Number(took) },
      ...{ services: Number(services), servers: Number(servers), configuration },
    },
    guard: Number(guard),
  };
}
