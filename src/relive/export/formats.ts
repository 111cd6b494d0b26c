/** The formats of `relive export`. One module each, loaded when it is asked for. */
import type { JournalReader } from '../../journal/reader.ts';

/** One journal, and what of it is wanted. */
export interface ExportSource {
  readonly reader: JournalReader;
  /** The node as people see it. */
  readonly label: string;
  /** First and last row, both inclusive. */
  readonly fromSeq: number;
  readonly toSeq: number;
}

export interface ExportRequest {
  readonly sources: readonly ExportSource[];
  /** Null: every actor. */
  readonly actor: string | null;
  /** Most packets, events or lines, as the format counts them; beyond it the export ends with a word on stderr. */
  readonly limit: number;
  /** Files of the configuration with its secrets, which no journal has; null: none is given. */
  readonly configFile: string | null;
  readonly utc: boolean;
}

/** Pieces of the file, in order: text is UTF-8. Nothing is written if there are none, and the command says so. */
export type Exported = Iterable<string | Uint8Array>;

export interface ExportFormat {
  readonly name: string;
  readonly summary: string;
  /** It takes whatever there is, unless `--limit` is given; others take a million. */
  readonly isUnlimited?: boolean;
  /** Not for a terminal. */
  readonly isBinary?: boolean;
  readonly load: () => Promise<(request: ExportRequest) => Exported>;
}

export const EXPORT_FORMATS: readonly ExportFormat[] = [
  {
    name: 'jsonl',
    summary: 'every row, run, gap, process, machine and configuration, a JSON object a line',
    isUnlimited: true,
    load: async () => (await import('./jsonl.ts')).exportJsonl,
  },
  {
    name: 'csv',
    summary: 'transitions for a spreadsheet, a line for each region that went on',
    isUnlimited: true,
    load: async () => (await import('./csv.ts')).exportCsv,
  },
  {
    name: 'perfetto',
    summary: 'a trace for ui.perfetto.dev: states, inputs, and flows from causes to consequences',
    isBinary: true,
    load: async () => (await import('./perfetto.ts')).exportPerfetto,
  },
  {
    name: 'mermaid',
    summary: 'Markdown with diagrams: the path that an instance took, and who told whom what',
    load: async () => (await import('./mermaid.ts')).exportMermaid,
  },
  {
    name: 'pcapng',
    summary: 'adverts as packets for Wireshark, each with a comment: why it was sent, what it changed',
    isBinary: true,
    load: async () => (await import('./pcapng.ts')).exportPcapng,
  },
  {
    name: 'fixture',
    summary: 'rows as a test case that `relive verify --fixture` runs',
    load: async () => (await import('./fixture.ts')).exportFixture,
  },
];
