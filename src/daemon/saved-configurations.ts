/**
 * config_save_dir: a copy of every configuration that comes into force, and what the daemon knew before and after each
 * reload, under keepalived's names. The copies hold secrets in clear text, as the configuration does: only root may read them.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/model.ts';
import { writeDump } from './dump/files.ts';

/** Takes away everything but what the owner may. */
const OWNER_ONLY = 0o177;

/** What the daemon knows, as text. */
interface Knowledge {
  dataText(): string;
  /** null: there are no sessions. */
  bfdText(): string | null;
}

export class SavedConfigurations {
  readonly #knowledge: Knowledge;
  readonly #log: (line: string) => void;
  #copies = 0;
  #reloads = 0;

  constructor(knowledge: Knowledge, log: (line: string) => void) {
    this.#knowledge = knowledge;
    this.#log = log;
  }

  /** `consolidated`: the whole text, as it was read. */
  copy(config: Config, consolidated: () => string): void {
    const directory = directoryOf(config);
    if (directory === null) return;
    this.#write(directory, `keepalived.conf.${process.pid}.${this.#copies}`, consolidated());
    this.#copies += 1;
  }

  before(config: Config): void {
    this.#reloads += 1;
    this.#saveKnowledge(config, 'pre');
  }

  after(config: Config): void {
    this.#saveKnowledge(config, 'post');
  }

  #saveKnowledge(config: Config, when: 'pre' | 'post'): void {
    const directory = directoryOf(config);
    if (directory === null) return;
    const bfd = this.#knowledge.bfdText();
    const suffix = `${process.pid}.${this.#reloads}.${when}`;
    this.#write(directory, `keepalived_vrrp.${suffix}`, this.#knowledge.dataText());
    if (bfd !== null) this.#write(directory, `keepalived_bfd.${suffix}`, bfd);
  }

  /** What cannot be saved is no reason not to run. */
  #write(directory: string, name: string, text: string): void {
    try {
      fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeDump(join(directory, name), text, OWNER_ONLY);
    } catch (error) {
      this.#log(`Failed to save ${join(directory, name)}: ${error instanceof Error ? error.message : error}`);
    }
  }
}

function directoryOf({ tree }: Config): string | null {
  return tree.global_defs[0]?.config_save_dir ?? null;
}
