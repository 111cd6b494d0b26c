/** `relive export jsonl`: everything that the journals hold, a JSON object a line. docs/relive.md has the contract. */
import { version } from '../../host/version.ts';
import { talk } from '../cli.ts';
import { mergeByTime } from '../entries.ts';
import type { ExportRequest, ExportSource } from './formats.ts';
import { type Item, itemsOf } from './stream.ts';

/** Moves when a reader of older lines would misread newer ones; new types and keys are no such change. */
export const JSONL_SCHEMA = 1;

export function* exportJsonl(request: ExportRequest): Generator<string> {
  const { sources, actor, limit } = request;
  const items = mergeByTime(sources.map((source) => labelled(source, actor)));
  let count = 0;
  for (const { item, source } of items) {
    if (count === 0) yield* head(request);
    if (count === limit) {
      talk(`relive: ends before ${new Date(item.wallUs / 1000).toISOString()}: --limit ${limit}`);
      return;
    }
    count += 1;
    yield lineOf(item, source.label);
  }
}

interface Labelled {
  readonly wallUs: number;
  readonly item: Item;
  readonly source: ExportSource;
}

function* labelled(source: ExportSource, actor: string | null): Generator<Labelled> {
  for (const item of itemsOf(source, actor)) yield { wallUs: item.wallUs, item, source };
}

const line = (data: object): string => `${JSON.stringify(data)}\n`;

/** What the lines are, and the machines and configurations that they were made with. */
function* head({ sources, actor }: ExportRequest): Generator<string> {
  const nodes = sources.map(({ label, reader, fromSeq, toSeq }) => ({
    node: label,
    fromSeq: Math.max(fromSeq, reader.firstSeq()),
    toSeq: Math.min(toSeq, reader.lastSeq()),
  }));
  yield line({ type: 'header', schema: JSONL_SCHEMA, relive: version(), nodes, actor });
  for (const { label, reader } of sources) {
    for (const { kind, name, sha256, body } of reader.definitions())
      yield line({ type: 'definition', node: label, kind, name, sha256, body });
  }
}

function lineOf(item: Item, node: string): string {
  switch (item.type) {
    case 'row':
      return line({ type: 'row', ...item.row, node });
    case 'run':
      return line({ type: 'run', ...item.run, node });
    case 'gap':
      return line({ type: 'gap', ...item.gap, node });
    case 'epoch':
      return line({ type: 'process', ...item.epoch, node });
    case 'ended': {
      const { epoch, pid, lastSeq } = item.epoch;
      return line({ type: 'ended', node, epoch, pid, lastSeq, wallUs: item.wallUs });
    }
  }
}
