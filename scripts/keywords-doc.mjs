// Writes docs/keywords.md from the registry: sh scripts/node.sh scripts/keywords-doc.mjs
import fs from 'node:fs';
import { keywordsDocument } from '../src/config/registry/document.ts';

fs.writeFileSync(new URL('../docs/keywords.md', import.meta.url), keywordsDocument());
